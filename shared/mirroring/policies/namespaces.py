"""The namespaces of a cluster, sorted so that the few that a source is for are found quickly."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.metadata import Namespace

# Most values are one namespace's own: of one name a list is a third as large as a set.
Index = defaultdict[str, defaultdict[str, list[str]]]
_LAST: Final = "\uffff"  # comes after whatever a name may go on with


class NamespaceIndex:
    """Namespaces by name and by label.

    Of ten thousand namespaces most sources are for a few; only these are worth a judgement.
    """

    def __init__(self, namespaces: Mapping[str, Namespace]) -> None:
        self._namespaces = namespaces

    @cached_property
    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self._namespaces)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._namespaces)

    @cached_property
    def _by_label(self) -> Mapping[str, Mapping[str, list[str]]]:
        found: Index = defaultdict(lambda: defaultdict(list))
        for name, namespace in self._namespaces.items():
            for key, value in namespace.labels.items():
                found[key][value].append(name)
        return found

    def beginning_with(self, prefix: str) -> Iterable[str]:
        """Pick those whose names begin so."""
        first = bisect_left(self._sorted, prefix)
        return self._sorted[first : bisect_right(self._sorted, prefix + _LAST)]

    def labelled(self, key: str, values: frozenset[str] | None) -> set[str]:
        """Pick those that have a label, with one of some values if these are given."""
        by_value = self._by_label.get(key, {})
        return set().union(
            *(names for value, names in by_value.items() if values is None or value in values)
        )
