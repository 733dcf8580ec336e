"""Decisions that carry their reason, so that log lines, Events and tests all show the same one."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Answer(Enum):
    """What is decided. `UNKNOWN` permits nothing and forbids nothing: what is there stays there."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """An answer, and why a person would believe it."""

    answer: Answer
    because: str

    def __bool__(self) -> bool:
        """Only a clear yes is true."""
        return self.answer is Answer.YES


def yes(because: str) -> Verdict:
    """Decide for it."""
    return Verdict(Answer.YES, because)


def no(because: str) -> Verdict:
    """Decide against it."""
    return Verdict(Answer.NO, because)


def unknown(because: str) -> Verdict:
    """Admit that it cannot be decided."""
    return Verdict(Answer.UNKNOWN, because)
