"""Connections that are kept from one request to the next, as Knative's queue keeps its own.

Where one ends under a request, its sender has to take the event for lost and sends it again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest
import urllib3

from tests.audit_lines import read_audit
from tests.cloud_events import about
from tests.lab.waiting import eventually
from tests.processes import served
from tests.stand_ins import slow_api

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.processes import Served
    from tests.stand_ins import SlowApi

SENDERS: Final = 8  # as many as Knative lets in at a time
EVENTS: Final = 200
# One second without a request, and twelve connections, for which nobody has to wait long.
HURRIED: Final = {"GUNICORN_CMD_ARGS": "--keep-alive=1 --worker-connections=12"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[SlowApi]:
    """Have an API server that answers when the test lets it."""
    with slow_api(tmp_path / "kubeconfig") as found:
        yield found


def is_closed(connection: socket.socket) -> bool:
    """Wait until the function hangs up."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def nothing_is_sent_for_long(process: Served) -> None:
    """Wait until one is closed on which there was nothing for as long as one is kept."""
    with process.connect() as idle:
        assert is_closed(idle)


def all_connections_are_taken(process: Served) -> None:
    """Open more than there may be, until the first of them has given way."""
    with ExitStack() as stack:
        first, *_ = (stack.enter_context(process.connect()) for _ in range(20))
        assert is_closed(first)


def the_function_is_ended(process: Served) -> None:
    """Tell it to end, as Kubernetes does."""
    with process.connect() as idle:
        process.terminate()
        assert is_closed(idle)


@pytest.mark.parametrize(
    "meanwhile", [nothing_is_sent_for_long, all_connections_are_taken, the_function_is_ended]
)
def test_no_connection_ends_under_a_request_that_is_handled(
    api: SlowApi, tmp_path: Path, meanwhile: Callable[[Served], None]
) -> None:
    """Fails when a connection whose request a thread has is among those that may be closed."""
    api.release.set()
    with (
        served("on_secret_update", tmp_path / "kubeconfig", tmp_path, **HURRIED) as process,
        process.connect() as kept,
    ):
        kept.sendall(about("Secret", "prod", "first").sent)
        assert kept.recv(4096).startswith(b"HTTP/1.1 202 ")
        api.release.clear()
        kept.sendall(about("Secret", "prod", "second").sent)
        eventually(lambda: any("second" in each for each in api.requests))

        meanwhile(process)
        api.release.set()

        assert kept.recv(4096).startswith(b"HTTP/1.1 202 ")
        assert len(read_audit(process.out.read_text())) == 2


def test_a_fan_out_by_kept_connections_is_handled_once_and_by_these_alone(
    api: SlowApi, tmp_path: Path
) -> None:
    """None of them ends, so that nothing has to be sent again."""
    api.release.set()
    with (
        served("on_secret_update", tmp_path / "kubeconfig", tmp_path) as process,
        urllib3.PoolManager(maxsize=SENDERS, block=True, retries=False) as pool,
        ThreadPoolExecutor(SENDERS) as threads,
    ):

        def send(number: int) -> int:
            request = about("Secret", "prod", f"tls-{number}")
            return pool.request(
                "POST", process.url, body=request.body, headers=dict(request.headers)
            ).status

        assert set(threads.map(send, range(EVENTS))) == {202}
        lines = read_audit(process.out.read_text())
        opened = pool.connection_from_url(process.url).num_connections

    assert len({line["object"]["name"] for line in lines}) == len(lines) == EVENTS
    assert opened <= SENDERS
