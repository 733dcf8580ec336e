"""kubectl's flags: which cluster is asked, as whom, and who is meant."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from urllib3 import HTTPHeaderDict

from kubectl_mirror.access.clusters import Flags, ways_to
from kubectl_mirror.access.transports import MetadataOnly
from mirroring.cluster.accounts import Account
from mirroring.cluster.requests import JSON
from mirroring.cluster.transports import HttpTransport
from mirroring.errors import SettingError
from mirroring.settings import Settings
from tests.cli.kubeconfigs import SERVER, TOKEN, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kubectl_mirror.access.kubeconfigs import Context
    from mirroring.cluster.protocols import Transport
    from tests.servers import Server


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Two of everything; x is the current context."""
    return written(
        tmp_path / "kubeconfig",
        clusters=[{"name": n, "cluster": {"server": f"https://{n}"}} for n in ("c", "d")],
        users=[{"name": n, "user": {"token": n, "as": f"{n}-is-meant"}} for n in ("u", "v")],
        contexts=[
            {"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "of-x"}},
            {"name": "y", "context": {"cluster": "d", "user": "v"}},
        ],
    )


def who_asks_what(context: Context) -> tuple[str, str, str]:
    return context.cluster["server"], context.user.get("token", ""), context.namespace


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (Flags(), ("https://c", "u", "of-x")),
        (Flags(context="y"), ("https://d", "v", "default")),
        (Flags(cluster="d"), ("https://d", "u", "of-x")),
        (Flags(user="v"), ("https://c", "v", "of-x")),
        (Flags(server="https://e"), ("https://e", "u", "of-x")),
        (Flags(token="t"), ("https://c", "t", "of-x")),
        (Flags(context="y", user="u", server="https://e"), ("https://e", "u", "default")),
    ],
    ids=str,
)
def test_a_flag_counts_before_the_kubeconfig(
    kubeconfig: Path, flags: Flags, expected: tuple[str, str, str]
) -> None:
    found = flags.chosen({"KUBECONFIG": str(kubeconfig)})

    assert who_asks_what(found) == expected


def test_the_flag_kubeconfig_counts_before_the_variable(kubeconfig: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other", cluster={"server": "https://other"})

    found = Flags(kubeconfig=str(other)).chosen({"KUBECONFIG": str(kubeconfig)})

    assert found.cluster["server"] == "https://other"


def test_without_both_it_is_the_one_in_the_home_folder(tmp_path: Path) -> None:
    written(tmp_path / ".kube" / "config", cluster={"server": "https://home"})

    assert Flags().chosen({"HOME": str(tmp_path)}).cluster["server"] == "https://home"


def test_who_asks_by_a_token_is_not_whom_the_kubeconfig_names_but_is_meant_as_it_says(
    tmp_path: Path,
) -> None:
    user = {"exec": {"command": "x"}, "client-certificate": "y", "as": "me", "as-groups": ["g"]}
    file = written(tmp_path / "kubeconfig", user=user)

    found = Flags(kubeconfig=str(file), token="t").chosen({})

    assert found.user == {"token": "t", "as": "me", "as-groups": ["g"]}


def test_a_server_needs_no_kubeconfig(tmp_path: Path) -> None:
    found = Flags(server=SERVER, token="t").chosen({"HOME": str(tmp_path)})

    assert who_asks_what(found) == (SERVER, "t", "default")


def test_in_a_pod_without_a_kubeconfig_it_is_the_pods_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "namespace").write_text("its-own\n")
    monkeypatch.setattr("kubectl_mirror.access.clusters.FOLDER", tmp_path)
    pod = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}

    found = Flags().chosen({"HOME": str(tmp_path), **pod})

    assert found.cluster == {
        "server": "https://[fd00::1]:443",
        "certificate-authority": str(tmp_path / "ca.crt"),
    }
    assert found.user == {"tokenFile": str(tmp_path / "token")}
    assert found.namespace == "its-own"


@pytest.mark.parametrize("timeout", ["5", "5s", "1m", "500ms", "2h", "0", "0s"])
def test_times_are_written_as_for_kubectl(kubeconfig: Path, timeout: str) -> None:
    flags = Flags(kubeconfig=str(kubeconfig), timeout=timeout)

    assert ways_to(flags.chosen({}), flags, {})


@pytest.mark.parametrize("timeout", ["", "soon", "-1s", "1d", "1.5.s"])
def test_what_is_no_time_is_said_to_be_none(kubeconfig: Path, timeout: str) -> None:
    flags = Flags(kubeconfig=str(kubeconfig), timeout=timeout)

    with pytest.raises(SettingError, match=r"is no time\. Write 5s, 1m or 0"):
        ways_to(flags.chosen({}), flags, {})


def test_a_token_is_not_shown_with_the_flags(kubeconfig: Path) -> None:
    flags = Flags(kubeconfig=str(kubeconfig), token=TOKEN)

    assert TOKEN not in repr(flags) + repr(flags.chosen({}))


@pytest.mark.parametrize("user", [{"as-groups": ["g"]}, {"as-uid": "1"}], ids=str)
def test_groups_without_somebody_are_an_error(tmp_path: Path, user: Mapping[str, object]) -> None:
    flags = Flags(kubeconfig=str(written(tmp_path / "kubeconfig", user=user)))

    with pytest.raises(SettingError, match="say who, by --as"):
        ways_to(flags.chosen({}), flags, {})


def test_what_a_header_says_several_times_is_sent_as_several_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[HTTPHeaderDict] = []

    def answer(*_: object, headers: HTTPHeaderDict, **__: object) -> urllib3.HTTPResponse:
        sent.append(headers)
        return urllib3.HTTPResponse(b"{}", status=200)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", answer)
    groups = HTTPHeaderDict({"Impersonate-User": "me"})
    groups.add("Impersonate-Group", "one")
    groups.add("Impersonate-Group", "two")
    transport = HttpTransport(Account("http://it", Nobody(), {}), Settings())

    MetadataOnly(transport, groups).request("GET", "/version", headers={"Accept": JSON})

    [headers] = sent
    assert headers.getlist("Impersonate-Group") == ["one", "two"]
    assert headers.getlist("Impersonate-User") == ["me"]
    assert headers.getlist("Accept") == [JSON]


class Nobody:
    """Says not who asks."""

    def header(self) -> str:
        return ""

    def renew(self, refused: str) -> bool:
        return bool(refused)


@pytest.mark.controlplane
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_the_api_server_takes_whoever_is_meant_with_all_groups(server: Server) -> None:
    flags = Flags(
        kubeconfig=str(server.admin_kubeconfig),
        impersonated="anna@example.com",
        groups=("team-one", "team-two"),
    )
    context = flags.chosen({})
    extra = {"as-uid": "17", "as-user-extra": {"example.com/why": ["a", "b"]}}
    meant = replace(context, user={**context.user, **extra})
    reading = ways_to(meant, flags, {}).transport

    said = whoami(reading)

    assert said["username"] == "anna@example.com"
    assert {"team-one", "team-two"} < {*said["groups"]}
    assert said["uid"] == "17"
    assert said["extra"] == {"example.com/why": ["a", "b"]}


def whoami(transport: Transport) -> Mapping[str, Any]:
    """Ask the API server who asks, which takes a POST that commands do not send."""
    assert isinstance(transport, MetadataOnly)
    status, body = transport._transport.request(
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        headers=HTTPHeaderDict(transport._headers) | {"Accept": JSON, "Content-Type": JSON},
        body=b'{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}',
    )
    assert status == HTTPStatus.CREATED
    found: Mapping[str, Any] = json.loads(body)["status"]["userInfo"]
    return found
