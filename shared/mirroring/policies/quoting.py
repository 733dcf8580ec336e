"""Quoting what people wrote, in messages that are bounded whatever they wrote."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 100  # characters


def quoted(text: str) -> str:
    """Quote a text in one line, cut where it is long."""
    return repr(text) if len(text) <= _LONGEST else f"{text[:_LONGEST]!r}…"
