"""More than a function takes, on one that gunicorn serves: what is refused, and who waits."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from resource import RLIMIT_NOFILE, prlimit
from typing import TYPE_CHECKING, Final

import pytest
import urllib3

from sandbox.processes import gunicorn
from tests.cloud_events import SECRET_CHANGED, STRUCTURED, Request, about, attributes
from tests.e2e.odd_apps import LARGE, SAID
from tests.lab.waiting import eventually
from tests.processes import Served, served
from tests.stand_ins import slow_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stand_ins import SlowApi

THREADS: Final = 8
WAITING: Final = 64
CUT_OFF: Final = 0
MEBIBYTE: Final = 1024 * 1024
LARGE_EVENT: Final = Request(SECRET_CHANGED.headers, b'{"": "' + b" " * (MEBIBYTE - 8) + b'"}')
# In JSON three bytes a value, which takes some eighty as an object.
MANY_VALUES: Final = Request(
    {"Content-Type": STRUCTURED},
    json.dumps(
        {**attributes(SECRET_CHANGED), "data": [[]] * 340_000}, separators=(",", ":")
    ).encode(),
)
# Above what it takes when nothing comes: the limit less 34, and what other events need.
HELD: Final = 128 * MEBIBYTE
READ: Final = 144 * MEBIBYTE


@pytest.fixture
def api(tmp_path: Path) -> Iterator[SlowApi]:
    """Have an API server that answers when the test lets it."""
    with slow_api(tmp_path / "kubeconfig") as found:
        yield found


@pytest.fixture
def process(api: SlowApi, tmp_path: Path) -> Iterator[Served]:
    """Serve a function whose API server is that of the test."""
    del api
    with served("on_secret_update", tmp_path / "kubeconfig", tmp_path) as found:
        yield found


def of_a_secret(name: str) -> bytes:
    """Write an event about a Secret, as bytes."""
    return about("Secret", "prod", name).sent


def get(path: str) -> bytes:
    """Write a request without a body, as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def status_of(connection: socket.socket) -> int:
    """Read an answer without a body; `CUT_OFF` where the sender was too slow to get one."""
    try:
        return int(connection.recv(4096).split(b" ", 2)[1])
    except (ConnectionError, IndexError):
        return CUT_OFF


def send_large(connection: socket.socket) -> None:
    """Send a large request, or as much of it as is taken."""
    with suppress(ConnectionError):
        connection.sendall(LARGE_EVENT.sent)


def worker_of(process: Served) -> int:
    """Name the process that serves."""
    arbiter = process.arbiter.pid
    return int(Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text())


def most_memory_of(worker: int) -> int:
    """The most bytes that a process has had at any time."""
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def is_alive(process: Served) -> bool:
    """Ask as the kubelet does."""
    url = f"{process.url}health/live"
    return urllib3.request("GET", url, retries=False, timeout=30).status == 200


def allow_files(worker: int, *, more: int) -> None:
    """Let a process open only so many files more; the numbers of those open have no gaps."""
    limit = len(list(Path(f"/proc/{worker}/fd").iterdir())) + more
    prlimit(worker, RLIMIT_NOFILE, (limit, limit))


@contextmanager
def serving(app: str, folder: Path) -> Iterator[Served]:
    """Serve an app that only these tests have."""
    with gunicorn(f"tests.e2e.odd_apps:{app}", folder) as found:
        found.await_listening()
        yield Served(found.url, found.arbiter, found.out, found.err)


def fill(stack: ExitStack, process: Served, api: SlowApi) -> list[socket.socket]:
    """Have each thread handle an event, which goes on until the API server answers."""
    opened = [stack.enter_context(process.connect()) for _ in range(THREADS)]
    for number, each in enumerate(opened):
        each.sendall(of_a_secret(f"taken-{number}"))
    eventually(lambda: len(api.requests) == THREADS)
    return opened


def test_of_many_whole_requests_some_are_held_and_the_others_refused(
    api: SlowApi, process: Served
) -> None:
    """200 MiB; a function has 256, and needs some itself."""
    worker = worker_of(process)
    before = most_memory_of(worker)

    with ExitStack() as stack:
        fill(stack, process, api)
        opened = [stack.enter_context(process.connect()) for _ in range(200)]
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(send_large, opened))
        small = stack.enter_context(process.connect())
        small.sendall(of_a_secret("small"))
        eventually(lambda: process.err.read_text().count("Service Unavailable") >= 200 - 32)
        api.release.set()

        assert status_of(small) == 202
        answers = {status_of(each) for each in opened}
        assert {202, 503} <= answers <= {202, 503, CUT_OFF}

    assert most_memory_of(worker) - before < HELD


