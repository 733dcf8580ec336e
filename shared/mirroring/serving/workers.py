"""gunicorn's worker of threads, in which no thread waits for whoever sends a request."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from functools import partial
from http import HTTPStatus
from itertools import chain
from traceback import format_tb
from typing import TYPE_CHECKING, Any, Final

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from mirroring.errors import whereabouts
from mirroring.serving.incoming import Progress
from mirroring.serving.sockets import AT_ONCE, Connection, Socket, expired, oldest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

_READ_WITHIN: Final = 10.0  # seconds from the first byte of a request to its last
_WRITE_WITHIN: Final = 10.0  # seconds in which a sender has to take its answer
_CLOSE_WITHIN: Final = 2.0  # seconds in which a sender may read its answer and hang up
_ACCEPT_AGAIN: Final = 1.0  # seconds after a connection could not be accepted
_MOST_HELD: Final = 32 * 1024 * 1024  # bytes of all requests that are here
_MOST_WAITING: Final = 64  # requests that wait for a thread
_LAST: Final = ("Connection: close", "Content-Length: 0")
_LATER: Final = "Retry-After: 1"


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Reads requests in the loop that accepts connections, and has threads handle whole ones.

    gunicorn's own reads and writes in its threads, without any limit of time: as many senders as
    there are threads stop a function for as long as they like. Here a request has ten seconds from
    its first byte to its last, and one that takes them costs a little memory meanwhile; an answer
    that is not read waits in the loop. Where there are too many connections, or too much has come
    of large requests, what has waited longest goes. Where too many whole ones wait for a thread,
    the next are told to come again.

    The liveness probe is answered by the loop, so that it is answered however many events are
    handled. TLS and HTTP/2 are not served.
    """

    def init_process(self) -> None:
        """Serve until the process ends."""
        self._held = 0
        self._under_way = 0
        self._answering: deque[Connection] = deque()
        self._closing: deque[Connection] = deque()
        self._is_short = False  # of what another connection takes
        self._accepts_from = 0.0
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a connection."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            self.log.warning("A connection could not be accepted: %s.", error.strerror)
            self._is_short = True
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, Socket(sock), client, listener.getsockname())
        self._alone(self._wait, conn)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 (so gunicorn calls it)
        """Accept connections or not; none for a moment after one could not be accepted."""
        super().set_accept_enabled(enabled and time.monotonic() >= self._accepts_from)

    def on_client_socket_readable(self, conn: Connection, _client: object) -> None:
        """Begin to read a request."""
        self._unregister(conn)
        self._begin(conn)
        self._read(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Have a thread handle a request that has come."""
        conn.begin()
        handling = self.tpool.submit(self.handle, conn)
        self._under_way += 1
        handling.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def finish_request(self, conn: Connection, done: Future[Any]) -> None:
        """Send what is left of the answer; then wait for the next request, or hang up."""
        self._under_way -= 1
        self._alone(self._finish, conn, done)

    def murder_pending(self) -> None:
        """End what has had its time, or takes the place of others.

        Nothing else ends a connection but what happens on it: of those that something happened on
        at the same time none may be gone when it is seen to.
        """
        for conn in expired(self.pending_conns):
            self._alone(self._refuse, conn, HTTPStatus.REQUEST_TIMEOUT)
        for conn in chain(expired(self._answering), expired(self._closing)):
            self._end(conn)
        while self._held > _MOST_HELD and (large := self._oldest_large()):
            self._alone(self._refuse, large, HTTPStatus.SERVICE_UNAVAILABLE)
        while self.nr_conns >= self.worker_connections and self._drop_oldest():
            pass
        if self._is_short:
            self._is_short = False
            self._make_room()

    def _wait(self, conn: Connection) -> None:
        """Wait for the first byte of a request."""
        linger = STOP_KEEPALIVE_LINGER if not self.alive else self.cfg.keepalive
        self._register(conn, self.keepalived_conns, linger, self.on_client_socket_readable)

    def _begin(self, conn: Connection) -> None:
        self._register(conn, self.pending_conns, _READ_WITHIN, lambda conn, _: self._read(conn))

    def _read(self, conn: Connection) -> None:
        data = conn.sock.received()
        if data is None:
            return
        self._held += len(data)
        conn.incoming.add(data)
        if data:
            self._go_on(conn)
        elif conn.incoming.has_head:
            self._hand_over(conn)
        else:
            self._end(conn)

    def _go_on(self, conn: Connection) -> None:
        progress = conn.incoming.progress()
        if progress is Progress.TOO_LARGE and not conn.incoming.has_head:
            self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif progress is not Progress.PART:
            self._hand_over(conn)
        elif conn.incoming.waits_for_leave:
            conn.incoming.waits_for_leave = False
            conn.sock.answer(HTTPStatus.CONTINUE)

    def _hand_over(self, conn: Connection) -> None:
        if conn.is_probe:
            self._say(conn, HTTPStatus.OK)
        elif self._under_way >= self.cfg.threads + _MOST_WAITING:
            self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._unregister(conn)
            self.enqueue_req(conn)

    def _finish(self, conn: Connection, done: Future[Any]) -> None:
        is_kept = not done.cancelled() and not done.exception() and bool(done.result())
        self._held -= conn.finish(is_kept=is_kept)
        self._answer(conn)

    def _refuse(self, conn: Connection, status: HTTPStatus) -> None:
        """Answer a request that no thread sees."""
        self.log.warning("A request was refused before it was handled: %s.", status.phrase)
        self._say(conn, status, *([_LATER] if status is HTTPStatus.SERVICE_UNAVAILABLE else []))

    def _say(self, conn: Connection, status: HTTPStatus, *headers: str) -> None:
        """Answer a request, and take no other on the same connection."""
        self._unregister(conn)
        self._held -= conn.forget()
        conn.may_go_on = False
        conn.sock.answer(status, *_LAST, *headers)
        self._answer(conn)

    def _answer(self, conn: Connection) -> None:
        """Wait until all of an answer has been sent, for which gunicorn's threads wait."""
        if conn.sock.unsent:
            self._register(conn, self._answering, _WRITE_WITHIN, self._send, selectors.EVENT_WRITE)
        elif not conn.may_go_on:
            self._hang_up(conn)
        elif conn.incoming:
            self._begin(conn)
            self._go_on(conn)
        else:
            self._wait(conn)

    def _send(self, conn: Connection, _client: object) -> None:
        try:
            conn.sock.flush()
        except OSError:
            self._end(conn)
        else:
            if not conn.sock.unsent:
                self._unregister(conn)
                self._answer(conn)

    def _hang_up(self, conn: Connection) -> None:
        """Say no more, and let the sender read the answer, for which gunicorn's own loop waits."""
        self._held -= conn.forget()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(conn)
        else:
            self._register(conn, self._closing, _CLOSE_WITHIN, self._drain)

    def _drain(self, conn: Connection, _client: object) -> None:
        if conn.sock.received() == b"":
            self._end(conn)

    def _oldest_large(self) -> Connection | None:
        """Return what has sent most of a large request for longest, and not yet all of it."""
        return next((each for each in self.pending_conns if len(each.incoming) > AT_ONCE), None)

    def _make_room(self) -> None:
        """Have a connection give way to the next, or accept none until one ends, or for a while."""
        if not self._drop_oldest():
            self._accepts_from = time.monotonic() + _ACCEPT_AGAIN
            self.set_accept_enabled(False)

    def _drop_oldest(self) -> bool:
        """Close the connection on which nothing has been done for longest, if nothing is now."""
        oldest = oldest_of(
            self.keepalived_conns, self.pending_conns, self._answering, self._closing
        )
        if oldest:
            self._end(oldest)
        return oldest is not None

    def _alone(self, do: Callable[..., None], conn: Connection, *arguments: object) -> None:
        """Do something for a connection; whatever is raised ends that one alone."""
        try:
            do(conn, *arguments)
        except Exception as error:
            way = "".join(format_tb(error.__traceback__))
            # Not its text, which may quote what was sent.
            self.log.error("Unexpected %s; a connection is closed:\n%s", whereabouts(error), way)  # noqa: TRY400
            self._end(conn)

    def _end(self, conn: Connection) -> None:
        """Close a connection, however far it is."""
        if conn.is_open:
            self._unregister(conn)
            self._held -= conn.forget()
            self.nr_conns -= 1
            self._accepts_from = 0.0
            conn.close()

    def _register(
        self,
        conn: Connection,
        conns: deque[Connection],
        seconds: float,
        then: Callable[[Connection, object], None],
        event: int = selectors.EVENT_READ,
    ) -> None:
        self.poller.register(conn.sock, event, partial(self._alone, then, conn))
        conn.wait(conns, seconds)

    def _unregister(self, conn: Connection) -> None:
        if conn.stop_waiting():
            self.poller.unregister(conn.sock)
