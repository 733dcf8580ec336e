"""Connections: what has come by one, what goes by it, and that nobody waits for either."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn

from mirroring.serving.incoming import LARGEST_BODY, LARGEST_HEAD, LIVE, Incoming, Progress

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterator
    from http import HTTPStatus

    from _typeshed import ReadableBuffer

AT_ONCE: Final = 16 * 1024  # bytes that are read at a time
# Bytes that are parsed at a time: of each chunk gunicorn copies all that it was given after it.
_PIECE: Final = 8 * 1024

# As chunks are sent a body is somewhat larger.
_LARGEST_SENT: Final = LARGEST_BODY + LARGEST_HEAD
_PROBE: Final = f"GET {LIVE} ".encode()


class Socket(socket.socket):
    """A socket that never blocks. What it cannot send at once it keeps, for the loop to send.

    Args:
        accepted: whose place it takes.
    """

    def __init__(self, accepted: socket.socket) -> None:
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        super().__init__(family, kind, protocol, fileno=accepted.detach())
        self.settimeout(0)
        self.unsent = bytearray()

    def setblocking(self, _flag: object, /) -> None:
        """Never block: gunicorn's threads would wait for whoever does not read an answer."""

    def send(self, data: ReadableBuffer, _flags: int = 0, /) -> int:
        """Send all of it, now or later."""
        self.sendall(data)
        return len(memoryview(data))

    def sendall(self, data: ReadableBuffer, _flags: int = 0, /) -> None:
        """Send all of it, now or later."""
        self.unsent += data
        self.flush()

    def flush(self) -> None:
        """Send what is kept, as far as it can be sent now.

        Raises:
            OSError: the sender has hung up.
        """
        with suppress(BlockingIOError):
            while self.unsent:
                del self.unsent[: super().send(self.unsent)]

    def received(self) -> bytes | None:
        """Return what has come: None when nothing has, nothing when the sender has hung up."""
        try:
            return self.recv(AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def answer(self, status: HTTPStatus, *headers: str) -> None:
        """Send an answer without a body; one that cannot be sent is lost."""
        lines = (f"HTTP/1.1 {status.value} {status.phrase}", *headers, "", "")
        with suppress(OSError):
            self.sendall("\r\n".join(lines).encode())


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """A connection whose requests are read before they are parsed.

    Attributes:
        incoming: what has come of a request that no thread has, and after it.
        size: bytes of the request that a thread has.
        since: when it began to wait, and `timeout`, when it has waited long enough; monotonic.
        is_open: whether it was not closed yet.
        may_go_on: whether another request may follow the one that was answered.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.initialized = self.data_ready = True
        self.incoming = Incoming(_LARGEST_SENT)
        self.size = 0
        self.since = 0.0
        self.is_open = True
        self.may_go_on = False
        self._is_whole = False
        self._pieces: Iterator[bytes] = iter(())
        self._waits_among: deque[Connection] | None = None

    @property
    def is_probe(self) -> bool:
        """Whether the kubelet asks whether the function is alive."""
        return self.incoming.begins_with(_PROBE)

    def begin(self) -> None:
        """Have the request that has come parsed, and nothing that comes after it."""
        self._is_whole = self.incoming.progress() is Progress.WHOLE
        request, rest = self.incoming.split()
        self.size = len(request)
        self.incoming = Incoming(_LARGEST_SENT, rest)
        self._pieces = _pieces_of(request)
        self.parser = get_parser(self.cfg, self._pieces, self.client)

    def finish(self, *, is_kept: bool) -> int:
        """Forget the request that was handled, and return how many bytes it was.

        Args:
            is_kept: whether the connection was to be kept for another one.
        """
        # The next request begins where this one was said to end.
        is_left = self.parser.unreader.buf.getvalue() or next(self._pieces, b"")
        ended = self._is_whole and not is_left
        self.may_go_on = is_kept and ended
        self.parser, self._pieces = None, iter(())
        size, self.size = self.size, 0
        return size

    def forget(self) -> int:
        """Forget all that has come, and return how many bytes that was."""
        size, self.size = self.size + len(self.incoming), 0
        self.incoming = Incoming(_LARGEST_SENT)
        self.parser = None
        return size

    def wait(self, among: deque[Connection], seconds: float) -> None:
        """Be the last of those that wait for the same, which may take so long."""
        self.since = time.monotonic()
        self.timeout = self.since + seconds
        among.append(self)
        self._waits_among = among

    def stop_waiting(self) -> bool:
        """Wait for nothing, as while a thread has its request; say whether it did before."""
        among, self._waits_among = self._waits_among, None
        if among is not None:
            among.remove(self)
        return among is not None

    def close(self, *_arguments: Any) -> None:
        """Close it."""
        self.is_open = False
        super().close()


def _pieces_of(request: bytes) -> Iterator[bytes]:
    return (request[begin : begin + _PIECE] for begin in range(0, len(request), _PIECE))


def expired(conns: deque[Connection]) -> Iterator[Connection]:
    """Return those whose time is up; whoever asks for the next has taken the last one out."""
    while conns and conns[0].timeout <= time.monotonic():
        yield conns[0]


def oldest_of(*waiting: deque[Connection]) -> Connection | None:
    """Return what has waited longest, for whatever it is."""
    return min((conns[0] for conns in waiting if conns), key=attrgetter("since"), default=None)
