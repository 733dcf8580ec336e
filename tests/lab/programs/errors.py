"""What keeps a program from being had or from running."""

from __future__ import annotations


class ProgramError(Exception):
    """A program that tests need cannot be had or does not run; the message says what to do."""
