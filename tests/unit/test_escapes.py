"""Texts that others wrote are text wherever they are shown, and nothing else."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from kubectl_mirror.showing.escapes import for_dot, for_mermaid, for_xml
from kubectl_mirror.showing.tables import printable

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('"\\<>&#;`\x1b\n\u202e')))


@given(TEXTS)
def test_a_text_is_one_printable_line(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text) == text or not text.isprintable()


@given(TEXTS)
def test_no_text_ends_its_quotes_in_mermaid(text: str) -> None:
    assert re.search(r'["<>&\\`]', for_mermaid(text)) is None
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), for_mermaid(text)) == printable(
        text
    )


@given(TEXTS)
def test_no_text_ends_its_quotes_in_dot(text: str) -> None:
    assert re.fullmatch(r'(?:[^"\\]|\\["\\])*', for_dot(text))
    spelt = re.sub(r"\\(.)", r"\1", for_dot(text))
    assert spelt.replace("&amp;", "&") == printable(text)


@given(TEXTS)
def test_no_text_is_markup_in_xml(text: str) -> None:
    assert re.search(r"[<>\"']", for_xml(text)) is None
    assert html.unescape(for_xml(text)) == printable(text)
