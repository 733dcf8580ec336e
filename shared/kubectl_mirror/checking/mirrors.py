"""Checks of what kn-mirror is there for: that resyncs happen, and that mirrors are in sync."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.asking.states import State
from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.subjects import SOURCES, name_of
from mirroring.names import DIFFERENCES, LEASE
from mirroring.reconciling.notebooks import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.checking.subjects import Subject

# What kn-mirror has to do itself; the rest takes the owner of a source or of what is in its way.
_DUE: Final = (State.MISSING, State.BEHIND, State.EDITED, State.LEAVING)
_MOST: Final = 5  # objects that are named
_EVERY: Final = re.compile(r"\*/(\d+)( \*){4}")
_USUAL: Final = 15  # minutes between two ticks
_GRACE: Final = timedelta(minutes=5)
_SYNC: Final = "kubectl mirror sync -A --wait"


def resyncs(subject: Subject) -> Iterator[Finding]:
    """Find an installation that nothing is resynced in."""
    namespace = subject.namespace
    lease = subject.get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{LEASE}")
    renewed = _time(str(((lease or {}).get("spec") or {}).get("renewTime") or ""))
    if renewed is None:
        because = (
            f"There is no Lease {namespace}/{LEASE}: on-resync has not looked at anything yet."
        )
        yield Finding(Result.ERROR, because, f"kubectl describe ksvc on-resync -n {namespace}")
        return
    ago = subject.site.now - renewed
    if ago > 2 * timedelta(minutes=_minutes(subject)) + _GRACE:
        because = f"The last resync was {_said(ago)} ago, which is more than two ticks."
        mend = f"kubectl describe pingsource,ksvc resync on-resync -n {namespace}; then {_SYNC}"
        yield Finding(Result.ERROR, because, mend)
        return
    looked = Notebook.read(subject.site.leases, namespace).looked_at
    whole = f", of everything {_said(subject.site.now - looked)} ago" if looked else ""
    yield Finding(Result.OK, f"the last {_said(ago)} ago{whole}")
    found = ((lease or {})["metadata"].get("annotations") or {}).get(DIFFERENCES, "0")
    if found not in {"", "0"}:
        because = (
            f"The last resync, {_said(ago)} ago, found {found} differences: each is an event that "
            "was lost, or that nobody waited for before kn-mirror was installed."
        )
        mend = f"If it is so at every tick: kubectl get trigger,apiserversource -n {namespace}"
        yield Finding(Result.WARNING, because, mend)


def labels(subject: Subject) -> Iterator[Finding]:
    """Find what is annotated and has no label by which it is found."""
    found = [str(each.ref) for each in subject.unlabelled]
    if found:
        because = (
            f"Annotated, and without the label that they are found by: {_listed(found)}. They are "
            "found when on-resync next looks at everything."
        )
        yield Finding(Result.WARNING, because, f"Have it look now: {_SYNC}")


def mistakes(subject: Subject) -> Iterator[Finding]:
    """Find sources whose annotations cannot be read, or met."""
    for row in subject.answer.rows:
        for problem in row.plan.problems:
            yield Finding(Result.WARNING, f"{row.ref}: {coded(problem)}", _explain(row.ref.path))
    for puzzle in subject.answer.puzzles:
        yield Finding(Result.WARNING, f"{puzzle.found.ref}: {coded(puzzle)}")


def misreadings(subject: Subject) -> Iterator[Finding]:
    """Find annotations that nobody acts on, and that were meant for kn-mirror."""
    for ref, said in subject.misread:
        yield Finding(Result.WARNING, f"{ref}: {coded(said)}", f"kubectl edit {_kubectl(str(ref))}")


def mirrors(subject: Subject) -> Iterator[Finding]:
    """Find mirrors that are not in sync."""
    found = [each for row in subject.answer.rows for each in row.mirrors if not each.state.is_well]
    for is_due, result, mend in (
        (True, Result.ERROR, _SYNC),
        (False, Result.WARNING, "kubectl mirror status -A says of each why"),
    ):
        those = [each for each in found if (each.state in _DUE) is is_due]
        if those:
            counts = Counter(each.state for each in those)
            said = ", ".join(f"{counts[state]} {state.value}" for state in State if counts[state])
            named = _listed(sorted(str(each.ref) for each in those))
            yield Finding(result, f"Mirrors are not in sync, {said}: {named}.", mend)
    if not found:
        rows = subject.answer.rows
        there = sum(row.counts.total() for row in rows)
        yield Finding(Result.OK, f"{there} of {len(rows)} sources")


def _explain(path: str) -> str:
    return f"kubectl mirror status {path}"


def _kubectl(named: str) -> str:
    kind, _, path = named.partition(" ")
    namespace, _, name = path.partition("/")
    return f"{kind.lower()} {name} -n {namespace}"


def _minutes(subject: Subject) -> int:
    """Return how long it is from one tick to the next."""
    for each in subject.own(SOURCES, "pingsources"):
        if name_of(each) == "resync" and (match := _EVERY.fullmatch(each["spec"]["schedule"])):
            return int(match[1])
    return _USUAL


def _listed(found: Sequence[str]) -> str:
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


def _said(ago: timedelta) -> str:
    minutes, seconds = divmod(max(0, int(ago.total_seconds())), 60)
    return f"{minutes // 60}h{minutes % 60}m" if minutes >= 60 else f"{minutes}m{seconds}s"  # noqa: PLR2004


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
