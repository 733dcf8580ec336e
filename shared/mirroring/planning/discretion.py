"""Discretion: what those are told who may not know the reason, which the audit log has.

Whoever declares a pull mirror may name any object, and whoever makes a source any namespace. What
is there is no business of theirs unless it is in their own namespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.codes import Code, Reason
from mirroring.names import ACCEPT, ADOPT
from mirroring.ownership.records import record_of
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step


def said_of(step: Step, source: Ref) -> Reason | None:
    """Return what is told instead of a step's reason; None where the reason itself is."""
    if step.op is Op.REFUSE and step.seen:
        return said_of_refusal(step.seen, {source.namespace})
    if step.op is Op.CONFLICT:
        return step.said or (_in_the_way if step.seen else _comes_first)(step.target, source)
    return None


def said_of_refusal(found: Metadata, namespaces: Iterable[str]) -> Reason | None:
    """Return what the owner of a pull mirror is told, whatever keeps it from being filled.

    Args:
        found: the pull mirror.
        namespaces: of what the reason speaks of; none when that is not known.

    Returns:
        One sentence for all cases; None where the reason may be told, as all that it speaks of is
        in the pull mirror's own namespace.
    """
    record, namespace, those = record_of(found), found.ref.namespace, set(namespaces)
    if record is None or {record.source.namespace, namespace} == those == {namespace}:
        return None
    because = (
        f"{record.source} is not there, or does not permit mirrors in namespace {namespace}. Ask "
        f"whoever owns it, and see that {ACCEPT} of namespace {namespace} names it, if it is there."
    )
    return Reason(because, Code.ABSENT_OR_REFUSED)


def said_of_rival(source: Ref, name: str) -> Reason:
    """Return what a source's owner is told of another that wants what this one has.

    Args:
        source: that has the places.
        name: what the mirrors of both are called.
    """
    because = (
        f"Another source wants mirrors called {name}, too, where those of {source.path} are, which "
        "stay. Whoever reads the audit log can say which, and have one of the two leave out some "
        "namespaces."
    )
    return Reason(because, Code.COMES_BEFORE)


def said_of_kept(source: Ref, name: str) -> Reason:
    """Return what a source's owner is told whose mirrors wait for another one to come back.

    Args:
        source: that waits.
        name: what the mirrors of both are called.
    """
    because = (
        f"Mirrors of {source.path} called {name} are not made yet in some namespaces: those of "
        "another source were there, which went, and their places are kept for it for a quarter of "
        "an hour. Whoever reads the audit log can say which and where."
    )
    return Reason(because, Code.PLACE_KEPT)


def _comes_first(target: Ref, source: Ref) -> Reason:
    because = (
        f"{target} is not made for {source.path}: another source that comes first wants it, too. "
        f"Leave out namespace {target.namespace}, or ask whoever reads the audit log which it is."
    )
    return Reason(because, Code.COMES_AFTER)


def _in_the_way(target: Ref, source: Ref) -> Reason:
    kind, namespace = target.kind.name.lower(), target.namespace
    because = (
        f"{target} is not a mirror of {source.path}. It was left as it is. To let kn-mirror take "
        f"it over, annotate it {ADOPT}={source.path}, and then run `kubectl mirror sync "
        f"{source.path}` or wait for the next tick. What it is, `kubectl describe {kind} "
        f"{target.name} --namespace={namespace}` tells whoever may read it."
    )
    return Reason(because, Code.IN_THE_WAY)
