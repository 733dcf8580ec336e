"""Waiting: until what was seen is as it is wanted, or time runs out."""

from __future__ import annotations

import re
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVar("A")

TIMED_OUT: Final = 124  # exit code, as of timeout(1)
_EVERY: Final = 1.0  # seconds between two looks
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}


class Duration(click.ParamType[float]):
    """A length of time, as kubectl's flags have it: `90s`, `1m30s`, `0`; in seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s|)", value)
        if not parts or "".join(map("".join, parts)) != value:
            self.fail(f"{value!r} is no time. Write 90s, 5m or 1m30s.", param, context)
        return sum(float(number) * _UNITS[unit] for number, unit in parts)


def until(is_done: Callable[[A], bool], look: Callable[[], A], timeout: float) -> A:
    """Look until it is done, or `timeout` seconds have passed; return what was seen last."""
    end = monotonic() + timeout
    while not is_done(seen := look()) and monotonic() < end:
        sleep(_EVERY)
    return seen