def test_what_many_requests_are_read_as_is_not_held_at_once(api: SlowApi, process: Served) -> None:
    """Fails when each thread reads a large one at the same time."""
    api.release.set()
    worker = worker_of(process)
    before = most_memory_of(worker)

    with ThreadPoolExecutor(2 * THREADS) as pool:
        answers = [pool.submit(process.send, MANY_VALUES) for _ in range(2 * THREADS)]
        assert {each.result().status for each in answers} == {202}

    assert most_memory_of(worker) - before < READ


def test_more_requests_than_may_wait_are_told_to_come_again(api: SlowApi, process: Served) -> None:
    with ExitStack() as stack:
        taken = fill(stack, process, api)
        opened = [stack.enter_context(process.connect()) for _ in range(WAITING + 20)]
        for number, each in enumerate(opened):
            each.sendall(of_a_secret(f"more-{number}"))
        refused = eventually(lambda: process.err.read_text().count("Service Unavailable"))
        eventually(lambda: process.err.read_text().count("Service Unavailable") == 20)

        assert refused
        assert is_alive(process)
        api.release.set()
        answers = [each.recv(4096) for each in (*taken, *opened)]

    assert sum(each.startswith(b"HTTP/1.1 202 ") for each in answers) == THREADS + WAITING
    assert sum(b"\r\nRetry-After: 1\r\n" in each for each in answers) == 20


def test_whoever_does_not_read_an_answer_keeps_no_thread(tmp_path: Path) -> None:
    """There are more of them than threads. Fails when a thread waits until all has been sent."""
    with serving("large_answers", tmp_path) as process, ExitStack() as stack:
        opened = [stack.enter_context(process.connect(keeps=4096)) for _ in range(3 * THREADS)]
        for each in opened:
            each.sendall(get("/large"))
        beginnings = [each.recv(1024, socket.MSG_PEEK) for each in opened]
        other = stack.enter_context(process.connect())
        other.sendall(get("/small"))

        assert all(each.startswith(b"HTTP/1.1 200 ") for each in beginnings)
        assert status_of(other) == 200
        answer = opened[0].makefile("rb")
        head = b"".join(iter(answer.readline, b"\r\n"))
        assert f"Content-Length: {LARGE}".encode() in head
        assert len(answer.read(LARGE)) == LARGE


def test_where_no_more_files_may_be_open_the_oldest_connection_gives_way(tmp_path: Path) -> None:
    with serving("large_answers", tmp_path) as process, ExitStack() as stack:
        worker, first = worker_of(process), stack.enter_context(process.connect())
        first.sendall(get("/small"))
        assert status_of(first) == 200
        allow_files(worker, more=8)

        for _ in range(30):
            connection = stack.enter_context(process.connect())
            connection.sendall(get("/small"))
            assert status_of(connection) == 200

        assert first.recv(1) == b""
        assert worker_of(process) == worker


def test_where_no_more_files_may_be_open_and_none_can_be_closed_others_wait(
    api: SlowApi, process: Served
) -> None:
    """Fails when the worker ends, or tries again and again."""
    worker = worker_of(process)
    with ExitStack() as stack:
        taken = fill(stack, process, api)
        allow_files(worker, more=0)
        last = stack.enter_context(process.connect())
        last.sendall(of_a_secret("last"))
        eventually(lambda: "could not be accepted" in process.err.read_text())
        api.release.set()

        assert [status_of(each) for each in (*taken, last)] == [202] * (THREADS + 1)
        assert process.err.read_text().count("could not be accepted") < 100
        assert worker_of(process) == worker


@pytest.mark.parametrize("when", ["as-it-comes", "as-it-begins", "as-it-ends"])
def test_what_is_raised_for_one_connection_ends_that_one_alone(tmp_path: Path, when: str) -> None:
    with serving("raising", tmp_path) as process, ExitStack() as stack:
        worker = worker_of(process)
        other, hit = (stack.enter_context(process.connect()) for _ in range(2))
        other.sendall(get("/first"))
        assert status_of(other) == 200

        hit.sendall(get(f"/{when}"))
        with hit.makefile("rb") as said:
            said.read()
        other.sendall(get("/second"))

        assert status_of(other) == 200
        assert worker_of(process) == worker
        log = process.err.read_text()
        assert log.count("Unexpected RuntimeError at mirroring.serving.") == 1
        assert 'shared/mirroring/serving/workers.py", line ' in log
        assert SAID not in log
