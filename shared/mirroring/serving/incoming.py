"""A request over HTTP while it comes in: whether all of it is there, and where it ends.

What it says is for the server's own parser to judge. This only keeps that from being asked, and a
thread from waiting, before there is something to judge.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Final

LIVE: Final = "/health/live"
LARGEST_BODY: Final = 1024 * 1024  # bytes; an event that names an object needs a thousand
LARGEST_HEAD: Final = 64 * 1024  # bytes; Knative's are a few thousand

_END_OF_HEAD: Final = b"\r\n\r\n"
_LINE: Final = b"\r\n"
_HEXADECIMAL: Final = frozenset(b"0123456789abcdefABCDEF")
_LONGEST_SIZE: Final = 8  # hexadecimal digits of a chunk's size
_LONGEST_LENGTH: Final = 16  # digits of a body's; Python reads no number of thousands
_NEVER: Final = sys.maxsize  # where a request ends of whose framing too much has come


class Progress(Enum):
    """How much of a request has come."""

    PART = "part"
    WHOLE = "whole"
    TOO_LARGE = "too large"


class Incoming:
    """The bytes of one request, and of whatever its sender sends after it.

    A request whose framing cannot be understood counts as whole: whoever parses it refuses it.

    Args:
        largest_body: bytes as they are sent, in chunks or not; more is not waited for.
        data: what has come already.
    """

    def __init__(self, largest_body: int, data: bytes = b"") -> None:
        self._largest = largest_body
        self._data = bytearray(data)
        self._body = 0  # where it begins; 0 while the head is not all there
        self._searched = 0  # up to where what was looked for last is not
        self._length: int | None = None  # of the body; None when it comes in chunks
        self._chunk = 0  # where the first chunk begins that is not all there
        self._last_chunk = 0  # where its line ends; 0 while it is not there
        self.waits_for_leave = False

    def __len__(self) -> int:
        """How many bytes have come."""
        return len(self._data)

    def add(self, data: bytes) -> None:
        """Take what came next."""
        self._data += data

    def progress(self) -> Progress:
        """Say how much of the request is there."""
        if not self._body and not self._find_body():
            return Progress.TOO_LARGE if len(self._data) > LARGEST_HEAD else Progress.PART
        end = self._end()
        if (end or len(self._data)) - self._body > self._largest:
            return Progress.TOO_LARGE
        return Progress.PART if end is None or end > len(self._data) else Progress.WHOLE

    @property
    def has_head(self) -> bool:
        """Whether all of the headers are there."""
        return bool(self._body)

    def begins_with(self, start: bytes) -> bool:
        """Whether the request begins so."""
        return self._data.startswith(start)

    def split(self) -> tuple[bytes, bytes]:
        """Return the request, as far as it is there, and what came after it."""
        end = self._end() if self._body else None
        return bytes(self._data[:end]), bytes(self._data[end:] if end is not None else b"")

    def _find_body(self) -> bool:
        end = self._find(_END_OF_HEAD, 0)
        if end < 0:
            return False
        self._body = self._chunk = end + len(_END_OF_HEAD)
        self._length = 0
        for line in bytes(self._data[:end]).lower().split(_LINE):
            name, _, value = line.partition(b":")
            self._read_header(name.strip(), value.strip())
        return True

    def _read_header(self, name: bytes, value: bytes) -> None:
        if name == b"transfer-encoding":
            self._length = None
        elif name == b"content-length" and self._length is not None:
            is_number = value.isdigit() and len(value) <= _LONGEST_LENGTH
            self._length = int(value) if is_number else 0
        elif name == b"expect":
            self.waits_for_leave = value == b"100-continue"

    def _end(self) -> int | None:
        """Where the request ends; None while that is not known."""
        if self._length is not None:
            return self._body + self._length
        while not self._last_chunk:
            line = self._find(_LINE, self._chunk)
            if line < 0:
                return self._unless_too_large(self._chunk)
            size = bytes(self._data[self._chunk : line]).partition(b";")[0].strip()
            if not 0 < len(size) <= _LONGEST_SIZE or not _HEXADECIMAL.issuperset(size):
                return len(self._data)
            if not int(size, 16):
                self._last_chunk = line
                break
            following = line + int(size, 16) + 2 * len(_LINE)
            if following > len(self._data):
                return None
            self._chunk = following
        return self._end_of_trailers()

    def _end_of_trailers(self) -> int | None:
        end = self._find(_END_OF_HEAD, self._last_chunk)
        return self._unless_too_large(self._last_chunk) if end < 0 else end + len(_END_OF_HEAD)

    def _unless_too_large(self, begin: int) -> int | None:
        """Where the request ends of whose framing all since `begin` is not whole."""
        return _NEVER if len(self._data) - begin > LARGEST_HEAD else None

    def _find(self, what: bytes, begin: int) -> int:
        """Where something comes first; what was searched for it once is not searched again."""
        found = self._data.find(what, max(begin, self._searched - len(what) + 1))
        if found < 0:
            self._searched = len(self._data)
        return found
