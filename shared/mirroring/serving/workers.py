"""gunicorn's worker of threads, in which no thread waits for a request that is still on its way."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from errno import EAGAIN, ECONNABORTED
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from gunicorn.http import get_parser
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from mirroring.serving.incoming import LARGEST_BODY, LARGEST_HEAD, LIVE, Incoming, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

_READ_WITHIN: Final = 10.0  # seconds from the first byte of a request to its last
_CLOSE_WITHIN: Final = 2.0  # seconds in which a sender may read its answer and hang up
_WRITE_WITHIN: Final = 10  # seconds
_AT_ONCE: Final = 16 * 1024  # bytes
_MOST_HELD: Final = 32 * 1024 * 1024  # bytes of all requests that are here
# As chunks are sent a body is somewhat larger.
_LARGEST_SENT: Final = LARGEST_BODY + LARGEST_HEAD


class _Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """A connection whose requests are read before they are parsed."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.initialized = self.data_ready = True
        self.incoming = Incoming(_LARGEST_SENT)
        self.size = 0
        self.since = 0.0
        self.is_probe = self.is_whole = False

    def begin(self) -> None:
        """Have the request that has come parsed, and nothing that comes after it."""
        self.is_whole = self.incoming.progress() is Progress.WHOLE
        self.is_probe = self.incoming.begins_with(f"GET {LIVE} ".encode())
        request, rest = self.incoming.split()
        self.size = len(request)
        self.incoming = Incoming(_LARGEST_SENT, rest)
        self.parser = get_parser(self.cfg, iter((request,)), self.client)

    @property
    def may_go_on(self) -> bool:
        """Whether the next request begins where this one was said to end."""
        return self.is_whole and not self.parser.unreader.buf.getvalue()


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Reads requests in the loop that accepts connections, and has threads handle whole ones.

    gunicorn's own reads them in its threads, without any limit of time: as many senders as there
    are threads stop a function for as long as they like. Here a request has ten seconds from its
    first byte to its last, and one that takes them costs a little memory meanwhile. Where there are
    too many connections, or too much has come of too many requests, what has waited longest goes.

    The liveness probe has a thread of its own, so that it is answered however many events are
    handled. TLS and HTTP/2 are not served.
    """

    def init_process(self) -> None:
        """Serve until the process ends."""
        self._held = 0
        self._closing: deque[_Connection] = deque()
        self._probes = ThreadPoolExecutor(1)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in {EAGAIN, ECONNABORTED}:
                return
            raise
        limit = struct.pack("ll", _WRITE_WITHIN, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.nr_conns += 1
        self._wait(_Connection(self.cfg, sock, client, listener.getsockname()))

    def on_client_socket_readable(self, conn: _Connection, _client: object) -> None:
        """Begin to read a request."""
        self.poller.unregister(conn.sock)
        self.keepalived_conns.remove(conn)
        self._begin(conn)
        self._read(conn)

    def enqueue_req(self, conn: _Connection) -> None:
        """Have a thread handle a request that has come."""
        conn.begin()
        pool = self._probes if conn.is_probe else self.tpool
        pool.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def finish_request(self, conn: _Connection, done: Future[Any]) -> None:
        """Wait for the next request, or hang up."""
        self._held -= conn.size
        is_kept = not done.cancelled() and not done.exception() and done.result()
        if not (is_kept and conn.may_go_on):
            self._hang_up(conn)
        elif conn.incoming:
            self._begin(conn)
            self._go_on(conn)
        else:
            self._wait(conn)

    def murder_pending(self) -> None:
        """End what has had its time, or takes the place of others.

        Nothing else ends a connection but what happens on it: of those that something happened on
        at the same time none may be gone when it is seen to.
        """
        for conn in _expired(self.pending_conns):
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        for conn in _expired(self._closing):
            self._close(conn, self._closing)
        while self._held > _MOST_HELD and self.pending_conns:
            self._refuse(self.pending_conns[0], HTTPStatus.SERVICE_UNAVAILABLE)
        while self.nr_conns >= self.worker_connections and self._drop_oldest():
            pass

    def _wait(self, conn: _Connection) -> None:
        """Wait for the first byte of a request."""
        linger = STOP_KEEPALIVE_LINGER if not self.alive else self.cfg.keepalive
        self._register(conn, self.keepalived_conns, linger, self.on_client_socket_readable)

    def _begin(self, conn: _Connection) -> None:
        self._register(conn, self.pending_conns, _READ_WITHIN, lambda conn, _: self._read(conn))

    def _read(self, conn: _Connection) -> None:
        data = _received(conn.sock)
        if data is None:
            return
        self._held += len(data)
        conn.incoming.add(data)
        if data:
            self._go_on(conn)
        elif conn.incoming.has_head:
            self._hand_over(conn)
        else:
            self._close(conn, self.pending_conns)

    def _go_on(self, conn: _Connection) -> None:
        progress = conn.incoming.progress()
        if progress is Progress.TOO_LARGE and not conn.incoming.has_head:
            self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif progress is not Progress.PART:
            self._hand_over(conn)
        elif conn.incoming.waits_for_leave:
            conn.incoming.waits_for_leave = False
            _send(conn.sock, HTTPStatus.CONTINUE)

    def _hand_over(self, conn: _Connection) -> None:
        self._unregister(conn, self.pending_conns)
        self.enqueue_req(conn)

    def _refuse(self, conn: _Connection, status: HTTPStatus) -> None:
        """Answer a request that no thread sees."""
        self.log.warning("A request was refused before it had come whole: %s.", status.phrase)
        _send(conn.sock, status)
        self._unregister(conn, self.pending_conns)
        self._hang_up(conn)

    def _hang_up(self, conn: _Connection) -> None:
        """Say no more, and let the sender read the answer, for which gunicorn's own loop waits."""
        self._forget(conn)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(conn)
        else:
            self._register(conn, self._closing, _CLOSE_WITHIN, self._drain)

    def _drain(self, conn: _Connection, _client: object) -> None:
        if _received(conn.sock) == b"":
            self._close(conn, self._closing)

    def _drop_oldest(self) -> bool:
        """Close the connection on which nothing has been done for longest, if nothing is now."""
        waiting = filter(None, (self.keepalived_conns, self.pending_conns, self._closing))
        conns = min(waiting, key=lambda conns: conns[0].since, default=None)
        if conns:
            self._close(conns[0], conns)
        return bool(conns)

    def _close(self, conn: _Connection, conns: deque[_Connection]) -> None:
        self._unregister(conn, conns)
        self._forget(conn)
        self._end(conn)

    def _end(self, conn: _Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: _Connection) -> None:
        self._held -= len(conn.incoming)
        conn.incoming = Incoming(_LARGEST_SENT)

    def _register(
        self,
        conn: _Connection,
        conns: deque[_Connection],
        seconds: float,
        then: Callable[[_Connection, object], None],
    ) -> None:
        conn.sock.settimeout(0)
        conn.since = time.monotonic()
        conn.timeout = conn.since + seconds
        conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _unregister(self, conn: _Connection, conns: deque[_Connection]) -> None:
        conns.remove(conn)
        self.poller.unregister(conn.sock)


def _expired(conns: deque[_Connection]) -> Iterator[_Connection]:
    """Return those whose time is up; whoever asks for the next has taken the last one out."""
    while conns and conns[0].timeout <= time.monotonic():
        yield conns[0]


def _received(sock: socket.socket) -> bytes | None:
    """Return what has come: None when nothing has, nothing when the sender has hung up."""
    try:
        return sock.recv(_AT_ONCE)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _send(sock: socket.socket, status: HTTPStatus) -> None:
    """Send an answer that is short enough for any connection; one that cannot be sent is lost."""
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    if status is not HTTPStatus.CONTINUE:
        head += "Connection: close\r\nContent-Length: 0\r\n"
    try:
        sock.send(f"{head}\r\n".encode())
    except OSError:
        return
