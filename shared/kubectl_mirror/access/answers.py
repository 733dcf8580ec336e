"""Answers: JSON that was sent in place of what an API server sends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mirroring.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is raised by whoever reads fields that are not there, or of another type.
_ODD: Final = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)


@contextmanager
def as_sent_for(what: str) -> Iterator[None]:
    """Say of an answer that is read within, and is not as Kubernetes has it, what it was for.

    Args:
        what: was asked, as in `Pods in namespace kn-mirror`.

    Raises:
        Unavailable: it is not as it ought to be, cut off for one; none of it is quoted.
    """
    try:
        yield
    except _ODD as error:
        raise Unavailable(
            f"The answer for {what} is not as an API server writes it. Ask once more; if it stays "
            "so, look at the server's URL, and at proxies on the way to it."
        ) from error
