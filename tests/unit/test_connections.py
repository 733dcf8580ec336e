"""The connection to the API server, as the API server sees it."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mirroring.cluster.connections import Connection
from mirroring.errors import SettingError, Unavailable
from mirroring.settings import Settings
from tests.scripts import serving
from tests.stand_ins import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITERS = 4
HEADERS = {"Accept": "application/json"}


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connection]:
    """Connect to a URL by a kubeconfig that names it."""

    def connect(url: str, **settings: Any) -> Connection:
        write_kubeconfig(tmp_path / "kubeconfig", url)
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        return Connection.from_environment(Settings(writers=WRITERS, threads=1, **settings))

    return connect


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited before each retry, in seconds."""
    waited: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waited.append)
    return waited


def get(connection: Connection) -> tuple[int, bytes]:
    return connection.transport.request("GET", "/api/v1/namespaces", headers=HEADERS)


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
@pytest.mark.usefixtures("pauses")
def test_a_request_that_failed_for_now_is_sent_again(
    connect: Callable[..., Connection], status: int
) -> None:
    with serving((status, {}), (status, {})) as (url, seen):
        assert get(connect(url)) == (200, b"")

    assert len(seen) == 3


def test_no_answer_sends_a_request_on_to_another_server(connect: Callable[..., Connection]) -> None:
    """With what is in it."""
    with serving((307, {"Location": "/elsewhere"})) as (url, seen):
        status, _ = get(connect(url))

    assert (status, len(seen)) == (307, 1)


def test_nor_does_one_that_comes_by_a_proxy(
    connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving((307, {"Location": "http://elsewhere.invalid/"})) as (proxy, seen):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        status, _ = get(connect("http://kubernetes.invalid"))

    assert (status, len(seen)) == (307, 1)


@pytest.mark.usefixtures("pauses")
def test_a_write_is_sent_again_with_its_body(connect: Callable[..., Connection]) -> None:
    with serving((429, {})) as (url, seen):
        connect(url).transport.request("PATCH", "/api/v1/namespaces/a", headers=HEADERS, body=b"{}")

    assert [each.body for each in seen] == [b"{}"] * 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 500])
def test_a_refusal_is_not_asked_for_twice(connect: Callable[..., Connection], status: int) -> None:
    with serving((status, {})) as (url, seen):
        assert get(connect(url)) == (status, b"")

    assert len(seen) == 1


@pytest.mark.parametrize(("asked", "waited"), [("3", 3), ("3600", 10)])
def test_a_retry_waits_as_long_as_the_server_asks_within_reason(
    connect: Callable[..., Connection], pauses: list[float], asked: str, waited: float
) -> None:
    with serving((429, {"Retry-After": asked})) as (url, _):
        get(connect(url))

    assert pauses == [waited]


@pytest.mark.usefixtures("pauses")
def test_the_last_answer_counts_when_the_retries_are_used_up(
    connect: Callable[..., Connection],
) -> None:
    with serving((503, {}), (503, {})) as (url, seen):
        assert get(connect(url, request_retries=1)) == (503, b"")

    assert len(seen) == 2


def test_a_server_that_is_not_there_is_unavailable(connect: Callable[..., Connection]) -> None:
    with serving() as (gone, _):
        pass

    with pytest.raises(Unavailable, match="did not answer GET /api/v1/namespaces"):
        get(connect(gone, request_retries=0))


def test_a_server_that_never_answers_is_unavailable(connect: Callable[..., Connection]) -> None:
    """And is not asked again: a webhook that hangs would take as long each time."""
    released = threading.Event()
    with serving(before=released.wait) as (url, seen):
        with pytest.raises(Unavailable):
            get(connect(url, request_retries=4, request_timeout=1))
        released.set()

    assert len(seen) == 1


def test_as_many_connections_are_kept_as_there_are_writers(
    connect: Callable[..., Connection],
) -> None:
    """Else each request of a fan-out beyond the pool's size would open one, with its TLS."""
    all_there = threading.Barrier(WRITERS)
    with serving(before=all_there.wait) as (url, seen):
        connection = connect(url)
        for _ in range(2):
            list(connection.writers.map(get, [connection] * WRITERS))

    assert len({each.client for each in seen}) == WRITERS


def test_the_kubeconfigs_account_is_used(connect: Callable[..., Connection]) -> None:
    with serving() as (url, seen):
        get(connect(url))

    assert seen[0].headers["Authorization"] == "Bearer stand-in"
    assert seen[0].headers["User-Agent"] == "kn-mirror"


def test_every_request_is_told_at_debug_level(
    connect: Callable[..., Connection], caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as (url, _), caplog.at_level(logging.DEBUG, "mirroring"):
        get(connect(url))

    assert "GET /api/v1/namespaces: 200" in caplog.messages


def test_a_kubeconfig_that_is_not_there_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(SettingError) as refusal:
        Connection.from_environment(Settings())

    assert ".." not in str(refusal.value)
    assert str(refusal.value).endswith("Run in a pod with a service account, or set KUBECONFIG.")


def test_kubeconfigs_need_a_package_that_the_image_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mirroring.cluster.kubeconfigs", raising=False)
    monkeypatch.setitem(sys.modules, "kubernetes", None)

    with pytest.raises(SettingError) as refusal:
        Connection.from_environment(Settings())

    assert "a package that is not here, kubernetes" in str(refusal.value)
    assert str(refusal.value).endswith("Run in a pod with a service account, or from a checkout.")
