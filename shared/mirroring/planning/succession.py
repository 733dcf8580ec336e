"""Succession: which source goes on with the mirrors of another that is none any more.

Anybody may write of an object that it was a mirror, and of whom. So it takes proof.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mirroring.codes import Code
from mirroring.names import CONTENT_HASH
from mirroring.planning.inventories import Inventory
from mirroring.policies.precedence import BY_AGE
from mirroring.policies.roles import is_source
from mirroring.policies.sources import Source
from mirroring.verdicts import Answer, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Ref
    from mirroring.policies.precedence import Precedence
    from mirroring.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Succession:
    """The heirs of sources that ended, as far as was looked.

    Args:
        inventory: of what was looked at.
        precedence: the order of sources; none succeeds one that comes before it.
        heirs: those that may go on with a mirror, by the source that it had.
    """

    inventory: Inventory = field(default_factory=Inventory)
    precedence: Precedence = BY_AGE
    heirs: Mapping[Ref, list[Source]] = field(default_factory=dict)

    @classmethod
    def of(cls, inventory: Inventory, precedence: Precedence) -> Succession:
        """Find the heirs."""
        found: dict[Ref, list[Source]] = {}
        for before, successors in inventory.successors.items():
            if before in inventory.asking or before not in inventory.mirrors:
                continue
            # Many may say so of one that has many mirrors, most of which hold the same.
            mirrors = {
                (each.ref.name, each.annotations.get(CONTENT_HASH)): each
                for each in inventory.mirrors[before]
            }.values()
            found[before] = [
                each
                for each in successors
                if each.ref not in inventory.barred
                and not precedence.outranks(before, each.ref)
                and any(map(each.may_go_on_with, mirrors))
            ]
        return cls(inventory, precedence, found)

    def heir(self, source: Source, namespace: Namespace, found: Metadata) -> Ref | None:
        """Name the source that wants to go on with a mirror of one that is none any more."""
        for each in self.heirs.get(source.ref, ()):
            is_wanted = each.mirror_name == found.ref.name and each.ref.namespace != namespace.name
            if not is_wanted or not each.may_go_on_with(found):
                continue
            if each.asks(namespace).answer is not Answer.NO:
                return each.ref
        return None

    def has_ended(self, source: Ref) -> bool:
        """Whether an object that was a source is none any more."""
        found = self.inventory.objects.get(source)
        return found is None or not is_source(found)

    def ended_predecessor(self, source: Source) -> Ref | None:
        """Return the source that one succeeds, if it is none any more."""
        before = source.predecessor
        if before is None or self.precedence.outranks(before, source.ref):
            return None
        return before if self.has_ended(before) else None

    def proven_predecessor(self, source: Source) -> Ref | None:
        """Return the source that one was a mirror of, if another mirror of that proves it."""
        before = source.predecessor
        if before is None:
            return None
        is_there = before in self.inventory.asking
        proves = self._is_held_by_any if is_there else self._is_held_by_most
        return before if proves(before, source) else None

    def permits(self, source: Ref, namespace: str) -> Verdict:
        """Decide whether a source that is there permits a mirror in a namespace."""
        inventory = self.inventory
        target = inventory.namespaces.get(namespace)
        if target is None:
            because = f"namespace {namespace} is not among those that may be written in"
            return unknown(because, Code.OUTSIDE_LIMITS)
        found = Source.of(source, inventory.objects.get(source), read_list=inventory.read_list)
        return found.permits_auto(target)

    def _is_held_by_any(self, before: Ref, heir: Source) -> bool:
        """Whether a mirror of a source that permits one where its heir is holds what that does."""
        if not self.permits(before, heir.ref.namespace):
            return False
        return any(map(heir.may_go_on_with, self.inventory.mirrors.get(before, ())))

    def _is_held_by_most(self, before: Ref, heir: Source) -> bool:
        """Whether most mirrors of a source that is gone say that they hold what its heir does."""
        held = Counter(
            found.annotations.get(CONTENT_HASH, "")
            for found in self.inventory.mirrors_of(before, heir.ref.name)
        ).most_common(2)
        is_clear = bool(held) and (len(held) == 1 or held[0][1] > held[1][1])
        own = heir.metadata.annotations.get(CONTENT_HASH, "") if heir.metadata else ""
        return is_clear and own != "" and own == held[0][0]
