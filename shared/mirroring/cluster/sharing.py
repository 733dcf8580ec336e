"""Lists that are read once for all the events that want them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mirroring.cluster.reading import ApiReader
from mirroring.names import ROLE, SOURCE
from mirroring.ownership.records import source_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.cluster.protocols import Transport
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind, Ref

T = TypeVar("T")
# Does work that others want at the same time, known by its key, once for all of them.
Together = Callable[[Hashable, Callable[[], list[Any]]], list[Any]]

_OF_ONE_ROLE: Final = f"{ROLE}="
_OF_ONE_SOURCE: Final = f"{SOURCE}="


class Readings:
    """What the events of one delivery read together: all of them came before anything is read.

    It is kept until something is written, so that each event sees what was done for the others.
    What others write meanwhile is told of by events of its own; and no write goes to an object in
    another state than the one that was read.

    Args:
        objects: that the events are about. Where it is one, nothing is kept.
        together: reads what other deliveries are about to read, too, once for all of them.
    """

    def __init__(self, objects: Iterable[Ref], together: Together) -> None:
        self._together = together
        self._labels: defaultdict[Kind, set[str]] = defaultdict(set)
        for ref in objects:
            self._labels[ref.kind].add(source_label(ref))
        self._keeps = sum(map(len, self._labels.values())) > 1
        self._lock = Lock()
        self._kept: dict[Hashable, list[Any]] = {}

    @property
    def are_kept(self) -> bool:
        """Whether anything is kept, that was read before now."""
        return bool(self._kept)

    def forget(self) -> None:
        """Keep nothing of what was read until now: something is written."""
        with self._lock:
            self._kept = {}

    def once(self, key: Hashable, read: Callable[[], list[T]]) -> list[T]:
        """Return what is kept, or read it."""
        with self._lock:
            kept = self._kept
        if key not in kept:
            found = self._together(key, read)
            if not self._keeps:
                return found
            kept[key] = found
        return list(kept[key])

    def may_have_mirrors(self, kind: Kind, label: str, reader: ApiReader) -> bool:
        """Whether a source has mirrors, as far as it can be asked for all objects at once.

        Of mirrors only their sources are kept, so it costs no memory where there are many.
        """
        labels = self._labels[kind]
        if label not in labels or not self._keeps:
            return True
        selector = f"{SOURCE} in ({','.join(sorted(labels))})"

        def read() -> list[str]:
            found: set[str] = set()

            def note(mirror: Metadata) -> bool:
                found.add(mirror.labels.get(SOURCE, ""))
                return False

            reader.list_metadata(kind, selector=selector, only=note)
            return list(found)

        return label in self.once((kind, selector), read)


class SharedReader(ApiReader):
    """Reads a cluster for one of several events.

    Args:
        transport: to the API server.
        readings: what the events read together.
    """

    def __init__(self, transport: Transport, readings: Readings) -> None:
        super().__init__(transport)
        self._alone = ApiReader(transport)
        self._readings = readings

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        return self._readings.once("namespaces", self._alone.namespaces)

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = lambda _: True,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects: all, or by namespace, name or labels."""
        if not (namespace or name):
            if selector.startswith(_OF_ONE_ROLE):
                return list(filter(only, self._of_role(kind, selector)))
            label = selector.removeprefix(_OF_ONE_SOURCE)
            if not self._readings.may_have_mirrors(kind, label, self._alone):
                return []
        return self._alone.list_metadata(
            kind, namespace=namespace, name=name, selector=selector, only=only
        )

    def _of_role(self, kind: Kind, selector: str) -> list[Metadata]:
        return self._readings.once(
            (kind, selector), lambda: self._alone.list_metadata(kind, selector=selector)
        )
