"""Waiting for what another process is about to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_PAUSE = 0.01


def eventually(
    condition: Callable[[], Result], *, within: float = 15.0, pause: float = _PAUSE
) -> Result:
    """Call `condition` until it returns something true, and return that.

    Args:
        condition: is asked again and again; what it raises is not caught.
        within: the deadline, in seconds.
        pause: between two questions, in seconds.

    Raises:
        AssertionError: it stayed false; the message has its last value.
    """
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {result!r} after {within} s")
        time.sleep(pause)
    return result


def quiet(
    count: Callable[[], int | None],
    *,
    for_: float = 1.5,
    within: float = 60.0,
    pause: float = _PAUSE,
) -> int:
    """Wait until a count stays the same, and return it.

    Args:
        count: of what is about to come to rest; None while something is known to be on its way.
        for_: how long, in seconds, it has to stay so.
        within: the deadline, in seconds.
        pause: between two looks at it, in seconds.

    Raises:
        AssertionError: it went on.
    """
    counted, since = count(), time.monotonic()
    deadline = since + within
    while counted is None or time.monotonic() - since < for_:
        if time.monotonic() > deadline:
            raise AssertionError(f"not quiet after {within} s, at {counted}")
        time.sleep(pause)
        if (again := count()) != counted:
            counted, since = again, time.monotonic()
    return counted
