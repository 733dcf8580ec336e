"""Waiting for what another process is about to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_PAUSE = 0.01


def eventually(condition: Callable[[], Result], *, within: float = 15.0) -> Result:
    """Call `condition` until it returns something true, and return that.

    Args:
        condition: is asked again every hundredth of a second; what it raises is not caught.
        within: the deadline, in seconds.

    Raises:
        AssertionError: it stayed false; the message has its last value.
    """
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {result!r} after {within} s")
        time.sleep(_PAUSE)
    return result
