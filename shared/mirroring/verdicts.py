"""Decisions that carry their reason, so that log lines, Events and tests all show the same one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mirroring.codes import Code


class Answer(Enum):
    """What is decided. `UNKNOWN` permits nothing and forbids nothing: what is there stays there."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """An answer, why a person would believe it, and the code of such reasons."""

    answer: Answer
    because: str
    code: Code

    def __bool__(self) -> bool:
        """Only a clear yes is true."""
        return self.answer is Answer.YES


def yes(because: str, code: Code) -> Verdict:
    """Decide for it."""
    return Verdict(Answer.YES, because, code)


def no(because: str, code: Code) -> Verdict:
    """Decide against it."""
    return Verdict(Answer.NO, because, code)


def unknown(because: str, code: Code) -> Verdict:
    """Admit that it cannot be decided."""
    return Verdict(Answer.UNKNOWN, because, code)
