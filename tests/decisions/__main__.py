"""Writes docs/decisions.md and docs/codes.md anew."""

from __future__ import annotations

from tests.decisions import codes_page, page

page.PATH.write_text(page.page())
codes_page.PATH.write_text(codes_page.page())
