"""Filling one namespace: the mirrors of all sources of a kind, in as few reads as can be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mirroring.names import ROLE, ROLE_SOURCE
from mirroring.ownership.claims import prove_ours
from mirroring.ownership.records import bookkeeping
from mirroring.planning.plans import plan, plan_strays
from mirroring.planning.pulls import Pulled, needs_nothing, seems_filled
from mirroring.planning.settling import seems_settled
from mirroring.policies.rules import Rules
from mirroring.policies.sources import Source, is_source, mirror_name
from mirroring.reconciling.following import Follower
from mirroring.reconciling.scopes import InNamespace
from mirroring.reconciling.writing import Writer
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mirroring.cluster.clients import Cluster
    from mirroring.objects.metadata import Metadata, Namespace
    from mirroring.objects.references import Kind, Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.limits import Limits
    from mirroring.reporting.reports import Report


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
    limits: Limits

    def fill(self) -> list[Metadata]:
        """Read the sources, and write what this namespace lacks of them.

        Returns:
            The pull mirrors in the namespace that may lack something, too.

        Raises:
            ApiError: the cluster could not be read.
        """
        sources = self._sources()
        there = self.cluster.list_metadata(self.kind, namespace=self.namespace.name)
        existing = {found.ref.name: found for found in there}
        strays = _strays(sources, there)
        unsettled = [
            ref
            for ref, found in sources.items()
            if ref in strays or not self._is_settled(found, existing)
        ]
        if unsettled:
            self._write_and_look_again(unsettled, existing, strays)
        return [found for found in there if self._may_lack(found, sources)]

    def _write_and_look_again(
        self,
        unsettled: Sequence[Ref],
        existing: Mapping[str, Metadata],
        strays: Mapping[Ref, list[Metadata]],
    ) -> None:
        judged = self._write(unsettled, existing, strays)
        after = self._sources()
        for ref in unsettled:
            if ref not in judged or ref not in after or after[ref].version != judged[ref]:
                scope = InNamespace(self.namespace.name)
                Follower(self.cluster, self.report, ref, scope, self.limits).follow()

    def _may_lack(self, found: Metadata, sources: Mapping[Ref, Metadata]) -> bool:
        kept = bookkeeping(found)
        if kept is None or kept.auto:
            return False
        source = sources.get(kept.source)
        if source is None:
            return not needs_nothing(found)
        rules = Rules.read(source.annotations)
        return not seems_filled(source, rules, Pulled(found, self.namespace))

    def _sources(self) -> dict[Ref, Metadata]:
        marked = self.cluster.list_metadata(self.kind, selector=f"{ROLE}={ROLE_SOURCE}")
        return {
            found.ref: found
            for found in marked
            if is_source(found) and not self.limits.reason_against(found.ref)
        }

    def _is_settled(self, source: Metadata, existing: Mapping[str, Metadata]) -> bool:
        found = existing.get(mirror_name(source))
        settled = seems_settled(source, Rules.read(source.annotations), self.namespace, found)
        if settled and found is not None and found.ref != source.ref:
            because = "it was written from the source as it is now"
            self.report.record(Outcome(Action.UNCHANGED, found.ref, source.ref, because))
        return settled

    def _write(
        self,
        refs: Iterable[Ref],
        existing: Mapping[str, Metadata],
        strays: Mapping[Ref, list[Metadata]],
    ) -> dict[Ref, tuple[str, str]]:
        """Write what is lacking; return the version of each source that it was written from."""
        at = datetime.now(UTC).isoformat()
        work: list[tuple[Writer, Step]] = []
        judged: dict[Ref, tuple[str, str]] = {}
        read_sources: list[Source] = []
        for read in self.cluster.in_parallel(self.cluster.get, refs):
            if read is None or not is_source(read.metadata):
                continue
            source = Source.of(read)
            if not source.mirrorable:
                self._refuse(source.ref, source.mirrorable.because)
                continue
            writer = Writer(self.cluster, source.ref, source, at)
            found = existing.get(source.mirror_name)
            here = {self.namespace.name: found} if found else {}
            work.extend((writer, step) for step in plan(source, [self.namespace], here))
            work.extend((writer, step) for step in plan_strays(source, strays.get(source.ref, ())))
            judged[source.ref] = read.metadata.version
            read_sources.append(source)
        for outcome in self.cluster.in_parallel(lambda each: each[0].carry_out(each[1]), work):
            if outcome.action is Action.MOVED:
                judged.pop(outcome.source, None)
            else:
                self.report.record(outcome)
        for source in read_sources:
            for problem in source.rules.problems():
                self._refuse(source.ref, problem)
        return judged

    def _refuse(self, source: Ref, because: str) -> None:
        self.report.record(Outcome(Action.FAILED, source, source, because))


def _strays(
    sources: Mapping[Ref, Metadata], there: Iterable[Metadata]
) -> dict[Ref, list[Metadata]]:
    """Pick the mirrors that have another name than their source now gives them."""
    strays: defaultdict[Ref, list[Metadata]] = defaultdict(list)
    for found in there:
        kept = bookkeeping(found)
        source = sources.get(kept.source) if kept else None
        if source and found.ref.name != mirror_name(source) and prove_ours(found, source.ref):
            strays[source.ref].append(found)
    return dict(strays)
