"""Codes that `explain` never shows, and why. `test_states` holds them to that, where it can be."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whose an object is decides what may be done to it. Why it is done is a reason of its own.
CLAIMS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.ITS_MIRROR: "a mirror is judged by what it holds",
        Code.HANDED_OVER: "what was handed over is behind, as it was not written yet",
        Code.INHERITED: "what a source succeeds to is behind, as it was not written yet",
        Code.OUTRANKS: "what the platform takes over is behind, as it was not written yet",
    }
)

# Only who reads contents, or writes, comes upon it. The audit log has it, and Events.
FOUND_OUT: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.STUB: "what a pull mirror holds is not read",
        Code.MADE_ANEW: "whether an update is possible shows when it is refused",
        Code.WITHHELD: "what a source holds is not read",
        Code.COMES_BEFORE: "the owner of the other source is told when it is met",
    }
)

# Said to those who may not know more; who asks has rights of their own.
DISCREET: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.IN_THE_WAY: "what is in the way is said, to whoever may read it",
        Code.ABSENT_OR_REFUSED: "which of the two is said, to whoever may read it",
    }
)

# Of writes of the functions, and of their time.
OF_FUNCTIONS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.AS_TOLD: "whoever asks is told again",
        Code.FORMER_KEY: "the keys that sign hashes are the functions' own",
        Code.MADE_A_SOURCE: "it is of notes on a source, not of a mirror",
        Code.SUCCESSION_OVER: "it is of notes on a source, not of a mirror",
        Code.OVER_QUOTA: "a write alone is refused for it",
        Code.DENIED: "a write alone is refused for it",
        Code.INVALID: "a write alone is refused for it",
        Code.MOVED: "a write alone comes too late",
        Code.KEEPS_CHANGING: "it is of one event",
        Code.TIME_IS_UP: "it is of one event",
        Code.NOT_TRIED: "it is of one event",
        Code.END_NOT_NOTED: "it is of one event",
    }
)

# A command that comes upon it has no answer: it ends with an error, and exit code 2.
ERRORS: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.UNAVAILABLE: "the API server did not answer",
        Code.UNAUTHORIZED: "it does not know who asks",
        Code.TOO_LARGE: "its answer is too long",
        Code.EXPIRED: "its list took too long",
        Code.FAULT: "nobody expected it",
        Code.SETTING: "what somebody said to the command, or set, cannot be meant",
    }
)

# In worlds of their own.
ELSEWHERE: Final[Mapping[Code, str]] = MappingProxyType(
    {
        Code.NO_RIGHT: "test_rights asks with the rights of others",
        Code.SLOW_PATTERN: "it takes a second each time that it is judged",
        Code.DECLARED: "a pull mirror is found to be one before whose it is is asked",
    }
)

UNEXPLAINED: Final[Mapping[Code, str]] = MappingProxyType(
    {**CLAIMS, **FOUND_OUT, **DISCREET, **OF_FUNCTIONS, **ERRORS, **ELSEWHERE}
)
