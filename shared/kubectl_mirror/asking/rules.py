"""Rules: what decides, one after the other, whether a namespace gets a mirror of a source.

Each is asked as the library asks it; none is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring import names
from mirroring.codes import Code
from mirroring.policies.kept_names import kept_because
from mirroring.policies.patterns import lists_of_an_event
from mirroring.verdicts import Answer, Verdict, no, yes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirroring.objects.metadata import Namespace
    from mirroring.objects.references import Ref
    from mirroring.policies.rules import Selection
    from mirroring.policies.sources import Source

_SIDES: Final = (
    (names.ALLOWED_NAMESPACES, names.ALLOWED_NAMESPACES_SELECTOR),
    (names.AUTO_NAMESPACES, names.AUTO_NAMESPACES_SELECTOR),
)


class Rule(NamedTuple):
    """One thing that decides.

    Args:
        on: the object whose owner wrote it, or is to write it.
        annotation: where that is written; empty where it is no annotation.
        text: what is written; empty for nothing.
        verdict: what it decides, and why.
        part: what of the text decided; empty where that is none of it, or all.
    """

    on: Ref
    annotation: str
    text: str
    verdict: Verdict
    part: str = ""


def rules_of(
    source: Source, namespace: Namespace, place: Ref, *, declared: bool = False
) -> Iterator[Rule]:
    """Ask all of them, in their order; of what is no source the first alone.

    Args:
        source: whose mirror it would be.
        namespace: that would get it.
        place: the namespace itself, as an object.
        declared: whether it is a pull mirror, whose owner asks for it.
    """
    written = source.metadata.annotations if source.metadata else {}

    def rule(annotation: str, verdict: Verdict) -> Rule:
        return Rule(source.ref, annotation, written.get(annotation, ""), verdict)

    yield rule(names.ALLOWED, source.standing)
    if not source.standing:
        return
    if kept := kept_because(source.ref.kind, source.mirror_name):
        yield rule(names.NAME, no(kept, Code.KEPT_NAME))
    yield from _accepting(source, namespace, place)
    if declared:
        yield _selection(source, namespace, source.rules.allowed, *_SIDES[0])
        return
    enabled = source.rules.auto_enabled
    said = f"reflection-auto-enabled is {'' if enabled else 'not '}true"
    yield rule(
        names.AUTO_ENABLED,
        yes(said, Code.CHOSEN) if enabled else no(said, Code.NOT_AUTOMATIC),
    )
    for selection, side in zip((source.rules.allowed, source.rules.auto), _SIDES, strict=True):
        yield _selection(source, namespace, selection, *side)
    if (asked := source.asks(namespace)) != (permitted := source.permits_auto(namespace)):
        accepted = _accepted(namespace)
        yield Rule(place, names.ACCEPT, accepted, asked if permitted else permitted)


def _accepting(source: Source, namespace: Namespace, place: Ref) -> Iterator[Rule]:
    """Ask the namespace's owner, who may have said nothing."""
    if namespace.accepted is None:
        return
    accepts = namespace.accepts(source.ref)
    verdict = (
        yes(f"it names {source.ref.path}", Code.CHOSEN)
        if accepts
        else source.permits_auto(namespace)
    )
    yield Rule(place, names.ACCEPT, _accepted(namespace), verdict)


def _selection(
    source: Source, namespace: Namespace, selection: Selection, by_name: str, by_label: str
) -> Rule:
    """Ask one side of the rules: what is written by names, or else by labels."""
    written = source.metadata.annotations if source.metadata else {}
    annotation = by_label if selection.names is None and selection.labels else by_name
    part = _part(selection, namespace) if annotation == by_name else ""
    text = written.get(annotation, "")
    return Rule(source.ref, annotation, text, selection.judge(namespace), part)


def _part(selection: Selection, namespace: Namespace) -> str:
    """Return the item of a list that spans a name, or cannot be read; the first of them."""
    listed = selection.names.texts if selection.names else ()
    # Within one budget: each item would else have as much time as a whole list.
    read = lists_of_an_event()
    for text in listed:
        if read(text).judge(namespace.name).answer is not Answer.NO:
            return text
    return ""


def _accepted(namespace: Namespace) -> str:
    return "" if namespace.accepted is None else ",".join(namespace.accepted.patterns)
