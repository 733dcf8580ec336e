"""Senders that take their time, on a function that gunicorn serves: nobody else waits for them."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pytest
import urllib3

from mirroring.serving.incoming import LARGEST_BODY
from tests.audit_lines import read_audit
from tests.cloud_events import PING, SECRET_CHANGED, about
from tests.lab.waiting import eventually
from tests.processes import served
from tests.stand_ins import slow_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes import Served
    from tests.stand_ins import SlowApi

THREADS: Final = 8
EVENT: Final = "".join(f"{name}: {value}\r\n" for name, value in PING.headers.items()).encode()
HEAD: Final = b"POST / HTTP/1.1\r\nHost: x\r\n" + EVENT
WHOLE: Final = HEAD + b"Content-Length: 2\r\n\r\n{}"
NEVER_ENDS: Final = {
    "nothing": b"",
    "headers": HEAD,
    "body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
    "trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nDigest: ",
    "a second request": WHOLE + HEAD,
}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[SlowApi]:
    """Have an API server that answers when the test lets it."""
    with slow_api(tmp_path / "kubeconfig") as found:
        yield found


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Served]:
    """Serve a function whose API server is that of the test."""
    with served("on_secret_update", folder / "kubeconfig", folder, **environment) as process:
        yield process


@contextmanager
def connected(process: Served, *, times: int, send: bytes) -> Iterator[list[socket.socket]]:
    """Open connections, and send the same by each, until the end of the block."""
    with ExitStack() as stack:
        opened = [stack.enter_context(process.connect()) for _ in range(times)]
        for each in opened:
            # One that gave way already takes nothing more.
            with suppress(ConnectionError):
                each.sendall(send)
        yield opened


def is_alive(process: Served) -> bool:
    """Ask as the kubelet does."""
    url = f"{process.url}health/live"
    return urllib3.request("GET", url, retries=False, timeout=30).status == 200


@pytest.mark.parametrize("begun", NEVER_ENDS.values(), ids=NEVER_ENDS.keys())
def test_requests_that_never_end_keep_no_other_waiting(
    api: SlowApi, tmp_path: Path, begun: bytes
) -> None:
    """There are more of them than threads. Fails when a thread reads what has not come yet."""
    api.release.set()

    with serving(tmp_path) as process, connected(process, times=3 * THREADS, send=begun):
        assert is_alive(process)
        assert process.send(SECRET_CHANGED).status == 202


def test_a_request_in_the_smallest_chunks_is_handled_before_its_sender_gives_up(
    api: SlowApi, tmp_path: Path
) -> None:
    """A mebibyte of them. Fails when all that is left is copied for each, which takes minutes."""
    api.release.set()
    begin = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"2\r\n{}\r\n"
    chunks = b"1\r\n \r\n" * (LARGEST_BODY // len(b"1\r\n \r\n"))

    with (
        serving(tmp_path) as process,
        connected(process, times=1, send=begin + chunks + b"0\r\n\r\n") as [connection],
    ):
        assert connection.recv(1024).startswith(b"HTTP/1.1 202 ")


def test_a_request_that_never_ends_is_refused_however_often_something_of_it_comes(
    api: SlowApi, tmp_path: Path
) -> None:
    api.release.set()
    answered = threading.Event()

    def trickle(connection: socket.socket) -> None:
        while not answered.wait(0.2):
            connection.send(b"a: b\r\n")

    with (
        serving(tmp_path) as process,
        connected(process, times=1, send=HEAD) as [slow],
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(trickle, slow)
        answer = slow.recv(1024)
        answered.set()
        sending.result()

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert process.out.read_text() == ""


def test_where_connections_are_all_taken_the_oldest_gives_way(api: SlowApi, tmp_path: Path) -> None:
    api.release.set()
    few = {"GUNICORN_CMD_ARGS": "--worker-connections=12"}

    with serving(tmp_path, **few) as process, connected(process, times=40, send=HEAD):
        assert is_alive(process)
        assert process.send(SECRET_CHANGED).status == 202


def test_senders_that_do_not_hang_up_keep_no_other_waiting(api: SlowApi, tmp_path: Path) -> None:
    """Gunicorn's own loop waits two seconds for each of them."""
    api.release.set()
    closing = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    with serving(tmp_path) as process, connected(process, times=120, send=closing) as opened:
        assert is_alive(process)
        assert all(each.recv(1024).startswith(b"HTTP/1.1 200 ") for each in opened)


def test_what_is_sent_of_large_requests_is_held_up_to_a_limit(api: SlowApi, tmp_path: Path) -> None:
    api.release.set()
    almost = HEAD + b"Content-Length: %d\r\n\r\n" % LARGEST_BODY + b" " * (LARGEST_BODY - 1)

    with serving(tmp_path) as process, connected(process, times=40, send=almost):
        eventually(lambda: process.err.read_text().count("Service Unavailable") >= 7)
        assert is_alive(process)


def test_a_function_is_alive_while_all_its_threads_handle_events(
    api: SlowApi, tmp_path: Path
) -> None:
    with serving(tmp_path) as process, ThreadPoolExecutor(THREADS) as pool:
        events = [about("Secret", "prod", f"tls-{number}") for number in range(THREADS)]
        answers = [pool.submit(process.send, event) for event in events]
        eventually(lambda: len(api.requests) == THREADS)

        assert is_alive(process)
        api.release.set()
        assert {answer.result().status for answer in answers} == {202}


def test_requests_that_come_together_are_answered_in_turn(api: SlowApi, tmp_path: Path) -> None:
    api.release.set()

    with serving(tmp_path) as process, connected(process, times=1, send=WHOLE * 3) as [connection]:
        eventually(lambda: len(read_audit(process.out.read_text())) == 3)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answers:
            assert answers.read().count(b"HTTP/1.1 202 ") == 3


def test_a_sender_that_asks_first_is_told_to_go_on(api: SlowApi, tmp_path: Path) -> None:
    api.release.set()
    asking = HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"

    with serving(tmp_path) as process, connected(process, times=1, send=asking) as [connection]:
        first = connection.recv(1024)
        connection.sendall(b"{}")
        eventually(lambda: len(read_audit(process.out.read_text())) == 1)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
