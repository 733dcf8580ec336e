"""What mirroring needs of a cluster: a way to send requests, to read and to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mirroring.objects.changes import Change, Patch
    from mirroring.objects.metadata import Metadata, Namespace, Object
    from mirroring.objects.references import Kind, Ref

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
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Send a request and return the answer's status and body, whatever the status is.

        Args:
            method: of HTTP.
            path: with no query.
            query: names and values.
            headers: by name.
            body: what is sent.
            most: bytes of the answer, decompressed, that may be held; 0 for any number.

        Raises:
            Unavailable: no answer came, after all retries.
            TooLarge: the answer has more bytes.
        """
        ...


class Writers(Protocol):
    """Does the same for many items, several at a time where it can."""

    def map(self, work: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Do it for each item; what comes of it is in the items' order."""
        ...


class Reader(Protocol):
    """The few reads that mirroring needs of a Kubernetes API server.

    Each may raise an `ApiError`, whose message names the object, the reason and the remedy.
    """

    def get(self, ref: Ref) -> Object | None:
        """Read an object with its content; None when it is not there."""
        ...

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it is not there."""
        ...

    def namespace(self, name: str) -> Namespace | None:
        """Read a namespace; None when it is not there."""
        ...

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        ...

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = ...,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects: all, or by namespace, name or labels.

        `only` picks what to keep page by page, so that a whole cluster can be looked through in
        little memory; it is not shown by whom the fields are owned.
        """
        ...


class Writer(Protocol):
    """Carries out one change, or says what would come of it."""

    def apply(self, change: Change) -> Metadata | None:
        """Write; return what is there now where only labels and annotations were written.

        Raises:
            AlreadyExists: something has the name of what was to be created.
            Stale: the object is no longer what was seen, or is gone.
            NamespaceGone: the namespace is being deleted or is not there.
            ApiError: the API server refused for another reason.
        """
        ...

    def repair(self, change: Patch) -> Object | None:
        """Write a mirror that somebody else had changed; return what is there now, all of it.

        None where nothing was written. Raises as `apply`.
        """
        ...
