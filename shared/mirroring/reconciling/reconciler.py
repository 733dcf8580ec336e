"""What an event can ask for; its verb, order and number decide nothing: the cluster is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mirroring.errors import ApiError, ChainError
from mirroring.names import ROLE, ROLE_SOURCE, SOURCE
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import prove_ours
from mirroring.ownership.records import bookkeeping, is_pull_mirror, source_label
from mirroring.planning.manifests import shortcoming, suspicion
from mirroring.planning.pulls import needs_nothing
from mirroring.planning.settling import concerns_mirroring, unregistered, unsettled
from mirroring.policies.limits import Limits
from mirroring.policies.sources import is_marked, is_source, mirror_name
from mirroring.policies.upkeep import Upkeep
from mirroring.reconciling.filling import Filler
from mirroring.reconciling.following import Follower
from mirroring.reconciling.scopes import Everywhere, InNamespace, OnlyPullMirror
from mirroring.reporting.reports import Action, Decision, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.cluster.clients import Cluster
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.reconciling.scopes import Scope
    from mirroring.reporting.reports import Report


class Mirroring:
    """Mirroring in one cluster, for the length of one event.

    Args:
        cluster: the one that the event is about.
        report: takes what came of it.
        limits: what is not looked at.
    """

    def __init__(self, cluster: Cluster, report: Report, limits: Limits = Limits()) -> None:
        self._cluster = cluster
        self._report = report
        self._limits = limits

    def reconcile(self, ref: Ref) -> None:
        """Bring in line what depends on a Secret or ConfigMap that may have come, changed or gone.

        Raises:
            ApiError: the cluster could not be read.
        """
        if ref.kind not in self._limits.kinds:
            self._nothing(self._limits.reason_against(ref))
            return
        found = self._cluster.metadata(ref)
        if found is None:
            self._reconcile_absence(ref)
        elif is_source(found) or is_marked(found):
            self._follow(ref, Everywhere(), name=mirror_name(found))
        elif is_pull_mirror(found):
            self._reconcile_pull_mirror(found)
        else:
            self._reconcile_mirror(found)

    def _reconcile_absence(self, ref: Ref) -> None:
        """Withdraw what mirrored the object, and make it again if it was itself a mirror."""
        named = self._cluster.list_metadata(ref.kind, name=ref.name)
        label = f"{SOURCE}={source_label(ref)}"
        labelled = self._cluster.list_metadata(ref.kind, selector=label)
        if any(prove_ours(each, ref) or is_pull_mirror(each, ref) for each in named + labelled):
            self._follow(ref, Everywhere(thorough=True))
        marked = self._cluster.list_metadata(ref.kind, selector=f"{ROLE}={ROLE_SOURCE}")
        for found in {each.ref: each for each in named + marked}.values():
            wants_it = is_source(found) and mirror_name(found) == ref.name
            if wants_it and Upkeep.read(found.annotations).recreate:
                self._follow(found.ref, InNamespace(ref.namespace), name=ref.name)
        if self._report.decision is Decision.NOTHING:
            self._nothing("it is gone, and neither mirrored nor a mirror")

    def _reconcile_pull_mirror(self, found: Metadata) -> None:
        """Fill a pull mirror that was not filled yet, or that its owner wants filled anew."""
        if needs_nothing(found):
            self._nothing("the pull mirror was filled; what its owner changes in it stays")
        else:
            self._pull(found)

    def _pull(self, found: Metadata) -> None:
        kept = bookkeeping(found)
        if kept is None:
            return
        try:
            source = origin(found, self._cluster.metadata)
        except ChainError as error:
            self._report.decide(Decision.RECONCILED, f"{found.ref} was looked at")
            self._report.record(
                Outcome(Action.REFUSED, found.ref, kept.source, str(error), declared=True)
            )
        else:
            self._follow(source, OnlyPullMirror(found.ref, kept.source))

    def _reconcile_mirror(self, found: Metadata) -> None:
        """Repair a mirror that is not as it was written; what is none costs nothing more."""
        kept = bookkeeping(found)
        if kept is None:
            self._nothing("it is neither a source nor a mirror")
        elif not prove_ours(found, kept.source):
            self._nothing(prove_ours(found, kept.source).because)
        elif shortcoming(found, kept.source) or suspicion(found):
            self._follow(kept.source, InNamespace(found.ref.namespace), name=found.ref.name)
        else:
            self._nothing("the mirror is as it was written")

    def reconcile_namespace(self, name: str) -> None:
        """Give a namespace that may have come or changed its mirrors, and take the others away.

        Raises:
            ApiError: the cluster could not be read.
        """
        if not self._limits.targets.permits(name):
            self._nothing(f"no mirror is written in namespace {name}, by the settings")
            return
        namespace = self._cluster.namespace(name)
        if namespace is None or namespace.terminating:
            self._nothing(f"namespace {name} is gone or being deleted")
            return
        for kind in self._limits.kinds:
            filler = Filler(self._cluster, self._report, namespace, kind, self._limits)
            for pulled in filler.fill():
                self._pull(pulled)
        if self._report.outcomes:
            self._report.decide(Decision.RECONCILED, f"namespace {name} was looked at")
        else:
            self._nothing(f"no source concerns namespace {name}")

    def resync(self) -> None:
        """Repair every difference between what sources ask for and what is there, orphans included.

        Metadata are listed of everything; content is read only of sources that something differs
        for.

        Raises:
            ApiError: the cluster could not be read.
        """
        self._report.resynced = True
        namespaces = [each for each in self._cluster.namespaces() if self._may_be_target(each.name)]
        for kind in self._limits.kinds:
            concerned = self._cluster.list_metadata(kind, only=self._is_concerned)
            for ref in unsettled(concerned, namespaces):
                self._alone(ref, partial(self._follow, ref, Everywhere(thorough=True)))
            for found in unregistered(concerned):
                self._alone(found.ref, partial(self._pull, found))
        if self._report.decision is Decision.NOTHING:
            self._nothing("every mirror is as its source asks")

    def _may_be_target(self, namespace: str) -> bool:
        return self._limits.targets.permits(namespace)

    def _is_concerned(self, found: Metadata) -> bool:
        """Whether a resync looks at an object: a source, or a mirror in its place."""
        kept = bookkeeping(found)
        if kept is None:
            return concerns_mirroring(found) and not self._limits.reason_against(found.ref)
        return self._may_be_target(found.ref.namespace)

    def _alone(self, ref: Ref, work: Callable[[], None]) -> None:
        """Do what one object of many needs; what fails for it is noted and stops no other."""
        try:
            work()
        except ApiError as error:
            self._report.record(Outcome(Action.FAILED, ref, ref, str(error), retry=True))

    def _follow(self, ref: Ref, scope: Scope, *, name: str = "") -> None:
        self._report.decide(Decision.RECONCILED, f"{ref} was followed")
        Follower(self._cluster, self._report, ref, scope, self._limits, name=name).follow()

    def _nothing(self, because: str) -> None:
        self._report.decide(Decision.NOTHING, because)
