"""Endings: a program that is told to end puts away first what it has begun."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_in_order() -> None:
    """Have signals that end a program end its `with` and `finally` blocks first.

    A second signal changes nothing: what is put away by then is put away to the end.
    """
    for each in _SIGNALS:
        # By `nohup` one is ignored from the beginning, and stays so.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    # As shells report of programs that a signal has ended.
    raise SystemExit(128 + number)


def end_with(process: int) -> None:
    """End in order when another process is gone, however that comes to its end.

    Elsewhere than on Linux a process is not told of another's end; there this does nothing.

    Args:
        process: its number.
    """
    if sys.platform != "linux":
        return
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        _end(signal.SIGTERM, None)
    else:
        threading.Thread(target=_end_after, args=(descriptor,), daemon=True).start()


def _end_after(descriptor: int) -> None:
    select.select([descriptor], [], [])
    os.kill(os.getpid(), signal.SIGTERM)
