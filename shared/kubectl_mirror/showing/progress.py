"""Progress: on a terminal, what is done that takes longer than a second."""

from __future__ import annotations

import os
import sys
from threading import Lock, Timer
from typing import TYPE_CHECKING, Final, Self

import click

if TYPE_CHECKING:
    from types import TracebackType

_PATIENCE: Final = 1.0  # seconds
_ANEW: Final = "\r\033[K"  # from the line's beginning on


class Progress:
    """One line on standard error, which goes when there is an answer.

    There is none where that is no terminal, or one that takes no line away.

    Args:
        said: what it says at first.
    """

    def __init__(self, said: str = "") -> None:
        self._said = said
        self._is_shown = self._is_over = False
        self._lock = Lock()
        self._timer = Timer(_PATIENCE, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Begin to wait."""
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self.end()

    def end(self) -> None:
        """Take the line away, for good: what comes is the answer."""
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            if self._is_shown:
                self._is_shown = False
                _write(_ANEW)

    def echo(self, line: str) -> None:
        """Print a line of the answer, in place of the one that says what is done."""
        with self._lock:
            if self._is_shown:
                _write(_ANEW)
            click.echo(line)

    def say(self, said: str) -> None:
        """Say what is done now."""
        with self._lock:
            self._said = said
            if self._is_shown:
                self._show()

    def _begin(self) -> None:
        with self._lock:
            if not self._is_over:
                self._is_shown = True
                self._show()

    def _show(self) -> None:
        _write(f"{_ANEW}{self._said} …")


def _write(text: str) -> None:
    # Whoever wants no colours wants the line gone all the same.
    click.echo(text, err=True, nl=False, color=True)
