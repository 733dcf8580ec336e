"""What an event can ask for; its verb, order and number decide nothing: the cluster is read."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from mirroring.codes import Code, Reason
from mirroring.errors import ChainError, account_of, code_of
from mirroring.objects.hash_keys import NO_KEYS
from mirroring.ownership.chains import origin
from mirroring.ownership.claims import claim
from mirroring.ownership.records import is_declared, is_displaced, predecessor_of, record_of
from mirroring.planning import drift
from mirroring.planning.scopes import Scope
from mirroring.policies.limits import Limits
from mirroring.policies.patterns import lists_of_an_event
from mirroring.policies.roles import is_indexed, is_source, mirror_name
from mirroring.reconciling.clocks import Clock
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from mirroring.reconciling.observing import SOURCES, Observer
from mirroring.reconciling.reconciler import Reconciler
from mirroring.reconciling.signing import A_TICK, Signing
from mirroring.reconciling.telling import tell_misread, tell_namespace, tell_refused
from mirroring.reconciling.vacancies import Vacancies
from mirroring.reporting.reports import Action, Outcome

if TYPE_CHECKING:
    from mirroring.cluster.clients import Cluster
    from mirroring.objects.hash_keys import HashKeys
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind, Ref
    from mirroring.reconciling.observing import Namespaces
    from mirroring.reporting.reports import Report


class Mirroring:
    """Mirroring in one cluster, for the length of one event.

    Args:
        cluster: the one that the event is about.
        report: takes what came of it.
        limits: what is not looked at.
        clock: the event's time.
        full_resync_interval: seconds between two resyncs that look at everything.
        namespace: kn-mirror's own, where a resync leaves what the next has to remember.
        hash_keys: those that hashes of contents are signed with.
    """

    def __init__(
        self,
        cluster: Cluster,
        report: Report,
        limits: Limits = Limits(),
        *,
        clock: Clock | None = None,
        full_resync_interval: int = 0,
        namespace: str = "kn-mirror",
        hash_keys: HashKeys = NO_KEYS,
    ) -> None:
        self._cluster = cluster
        self._reader = cluster.reader
        self.report = report
        self._limits = limits
        self._clock = clock or Clock(at=report.at)
        self._full_resync_interval = full_resync_interval
        self._namespace = namespace
        self._signing = Signing(hash_keys)
        self._read_list = lists_of_an_event()
        self._observer = Observer(self._reader, limits, self._read_list)
        self._vacancies = Vacancies(
            self._observer.sources,
            cluster.leases,
            namespace,
            self._clock.at,
            called=self._observer.called,
        )

    def reconcile(self, ref: Ref, *, went: bool = False) -> None:
        """Bring in line what depends on a Secret or ConfigMap that may have come, changed or gone.

        Args:
            ref: the object.
            went: whether somebody said that it went. It may be there again, or still, without the
                annotations and labels that made a source of it; what mirrored it is looked for.

        Raises:
            ApiError: the cluster could not be read.
        """
        self.report.subject = str(ref)
        if ref.kind not in self._limits.kinds:
            self._nothing(self._limits.excluded_because(ref), Code.OUTSIDE_LIMITS)
            return
        self._nothing("every mirror is as its source asks", Code.IN_SYNC)
        found = self._reader.metadata(ref)
        is_asking = found is not None and (bool(is_source(found)) or is_indexed(found))
        if found is None or (went and not is_asking):
            self._reconcile_absence(ref, found)
        if found is not None:
            self._reconcile_presence(found, is_asking=is_asking)

    def _reconcile_presence(self, found: Metadata, *, is_asking: bool) -> None:
        if is_asking:
            self._run(Scope(found.ref.kind, frozenset({found.ref})), {found.ref: found})
            if is_displaced(found):
                self._tell_predecessor(found)
        elif is_declared(found):
            self._reconcile_declared(found)
        else:
            self._reconcile_mirror(found)
        tell_misread(found, self.report, Memory(), self._limits)

    def _tell_predecessor(self, found: Metadata) -> None:
        """Have the owner of a source told that a mirror of it has become a source itself."""
        before, namespaces = predecessor_of(found), frozenset({found.ref.namespace})
        if before:
            scope = Scope(before.kind, frozenset({before}), namespaces, frozenset({found.ref}))
            self._run(scope, {})

    def _reconcile_absence(self, ref: Ref, found: Metadata | None) -> None:
        """Withdraw what mirrored the object, and make it again if it was itself a mirror."""
        self._nothing("it is gone, and neither mirrored nor a mirror", Code.NO_CONCERN)
        self._run(Scope(ref.kind, frozenset({ref})), {ref: found})
        if any(each.source == ref and not each.declared for each in self.report.outcomes):
            # It was a source: its owner, who may make it again, finds its place empty.
            return
        listed = self._reader.list_metadata(ref.kind, selector=SOURCES)
        wanting = {found.ref: found for found in listed if self._wants(found, ref)}
        namespaces = frozenset({ref.namespace})
        if wanting:
            wanted = frozenset(wanting)
            scope = Scope(ref.kind, wanted, namespaces, after_loss=True, has_rivals=True)
            self._run(scope, dict(wanting))

    def _wants(self, found: Metadata, ref: Ref) -> bool:
        """Whether an object is a source that wants a mirror of that name; one may fail alone."""
        try:
            return bool(is_source(found)) and mirror_name(found) == ref.name
        except Exception as error:
            because, code = account_of(error), code_of(error)
            failed = Outcome(Action.FAILED, found.ref, found.ref, because, code, retry=True)
            self.report.record(failed)
            return False

    def _reconcile_declared(self, found: Metadata) -> None:
        """Fill a pull mirror that was not filled yet, or that its owner wants filled anew."""
        if drift.of_filled(found):
            because = "the pull mirror was filled; what its owner changes in it stays"
            self._nothing(because, Code.IN_SYNC)
            return
        source = found.ref
        try:
            source = origin(found, self._reader.metadata)
            because, code = self._limits.excluded_because(source), Code.OUTSIDE_LIMITS
            namespaces = frozenset({source.namespace})
        except ChainError as error:
            because, code, namespaces = str(error), error.code, error.namespaces
        if not because:
            self._reconcile_cell(source, found)
            return
        tell_refused(
            found,
            source,
            Reason(because, code),
            namespaces=namespaces,
            report=self.report,
            memory=Memory(),
        )

    def _reconcile_mirror(self, found: Metadata) -> None:
        """Repair a mirror that is not as it was written; what is none costs nothing more."""
        record = record_of(found)
        if record is None:
            self._nothing("it is neither a source nor a mirror", Code.NO_CONCERN)
            return
        ours = claim(found, record.source)
        if not ours.may_update:
            self._nothing(ours.because, ours.code)
        elif drift.of_labels(found, record.source) and drift.possible(found):
            self._nothing("the mirror is as it was written", Code.IN_SYNC)
        else:
            self._reconcile_cell(record.source, found)

    def _reconcile_cell(self, source: Ref, found: Metadata) -> None:
        namespaces = frozenset({found.ref.namespace})
        scope = Scope(source.kind, frozenset({source}), namespaces, frozenset({found.ref}))
        self._run(scope, {found.ref: found})

    def reconcile_namespace(self, name: str) -> None:
        """Give a namespace that may have come or changed its mirrors, and take the others away.

        Raises:
            ApiError: the cluster could not be read.
        """
        self.report.subject = f"namespace {name}"
        if not self._limits.targets.permits(name):
            because = f"no mirror is written in namespace {name}, by the settings"
            self._nothing(because, Code.OUTSIDE_LIMITS)
            return
        namespace = self._reader.namespace(name)
        if namespace is None or namespace.terminating:
            self._nothing(f"namespace {name} is gone or being deleted", Code.NAMESPACE_GOES)
            return
        self._nothing(f"no source concerns namespace {name}", Code.NO_CONCERN)
        tell_namespace(namespace, self.report, Memory())
        as_set = self._observer.as_set(namespace)
        for kind in self._limits.kinds:
            if not self._is_time_up(kind):
                scope = Scope(kind, namespaces=frozenset({name}))
                self._reconciler().run(scope, namespaces=lambda: {name: as_set})

    def resync(self) -> None:
        """Repair every difference between what sources ask for and what is there, orphans included.

        Metadata are listed of what has a label of kn-mirror's, and from time to time of everything;
        content is read only of sources that something differs for.

        Raises:
            ApiError: the cluster could not be read.
        """
        self.report.subject, self.report.resynced = "the cluster", True
        self._nothing("every mirror is as its source asks", Code.IN_SYNC)
        self._signing.left = A_TICK
        interval, now = self._full_resync_interval, self._clock.at
        namespaces = self._read_ahead(self._observer.namespaces)
        notebook = Notebook.read(self._cluster.leases, self._namespace)
        everything = notebook.is_due(interval, now)
        memory = Memory(notebook.remembered, sees_all=everything)
        for kind in self._limits.kinds:
            if not self._is_time_up(kind):
                scope = Scope(kind, everything=everything, after_loss=True)
                self._reconciler(memory).run(scope, namespaces=namespaces)
        for namespace in namespaces().values():
            tell_namespace(namespace, self.report, memory)
        if self.report.must_retry:
            memory.keep()
        notebook.write(
            self._cluster.leases,
            memory,
            now=now,
            looked=everything and self._is_all_found(),
            interval=interval,
            differences=self.report.differences or 0,
        )

    def _read_ahead(self, read: Namespaces) -> Namespaces:
        """Begin to read what every kind needs, while the first kind is read, too."""
        coming = self._cluster.workers.map(lambda _: read(), (None,))
        return cache(lambda: next(coming))

    def _is_all_found(self) -> bool:
        """Whether resyncs by label can repair whatever is left: no source may be without one."""
        failed = (each for each in self.report.outcomes if each.retry)
        return not self.report.unfinished and all(each.target != each.source for each in failed)

    def _is_time_up(self, kind: Kind) -> bool:
        if self._clock.is_up:
            self.report.leave(f"all {kind}s")
        return self._clock.is_up

    def _run(self, scope: Scope, known: dict[Ref, Metadata | None]) -> None:
        """Reconcile what is within the limits of a scope that names its sources."""
        excluded = {ref: self._limits.excluded_because(ref) for ref in scope.sources or ()}
        permitted = frozenset(ref for ref, because in excluded.items() if not because)
        if permitted:
            self._reconciler().run(replace(scope, sources=permitted), known)
        else:
            self._nothing("; ".join(sorted(set(excluded.values()))), Code.OUTSIDE_LIMITS)

    def _reconciler(self, memory: Memory | None = None) -> Reconciler:
        return Reconciler(
            self._reader,
            self._cluster.writer,
            self._cluster.workers,
            self.report,
            self._limits,
            self._clock,
            memory or Memory(),
            signing=self._signing,
            vacancies=self._vacancies,
            read_list=self._read_list,
        )

    def _nothing(self, because: str, code: Code) -> None:
        """Note why nothing was done, if nothing will be."""
        self.report.because, self.report.because_code = because, code
