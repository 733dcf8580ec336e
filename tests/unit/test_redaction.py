"""Messages of others hold no twelve characters of a content, however they are written."""

from __future__ import annotations

import html
import json
import tracemalloc
from base64 import b64encode, urlsafe_b64encode
from string import whitespace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mirroring.objects.content import Content
from mirroring.policies.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = 12
SECRET = '-----BEGIN KEY-----\nMIIEvQIBADAN/Bgkq+hkiG9w0B\t"AQ" & <EF>AASC\\\u00e9\U0001f511\n'


def _go(text: str) -> str:
    """Quote as Go's %q does for what is not printable ASCII, by its longest escapes."""
    slashed = text.replace("\\", "\\\\")
    escaped = (f"\\U{ord(each):08x}" if ord(each) > 126 else each for each in slashed)
    return "".join(escaped).replace("\n", "\\n").replace("\t", "\\t").replace('"', '\\"')


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "Go": _go,
    "Python": lambda text: repr(text)[1:-1],
    "a URL": lambda text: quote(text, safe=""),
    "a form": quote_plus,
    "HTML": html.escape,
    "characters of HTML": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "hexadecimal": lambda text: text.encode().hex(),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 behind one byte": lambda text: b64encode(b"x" + text.encode()).decode(),
    "base64 behind two bytes": lambda text: b64encode(b"xy" + text.encode()).decode(),
    "base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "lines": lambda text: "\n".join(text[at : at + 5] for at in range(0, len(text), 5)),
}
ordinary = st.sampled_from(
    [
        'secrets "tls" is forbidden: exceeded quota: team, requested: count/secrets=1, used: 9',
        'admission webhook "theirs.example.com" denied the request: label `team` is missing',
        "ValidatingAdmissionPolicy 'theirs' with binding 'theirs' denied request: not here",
        'Secret "tls" is invalid: metadata.labels: Invalid value: "a b": a valid label',
    ]
)
# By the parentheses a test knows the words around a quotation again.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="()"), min_size=RUN, max_size=60
)
foreign = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x80), min_size=RUN)


def secret_of(text: str) -> Content:
    return Content({"data": {"key": b64encode(text.encode()).decode()}}, "Opaque")


def config_map_of(text: str) -> Content:
    return Content({"data": {"key": text}})


contents = st.sampled_from([secret_of, config_map_of])


@given(data=st.data(), text=texts, content=contents)
@example(data=None, text=SECRET, content=secret_of)
@example(data=None, text=SECRET, content=config_map_of)
def test_whatever_is_quoted_cut_and_written_in_one_way_or_two_nothing_of_it_is_left(
    data: st.DataObject | None, text: str, content: Callable[[str], Content]
) -> None:
    """F19. The words around it stay, as far as they are not its own."""
    if data is None:
        cut, ways = text, ["base64", "JSON"]
    else:
        start = data.draw(st.integers(0, len(text) - RUN))
        cut = text[start : data.draw(st.integers(start + RUN, len(text)))]
        ways = data.draw(st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=2))
    if "lines" in ways:
        # Which blanks were its own nobody can tell, so that they count for nothing.
        cut = cut.strip(whitespace)
        assume(len(b"".join(cut.encode().split())) >= RUN)
    *inner, outer = ways
    once = WAYS[inner[0]](cut) if inner else cut
    quoted = WAYS[outer](once)

    said = redacted(f"They said ({quoted})", content(text))

    assert said.startswith("They said (")
    assert said.endswith(")")
    left = len(said[len("They said (") : -len(")")].replace("…", ""))
    assert left < (RUN * len(quoted) / len(once) if inner else RUN)


@pytest.mark.parametrize("content", [secret_of, config_map_of])
@pytest.mark.parametrize("way", WAYS)
def test_a_cut_at_either_end_hides_nothing(way: str, content: Callable[[str], Content]) -> None:
    """F19: a prefix, a suffix and what is between, each of twelve characters or more."""
    cuts = [SECRET[:20], SECRET[30:50], SECRET[-RUN:]]

    said = [redacted(f"<{WAYS[way](cut)}>", content(SECRET)) for cut in cuts]

    assert [each.strip("<>eHkg=\n") for each in said] == ["…", "…", "…"]


@pytest.mark.parametrize("start", range(8))
def test_the_base64_of_a_secret_may_be_cut_anywhere(start: int) -> None:
    """F19: the first 60 characters of what the API server writes."""
    written = secret_of(SECRET).fields["data"]["key"]

    assert redacted(f"quoted: {written[start : start + 60]}", secret_of(SECRET)) == "quoted: …"


@given(message=ordinary, text=foreign, content=contents)
def test_what_holds_nothing_of_it_stays_as_it_is(
    message: str, text: str, content: Callable[[str], Content]
) -> None:
    assert redacted(message, content(text)) == message


def test_a_short_password_is_blotted_out_whole() -> None:
    assert redacted("webhook: hunter2! is weak", secret_of("hunter2!\n")) == "webhook: … is weak"


def test_a_message_that_can_be_read_in_too_many_ways_is_not_quoted_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mirroring.policies.redaction._MOST_READINGS", 3)

    assert redacted("a%20b\\nc&amp;d e", secret_of(SECRET)) == "…"


def test_of_a_content_as_large_as_may_be_no_more_is_held_than_its_own_size() -> None:
    """1 MiB in a Secret; what is looked for is taken from the message, which is short."""
    content = secret_of("0123456789abcdef" * 48 * 1024)

    tracemalloc.start()
    said = redacted("They said: 0123456789abcdef0123 is odd. " * 12, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert said.count("…") == 12
    assert peak < 16 * 1024 * 1024
