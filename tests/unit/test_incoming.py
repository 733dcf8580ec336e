"""Requests that come in pieces: when they are whole, and where they end."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring.serving.incoming import LARGEST_HEAD, Incoming, Progress

LARGEST: Final = 4096
HEAD: Final = b"POST / HTTP/1.1\r\nHost: x\r\n"

bodies = st.binary(max_size=200)
requests = st.one_of(
    bodies.map(lambda body: HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body),
    st.lists(st.binary(min_size=1, max_size=50), max_size=4).map(
        lambda chunks: (
            HEAD
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"%x;a=b\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
            + b"0\r\n\r\n"
        )
    ),
    st.just(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nDigest: x\r\n\r\n"),
    st.just(b"GET / HTTP/1.1\r\n\r\n"),
)


@given(request=requests, following=bodies, sizes=st.lists(st.integers(1, 40), min_size=1))
def test_a_request_in_any_pieces_is_whole_when_its_last_byte_is_there(
    request: bytes, following: bytes, sizes: list[int]
) -> None:
    incoming = Incoming(LARGEST)
    begin = 0
    while begin < len(request) - 1:
        end = min(begin + sizes[begin % len(sizes)], len(request) - 1)
        incoming.add(request[begin:end])
        assert incoming.progress() is Progress.PART
        begin = end

    incoming.add(request[-1:] + following)

    assert incoming.progress() is Progress.WHOLE
    assert incoming.split() == (request, following)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nmany\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n\r\n",
    ],
)
def test_framing_that_is_none_is_left_to_the_parser(framing: bytes) -> None:
    assert Incoming(LARGEST, HEAD + framing).progress() is Progress.WHOLE


@pytest.mark.parametrize(
    "request_",
    [
        b"a" * (LARGEST_HEAD + 1),
        HEAD + b"Content-Length: 4097\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1001\r\n" + b"a" * 4097,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 700,
    ],
    ids=["head", "body", "chunk", "chunks"],
)
def test_nothing_more_is_waited_for_of_what_is_too_large(request_: bytes) -> None:
    assert Incoming(LARGEST, request_).progress() is Progress.TOO_LARGE


@pytest.mark.parametrize("framing", [b"1;", b"0\r\nDigest: "], ids=["size", "trailers"])
def test_no_more_is_waited_for_of_framing_than_of_a_head(framing: bytes) -> None:
    """Whatever a body may be as it is sent."""
    begun = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + framing

    incoming = Incoming(100 * LARGEST_HEAD, begun + b"a" * (LARGEST_HEAD - len(framing)))
    assert incoming.progress() is Progress.PART
    incoming.add(b"aa" * len(framing))
    assert incoming.progress() is Progress.TOO_LARGE
    incoming.add(b"\r\n\r\n")
    assert incoming.split()[1] == b""


class Searched(bytearray):
    """Bytes that count how many of them are looked at where something is searched for."""

    looked_at = 0

    def find(self, *arguments: Any) -> int:
        """Search, and count."""
        self.looked_at += len(self) - arguments[1]
        return super().find(*arguments)


@pytest.mark.parametrize("framing", [b"", b"1;", b"0\r\n"], ids=["head", "size", "trailers"])
def test_what_comes_byte_by_byte_is_searched_once(framing: bytes) -> None:
    """All but the last bytes of what is searched for, of which the end may come next."""
    incoming = Incoming(LARGEST)
    searched = incoming._data = Searched()
    if framing:
        incoming.add(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + framing)
        incoming.progress()
    searched.looked_at = 0

    for _ in range(2000):
        incoming.add(b"a")
        assert incoming.progress() is Progress.PART

    assert searched.looked_at <= 2000 * len(b"\r\n\r\n") + len(searched)


def test_what_counts_is_the_chunks_where_a_length_is_said_too() -> None:
    """The parser refuses both together; it is to see all of it, and not what comes after it."""
    framing = b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"

    incoming = Incoming(LARGEST, HEAD + framing + b"0\r\n")
    assert incoming.progress() is Progress.PART
    incoming.add(b"\r\n")
    assert incoming.progress() is Progress.WHOLE
