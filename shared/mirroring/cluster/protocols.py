"""What the cluster's clients are built on: a way to send a request, and threads to send many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

A = TypeVar("A")
B = TypeVar("B")


class Transport(Protocol):
    """Sends one request to an API server and returns the status and body of its answer."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Send a request and return the answer's status and body, whatever the status is.

        Raises:
            Unavailable: no answer came, after all retries.
        """
        ...


class Writers(Protocol):
    """Does the same for many items, several at a time where it can."""

    def map(self, work: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Do it for each item; what comes of it is in the items' order."""
        ...
