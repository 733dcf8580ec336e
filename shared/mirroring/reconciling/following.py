"""Following one source: reads and writes in the order that lets no old version win."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from mirroring.errors import Conflict, Forbidden, Invalid, Unavailable
from mirroring.names import ROLE, ROLE_SOURCE
from mirroring.planning.manifests import replace_entries
from mirroring.planning.plans import plan, plan_strays, withdrawal
from mirroring.planning.pulls import plan_pulls, refusals
from mirroring.policies.sources import Source, is_marked, is_source
from mirroring.reconciling.writing import Writer
from mirroring.reporting.reports import Action, Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.cluster.clients import Cluster
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.limits import Limits
    from mirroring.reconciling.scopes import Scope, Targets
    from mirroring.reporting.reports import Report

_ROUNDS: Final = 10  # how often things may move under one event before it is put back


class Follower:
    """Brings the mirrors of one source in line with it.

    The targets are read first and the source last. Whoever wrote a mirror that was read had read
    the source before that, so nothing planned here is older than what it replaces; whoever writes
    later makes our precondition fail, and that target is read and planned afresh. After the writes
    the source is looked at once more: if it moved or went, all is done again, or a create that
    overtakes a cleanup would leave an orphan.

    Args:
        cluster: where to read and write.
        report: takes the outcome of every target.
        ref: the source, whether it exists or not.
        scope: how much of the cluster is looked at.
        limits: beyond which nothing is written.
        name: what its mirrors are likely to be called; its own name unless it is given.
    """

    def __init__(
        self,
        cluster: Cluster,
        report: Report,
        ref: Ref,
        scope: Scope,
        limits: Limits,
        *,
        name: str = "",
    ) -> None:
        self._name = name or ref.name
        self._cluster = cluster
        self._report = report
        self._limits = limits
        self._ref = ref
        self._scope = scope

    def follow(self) -> None:
        """Read, plan and write until the source stayed what it was from the plan to the last write.

        Raises:
            Unavailable: it never did.
            ApiError: the cluster could not be read.
        """
        if against := self._limits.reason_against(self._ref):
            self._report.decide(Decision.NOTHING, against)
            return
        for _ in range(_ROUNDS):
            with suppress(Conflict):
                if self._try_once():
                    return
        raise Unavailable(f"{self._ref} keeps changing. It is followed when the event comes again.")

    def _try_once(self) -> bool:
        # The order matters; see the class.
        read = self._scope.read(self._cluster, self._ref, self._name)
        targets = read.within(self._limits.targets)
        found = self._cluster.get(self._ref)
        source = self._mark(found)
        if source and source.mirror_name != self._name:
            self._name = source.mirror_name
            return False
        if not self._write(source, self._plan(source, found, targets)):
            return False
        judged = source or found
        after = self._cluster.metadata(self._ref)
        if (after and after.version) != (judged and judged.metadata.version):
            return False
        self._unmark(after)
        return True

    def _plan(
        self, source: Source | None, found: Object | None, targets: Targets
    ) -> Iterable[Step]:
        if source is None:
            because = self._why_no_source(found)
            mirrors = (*targets.existing.values(), *targets.strays)
            withdrawn = withdrawal(self._ref, mirrors, because=because)
            return chain(withdrawn, refusals(targets.pulled, because=because))
        if not source.mirrorable:
            self._refuse(source.mirrorable.because)
            return refusals(targets.pulled, because=source.mirrorable.because)
        return chain(
            plan(source, targets.namespaces, targets.existing),
            plan_strays(source, targets.strays),
            plan_pulls(source, targets.pulled),
        )

    def _why_no_source(self, found: Object | None) -> str:
        if found is None:
            return f"{self._ref} is gone, or was never there"
        return f"{self._ref} permits no mirrors: {is_source(found.metadata).because}"

    def _write(self, source: Source | None, steps: Iterable[Step]) -> bool:
        """Carry out the steps; say whether each found its target as it was judged."""
        at = datetime.now(UTC).isoformat()
        writer = Writer(self._cluster, self._ref, source, at)
        settled = True
        for outcome in self._cluster.in_parallel(writer.carry_out, steps):
            if outcome.action is Action.MOVED:
                settled = False
            else:
                self._report.record(outcome)
        for problem in source.rules.problems() if source else ():
            self._refuse(problem)
        return settled

    def _mark(self, found: Object | None) -> Source | None:
        """Make sure that a source is found by its label before it has a mirror to withdraw."""
        if found is None or not is_source(found.metadata):
            return None
        source = Source.of(found)
        if is_marked(found.metadata):
            return source
        labels = {**found.metadata.labels, ROLE: ROLE_SOURCE}
        try:
            marked = self._cluster.patch(found.metadata, [replace_entries("labels", labels)])
            return replace(source, metadata=marked)
        except (Forbidden, Invalid) as error:
            self._refuse(str(error))
            return source

    def _unmark(self, found: Metadata | None) -> None:
        """Take the label off what is no source any more: last, as it says mirrors may be left."""
        if not self._scope.is_whole or self._report.must_retry:
            return
        if found and is_marked(found) and not is_source(found):
            others = {name: value for name, value in found.labels.items() if name != ROLE}
            self._cluster.patch(found, [replace_entries("labels", others)])

    def _refuse(self, because: str) -> None:
        self._report.record(Outcome(Action.FAILED, self._ref, self._ref, because))
