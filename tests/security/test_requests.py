"""Any pod of the cluster: bytes that two programs would read differently, sent to a function.

`e2e/test_malformed_requests.py` has requests without a CloudEvent; these are hardly HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit_lines import read_audit
from tests.cloud_events import SECRET_CHANGED, about
from tests.processes import Served, served
from tests.security.drawing import many
from tests.stand_ins import SlowApi, slow_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.cloud_events import Request

LINE: Final = b"POST / HTTP/1.1\r\n"


def head(request: Request, *lines: bytes, first: bytes = LINE) -> bytes:
    """Write a request as far as its body; `lines` are further headers as they are."""
    headers = [f"{name}: {value}".encode() for name, value in request.headers.items()]
    return first + b"\r\n".join([b"Host: x", *headers, *lines]) + b"\r\n\r\n"


# A whole request, for whoever believes that the one before it has ended.
SMUGGLED: Final = head(about("Secret", "smuggled", "tls"), b"Content-Length: 0")
CHUNKED: Final = b"Transfer-Encoding: chunked"
LENGTH: Final = b"Content-Length: 2"

REFUSED: Final[Mapping[str, bytes]] = {
    "a length and chunks": head(SECRET_CHANGED, LENGTH, CHUNKED) + b"0\r\n\r\n" + SMUGGLED,
    "chunks and a length": head(SECRET_CHANGED, CHUNKED, LENGTH) + b"0\r\n\r\n" + SMUGGLED,
    "two lengths": head(SECRET_CHANGED, LENGTH, b"Content-Length: 0") + SMUGGLED,
    "a length twice": head(SECRET_CHANGED, b"Content-Length: 2, 2") + SMUGGLED,
    "a negative length": head(SECRET_CHANGED, b"Content-Length: -1") + SMUGGLED,
    "a length with a sign": head(SECRET_CHANGED, b"Content-Length: +2") + b"{}" + SMUGGLED,
    "a length of thousands of digits": head(SECRET_CHANGED, b"Content-Length: " + b"0" * 5000),
    "a length in hexadecimal": head(SECRET_CHANGED, b"Content-Length: 0x2") + b"{}" + SMUGGLED,
    "chunks twice": head(SECRET_CHANGED, CHUNKED, CHUNKED) + b"0\r\n\r\n" + SMUGGLED,
    "chunks, and nothing": head(SECRET_CHANGED, b"Transfer-Encoding: chunked, identity"),
    "unknown chunks": head(SECRET_CHANGED, b"Transfer-Encoding: xchunked") + SMUGGLED,
    "quoted chunks": head(SECRET_CHANGED, b'Transfer-Encoding: "chunked"') + SMUGGLED,
    "a header over two lines": head(SECRET_CHANGED, b"X: a", b" b", LENGTH) + b"{}",
    "a blank before the colon": head(SECRET_CHANGED, b"Content-Length : 2") + b"{}",
    "a header without a colon": head(SECRET_CHANGED, b"nothing"),
    "a NUL": head(SECRET_CHANGED, b"ce-x: a\x00b"),
    "a carriage return": head(SECRET_CHANGED, b"ce-x: a\rb"),
    "no method": head(SECRET_CHANGED, first=b"/ HTTP/1.1\r\n"),
    "another protocol": head(SECRET_CHANGED, first=b"POST / HTTP/3.0\r\n"),
    "a size of a chunk that is none": head(SECRET_CHANGED, CHUNKED) + b"-2\r\n{}\r\n0\r\n\r\n",
}
METHODS: Final = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
PATHS: Final = ["/on-resync", "//", "/../", "/%2e%2e/", "/health/live/..", "/?x=1", "/;a=b", "*",
                "/health/ready/", "/static/../functions"]  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowApi]:
    """Have an API server that notes any request."""
    with slow_api(tmp_path_factory.getbasetemp() / "api.kubeconfig") as found:
        found.release.set()
        yield found


@pytest.fixture(scope="module")
def process(api: SlowApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one function by gunicorn, for all tests of this module."""
    del api
    folder = tmp_path_factory.mktemp("served")
    with served("on_secret_update", folder.parent / "api.kubeconfig", folder) as found:
        yield found


def log_of(process: Served, *, since: int = 0) -> str:
    """Return what a function logged; no line of it may be anybody else's."""
    out, err = process.out.read_text()[since:], process.err.read_text()
    read_audit(out)
    assert "Traceback" not in err
    assert all(character >= " " or character == "\n" for character in out + err)
    return out + err


@pytest.mark.parametrize("wrong", sorted(REFUSED))
def test_what_two_programs_would_read_differently_is_refused(
    api: SlowApi, process: Served, wrong: str
) -> None:
    asked = len(api.requests)

    answer = process.send_bytes(REFUSED[wrong])

    assert answer.split(b" ", 2)[1][:1] in {b"4", b"5"}
    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(api.requests) == asked
    log_of(process)


@pytest.mark.parametrize("method", METHODS)
def test_no_other_method_is_an_event(api: SlowApi, process: Served, method: str) -> None:
    asked = len(api.requests)

    answer = process.send_bytes(head(SECRET_CHANGED, first=f"{method} / HTTP/1.1\r\n".encode()))

    assert answer.split(b" ", 2)[1] in {b"200", b"400", b"405", b"501"}
    assert len(api.requests) == asked


@pytest.mark.parametrize("path", PATHS)
def test_an_event_at_another_path_is_none_or_the_same(
    api: SlowApi, process: Served, path: str
) -> None:
    first = f"POST {path} HTTP/1.1\r\n".encode()

    answer = process.send_bytes(head(SECRET_CHANGED, LENGTH, first=first) + b"{}")

    assert answer.split(b" ", 2)[1] in {b"202", b"308", b"400", b"404", b"405"}
    assert not [each for each in api.requests if ".." in each or "health" in each]


@pytest.mark.parametrize("value", ["\x1b[31mred", "a\tb", "é", "\x7f", "'}\"", "%0aaudit"])
def test_what_a_sender_chose_ends_no_line_and_colours_none(process: Served, value: str) -> None:
    request = SECRET_CHANGED.with_headers(ce_id=value, ce_source=value)

    process.send_bytes(head(request, LENGTH) + b"{}")

    log_of(process)


_bytes = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\r\n", b"\n", b"\x00", CHUNKED + b"\r\n", LENGTH + b"\r\n", b": ", b" "]),
)
_cuts = st.lists(st.tuples(st.integers(min_value=0, max_value=600), _bytes), max_size=4)


@many
@given(_cuts)
def test_no_bytes_reach_another_object_or_end_the_function(
    api: SlowApi, process: Served, cuts: list[tuple[int, bytes]]
) -> None:
    request = head(SECRET_CHANGED, LENGTH) + b"{}"
    for at, written in cuts:
        request = request[:at] + written + request[at:]

    process.send_bytes(request)

    log_of(process)
    assert not [each for each in api.requests if "/smuggled/" in each]
    assert process.send_bytes(head(SECRET_CHANGED, LENGTH) + b"{}").startswith(b"HTTP/1.1 202 ")
