"""Writes docs/decisions.md anew."""

from __future__ import annotations

from tests.decisions.page import PATH, page

PATH.write_text(page())
