"""Filling one namespace: the mirrors of all sources of a kind, in as few reads as can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mirroring.following import Follower
from mirroring.plans import plan, seems_settled
from mirroring.reports import Action, Outcome
from mirroring.rules import Rules
from mirroring.sources import Source, is_mirrorable, is_source
from mirroring.vocabulary import ROLE, ROLE_SOURCE
from mirroring.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.cluster import Cluster
    from mirroring.objects import Metadata, Namespace
    from mirroring.plans import Step
    from mirroring.references import Kind, Ref
    from mirroring.reports import Report


@dataclass(frozen=True, slots=True)
class Filler:
    """Gives one namespace the mirrors of a kind that it ought to have, and takes the others away.

    The protocol is `Follower`'s: targets first, sources last, and the sources looked at once more
    after the writes. Here one list looks at all of them; a source that did move is then followed on
    its own.
    """

    cluster: Cluster
    report: Report
    namespace: Namespace
    kind: Kind

    def fill(self) -> None:
        """Read the sources, and write what this namespace lacks of them.

        Raises:
            ApiError: the cluster could not be read.
        """
        sources = self._sources()
        if not sources:
            return
        there = self.cluster.list_metadata(self.kind, namespace=self.namespace.name)
        existing = {found.ref.name: found for found in there}
        unsettled = [ref for ref, found in sources.items() if not self._is_settled(found, existing)]
        if not unsettled:
            return
        judged = self._write(unsettled, existing)
        after = self._sources()
        for ref in unsettled:
            if ref not in judged or ref not in after or after[ref].version != judged[ref]:
                Follower(self.cluster, self.report, ref, only=self.namespace.name).follow()

    def _sources(self) -> dict[Ref, Metadata]:
        marked = self.cluster.list_metadata(self.kind, selector=f"{ROLE}={ROLE_SOURCE}")
        return {found.ref: found for found in marked if is_source(found)}

    def _is_settled(self, source: Metadata, existing: dict[str, Metadata]) -> bool:
        found = existing.get(source.ref.name)
        settled = seems_settled(source, Rules.read(source.annotations), self.namespace, found)
        if settled and found is not None and found.ref != source.ref:
            because = "it was written from the source as it is now"
            self.report.record(Outcome(Action.UNCHANGED, found.ref, source.ref, because))
        return settled

    def _write(
        self, refs: Iterable[Ref], existing: dict[str, Metadata]
    ) -> dict[Ref, tuple[str, str]]:
        """Write what is lacking; return the version of each source that it was written from."""
        at = datetime.now(UTC).isoformat()
        work: list[tuple[Writer, Step]] = []
        judged: dict[Ref, tuple[str, str]] = {}
        for read in self.cluster.in_parallel(self.cluster.get, refs):
            if read is None or not is_source(read.metadata) or not is_mirrorable(read.content):
                continue
            source = Source.of(read)
            writer = Writer(self.cluster, source.ref, source, at)
            found = existing.get(source.ref.name)
            here = {self.namespace.name: found} if found else {}
            work.extend((writer, step) for step in plan(source, [self.namespace], here))
            judged[source.ref] = read.metadata.version
        for outcome in self.cluster.in_parallel(lambda each: each[0].carry_out(each[1]), work):
            if outcome.action is Action.MOVED:
                del judged[outcome.source]
            else:
                self.report.record(outcome)
        return judged
