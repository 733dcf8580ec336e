"""Ahead: what is read while something else is, since whoever asks waits for all of it."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Ahead(Generic[T]):
    """Something that is being read from when this is made; called, it waits for that.

    Args:
        read: reads it.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._found: list[T] = []
        self._error: Exception | None = None
        # Nobody waits for it who does not want it any more.
        self._thread = Thread(target=self._keep, args=(read,), daemon=True)
        self._thread.start()

    def __call__(self) -> T:
        """Return what was read; raises what reading it has raised."""
        self._thread.join()
        if self._error:
            raise self._error
        return self._found[0]

    def _keep(self, read: Callable[[], T]) -> None:
        try:
            self._found.append(read())
        except Exception as error:
            self._error = error
