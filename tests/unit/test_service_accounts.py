"""A pod's account, as the API server sees it, and as kubelet renews it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mirroring.cluster import service_accounts
from mirroring.cluster.connections import Connection
from mirroring.cluster.service_accounts import Token, from_pod
from mirroring.cluster.transports import HttpTransport
from mirroring.errors import SettingError, Unavailable
from mirroring.settings import Settings
from tests import pods
from tests.scripts import serving

if TYPE_CHECKING:
    from collections.abc import Callable

HEADERS = {"Accept": "application/json"}


def empty(file: Path) -> None:
    file.write_text("\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service account's folder."""
    pods.write_account(tmp_path)
    return tmp_path


@pytest.fixture
def connect(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connection]:
    """Connect to a URL as a pod does."""
    monkeypatch.setattr(service_accounts, "FOLDER", folder)
    monkeypatch.setenv("KUBECONFIG", str(folder / "none"))

    def connect(url: str) -> Connection:
        parts = urlsplit(url)
        for name, value in pods.variables(parts.hostname or "", parts.port or 0).items():
            monkeypatch.setenv(name, value)
        return Connection.from_environment(Settings(request_retries=0))

    return connect


def get(connection: Connection) -> int:
    return connection.transport.request("GET", "/api/v1/namespaces", headers=HEADERS)[0]


def test_a_pod_asks_as_its_service_account_whatever_kubeconfigs_say(
    connect: Callable[..., Connection],
) -> None:
    with serving(tls=pods.server_tls()) as (url, seen):
        assert get(connect(url)) == 200

    assert seen[0].headers["Authorization"] == f"Bearer {pods.TOKEN}"


def test_a_server_whose_certificate_the_pod_does_not_trust_is_shown_no_token(
    connect: Callable[..., Connection], folder: Path
) -> None:
    pods.write_account(folder, certificates=pods.ANOTHER_CERTIFICATE)

    with serving(tls=pods.server_tls()) as (url, seen), pytest.raises(Unavailable):
        get(connect(url))

    assert seen == []


def test_a_token_that_is_refused_is_read_again_and_shown_at_once(
    connect: Callable[..., Connection], folder: Path
) -> None:
    def renew() -> None:
        pods.write_account(folder, token="renewed")

    with serving((401, {}), tls=pods.server_tls(), before=renew) as (url, seen):
        assert get(connect(url)) == 200

    shown = [each.headers["Authorization"] for each in seen]
    assert shown == [f"Bearer {pods.TOKEN}", "Bearer renewed"]


def test_a_token_that_is_refused_is_not_shown_again(connect: Callable[..., Connection]) -> None:
    with serving((401, {}), tls=pods.server_tls()) as (url, seen):
        assert get(connect(url)) == 401

    assert len(seen) == 1


def test_a_token_is_read_again_once_a_minute(folder: Path) -> None:
    now = 0.0
    token = Token(folder / "token", clock=lambda: now)
    pods.write_account(folder, token="renewed")

    now = 59.0
    assert token.header() == f"Bearer {pods.TOKEN}"
    now = 60.0
    assert token.header() == "Bearer renewed"

    pods.write_account(folder, token="renewed again")
    now = 119.0
    assert token.header() == "Bearer renewed"


@pytest.mark.parametrize("spoil", [Path.unlink, empty])
def test_a_token_that_cannot_be_read_again_is_used_on(
    folder: Path, spoil: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    token = Token(folder / "token", clock=lambda: now)
    spoil(folder / "token")

    now = 60.0
    with caplog.at_level(logging.WARNING, "mirroring"):
        assert token.header() == f"Bearer {pods.TOKEN}"

    assert "The token cannot be read again" in caplog.text


def test_of_two_threads_whose_token_was_refused_both_learn_of_the_new_one(folder: Path) -> None:
    token = Token(folder / "token")
    refused = token.header()
    pods.write_account(folder, token="renewed")

    assert token.renew(refused)
    assert token.renew(refused)


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("10.96.0.1", "https://10.96.0.1:443"),
        ("fd00:10:96::1", "https://[fd00:10:96::1]:443"),
        ("kubernetes.default.svc", "https://kubernetes.default.svc:443"),
    ],
)
def test_the_api_server_is_where_kubernetes_says(folder: Path, host: str, server: str) -> None:
    assert from_pod(pods.variables(host, 443), folder).server == server


@pytest.mark.parametrize("name", ["token", "ca.crt"])
@pytest.mark.parametrize("spoil", [Path.unlink, empty])
def test_an_account_that_lacks_a_part_is_refused_with_the_remedy(
    folder: Path, name: str, spoil: Callable[[Path], object]
) -> None:
    spoil(folder / name)

    with pytest.raises(SettingError) as refusal:
        from_pod(pods.variables("10.96.0.1", 443), folder)

    assert str(folder / name) in str(refusal.value)
    assert "automountServiceAccountToken" in str(refusal.value)


def test_an_account_without_a_token_is_not_taken_for_none(
    connect: Callable[..., Connection], folder: Path
) -> None:
    (folder / "token").unlink()

    with pytest.raises(SettingError, match="automountServiceAccountToken"):
        connect("https://10.96.0.1:443")


@pytest.mark.parametrize("name", ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"])
def test_an_account_without_a_server_is_refused(folder: Path, name: str) -> None:
    environment = {**pods.variables("10.96.0.1", 443), name: ""}

    with pytest.raises(SettingError, match=name):
        from_pod(environment, folder)


def test_a_pod_goes_by_the_proxy_of_its_environment(folder: Path) -> None:
    """The tunnel is asked for, and refused: 403 is no answer of the API server."""
    with serving((403, {})) as (proxy, seen):
        environment = {**pods.variables("kubernetes.invalid", 443), "HTTPS_PROXY": proxy}
        account = from_pod(environment, folder)
        with pytest.raises(Unavailable):
            HttpTransport(account, Settings(request_retries=0)).request("GET", "/", headers={})

    assert [each.path for each in seen] == ["kubernetes.invalid:443"]


def test_what_kn_mirror_remembers_is_in_the_namespace_of_its_pod(
    connect: Callable[..., Connection], folder: Path
) -> None:
    (folder / "namespace").write_text("platform-mirror")

    assert connect("https://127.0.0.1:1").namespace == "platform-mirror"


def test_where_nothing_says_in_which_namespace_it_is_it_is_in_its_own(
    connect: Callable[..., Connection], folder: Path
) -> None:
    (folder / "namespace").unlink(missing_ok=True)

    assert connect("https://127.0.0.1:1").namespace == "kn-mirror"
