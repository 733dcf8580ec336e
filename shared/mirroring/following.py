"""Following one source: reads and writes in the order that lets no old version win."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from mirroring.errors import Conflict, Forbidden, Invalid, Unavailable
from mirroring.mirrors import escape, merge_operations
from mirroring.plans import plan, withdrawal
from mirroring.reports import Action, Outcome
from mirroring.sources import Source, is_marked, is_mirrorable, is_source
from mirroring.vocabulary import ROLE, ROLE_SOURCE
from mirroring.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mirroring.cluster import Cluster
    from mirroring.objects import Metadata, Namespace, Object
    from mirroring.plans import Step
    from mirroring.references import Ref
    from mirroring.reports import Report

A = TypeVar("A")
_ROUNDS: Final = 10  # how often things may move under one event before it is put back


@dataclass(frozen=True, slots=True)
class View:
    """What a plan is made from.

    Args:
        namespaces: those to look at.
        existing: what has the mirror's name, by namespace.
        source: the source, None when it is gone. Read last.
    """

    namespaces: Sequence[Namespace]
    existing: Mapping[str, Metadata]
    source: Object | None


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
        only: the one namespace to look at; None for all.
    """

    def __init__(
        self, cluster: Cluster, report: Report, ref: Ref, *, only: str | None = None
    ) -> None:
        self._cluster = cluster
        self._report = report
        self._ref = ref
        self._only = only

    def follow(self) -> None:
        """Read, plan and write until the source stayed what it was from the plan to the last write.

        Raises:
            Unavailable: it never did.
            ApiError: the cluster could not be read.
        """
        for _ in range(_ROUNDS):
            with suppress(Conflict):
                if self._try_once():
                    return
        raise Unavailable(f"{self._ref} keeps changing. It is followed when the event comes again.")

    def _try_once(self) -> bool:
        view = self._look()
        source = self._mark(view.source)
        if not self._write(source, self._plan(source, view)):
            return False
        judged = source or view.source
        found = self._cluster.metadata(self._ref)
        if (found and found.version) != (judged and judged.metadata.version):
            return False
        self._unmark(found)
        return True

    def _look(self) -> View:
        """Read the targets first and the source last; see the class."""
        if self._only is None:
            named = self._cluster.list_metadata(self._ref.kind, name=self._ref.name)
            namespaces = self._cluster.namespaces()
        else:
            named = _present(self._cluster.metadata(self._ref.in_namespace(self._only)))
            namespaces = _present(self._cluster.namespace(self._only))
        existing = {found.ref.namespace: found for found in named}
        return View(namespaces, existing, self._cluster.get(self._ref))

    def _plan(self, source: Source | None, view: View) -> Iterable[Step]:
        if source is not None:
            refused = is_mirrorable(source.content)
            if refused:
                return plan(source, view.namespaces, view.existing)
            self._refuse(refused.because)
            return ()
        gone = view.source is None
        because = f"{self._ref} is gone" if gone else f"{self._ref} permits no mirrors any more"
        return withdrawal(self._ref, view.existing.values(), because=because)

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
        label = merge_operations("labels", found.metadata.labels, {ROLE: ROLE_SOURCE})
        try:
            return replace(source, metadata=self._cluster.patch(found.metadata, label))
        except (Forbidden, Invalid) as error:
            self._refuse(str(error))
            return source

    def _unmark(self, found: Metadata | None) -> None:
        """Take the label off what is no source any more: last, as it says mirrors may be left."""
        if found is None or not is_marked(found) or is_source(found) or self._report.must_retry:
            return
        self._cluster.patch(found, [{"op": "remove", "path": f"/metadata/labels/{escape(ROLE)}"}])

    def _refuse(self, because: str) -> None:
        self._report.record(Outcome(Action.FAILED, self._ref, self._ref, because))


def _present(found: A | None) -> list[A]:
    return [] if found is None else [found]
