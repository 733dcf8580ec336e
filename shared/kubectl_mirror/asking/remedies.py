"""Remedies: the commands by which what was explained becomes otherwise."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.asking.states import State, state_of
from mirroring import names
from mirroring.codes import Code
from mirroring.objects.references import is_object_name
from mirroring.ownership.claims import may_be_handed_over
from mirroring.planning.steps import Op
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.asking.answers import Place
    from kubectl_mirror.asking.rules import Rule
    from mirroring.objects.references import Ref

# By which namespaces are chosen of what is opened; by neither, all of them are.
_SIDES: Final = {
    names.ALLOWED: (names.ALLOWED_NAMESPACES, names.ALLOWED_NAMESPACES_SELECTOR),
    names.AUTO_ENABLED: (names.AUTO_NAMESPACES, names.AUTO_NAMESPACES_SELECTOR),
}


class Remedy(NamedTuple):
    """A command.

    Args:
        command: as it is typed.
        on: the object of which it gives something away, for its owner to decide; None where it has
            that done which owners decided already.
    """

    command: str
    on: Ref | None = None


def remedies(place: Place, rules: Sequence[Rule]) -> Iterator[Remedy]:
    """Return the commands that have a mirror be there, and in sync; none where it is.

    Args:
        place: where it is to be.
        rules: that decide of it.
    """
    step, source = place.step, place.plan.source
    if step is None or place.namespace is None or place.namespace.terminating:
        return
    state = state_of(step)
    if state is State.BLOCKED and step.seen and may_be_handed_over(step.seen):
        handed_over = {names.ADOPT: source.ref.path}
        yield Remedy(annotate(step.seen.ref, handed_over), step.seen.ref)
        # Nothing wakes for an annotation on what is no mirror.
        yield _sync(source.ref)
    elif state and state.is_due and step.op is not Op.SKIP:
        yield _sync(source.ref)
    elif state is None:
        yield from _permitting(place, rules)


def cautions(place: Place, rules: Sequence[Rule]) -> Iterator[str]:
    """Say what the remedies do besides: a command is run for the one namespace that it is about."""
    step, source = place.step, place.plan.source
    if step is None or place.namespace is None or place.namespace.terminating:
        return
    state = state_of(step)
    if state is State.BLOCKED and step.seen and may_be_handed_over(step.seen):
        yield (
            f"What hands {step.seen.ref} over has all that it holds replaced by what "
            f"{source.ref.path} holds. If it is immutable or of another type, it is deleted and "
            "made anew."
        )
    elif state is None and source.metadata:
        written = source.metadata.annotations
        refused = {rule.annotation for rule in rules if rule.verdict.answer is Answer.NO}
        for opened, sides in _SIDES.items():
            by = [side for side in sides if written.get(side, "").strip()]
            if opened in refused and by:
                yield f"{opened} counts wherever {' or '.join(by)} chooses, not there alone."


def asked_by_name(source: Ref, namespace: str) -> Remedy:
    """Return the command that shows the others, to who names what is given, and to whom."""
    where = f"-n {quote(namespace)}"
    return Remedy(f"kubectl mirror explain {quote(source.path)} {where}")


def _sync(source: Ref) -> Remedy:
    return Remedy(f"kubectl mirror sync {quote(source.path)}")


def annotate(on: Ref, wanted: Mapping[str, str]) -> str:
    """Return the command that writes annotations on an object."""
    where = f"-n {quote(on.namespace)} " if on.namespace else ""
    written = " ".join(f"{name}={quote(value)}" for name, value in wanted.items())
    named = f"{on.kind.name.lower()} {quote(on.name)}"
    return f"kubectl annotate {where}{named} --overwrite {written}"


def _permitting(place: Place, rules: Sequence[Rule]) -> Iterator[Remedy]:
    """Let a source, and whoever else decides, permit the mirror."""
    assert place.namespace is not None  # noqa: S101 (who calls has seen to it)
    wanted: dict[Ref, dict[str, str]] = {}
    for rule in rules:
        if rule.verdict.answer is Answer.NO and rule.annotation:
            value = _value(rule, place)
            if value:
                wanted.setdefault(rule.on, {})[rule.annotation] = value
    found = place.plan.source.metadata
    if found:
        _confine(wanted.get(found.ref, {}), found.annotations, place.namespace.name)
    certificate = found.annotations.get(names.CERTIFICATE, "") if found else ""
    for on, written in wanted.items():
        # Whoever may annotate a Secret would else write options of the command.
        if is_object_name(certificate) and found and on == found.ref:
            yield Remedy(_by_certificate(on, certificate, written), on)
        else:
            yield Remedy(annotate(on, written), on)


def _confine(wanted: dict[str, str], written: Mapping[str, str], namespace: str) -> None:
    """Have what is opened be so for one namespace, where the owner has chosen none yet."""
    for opened, sides in _SIDES.items():
        if opened in wanted and not any(written.get(side, "").strip() for side in sides):
            wanted.setdefault(sides[0], namespace)


def _value(rule: Rule, place: Place) -> str:
    """Return what an annotation is to be; empty where no word of it is enough."""
    namespace = place.namespace.name if place.namespace else ""
    if rule.verdict.code is Code.A_MIRROR_ITSELF:
        # What permits mirrors of it says so already, and counts for nothing.
        return ""
    added = {
        names.ALLOWED: "true",
        names.AUTO_ENABLED: "true",
        names.ALLOWED_NAMESPACES: f"{rule.text},{namespace}",
        names.AUTO_NAMESPACES: f"{rule.text},{namespace}",
        names.ACCEPT: ",".join(filter(None, (rule.text, place.plan.source.ref.path))),
    }
    is_gone = place.plan.source.metadata is None
    value = "" if is_gone else added.get(rule.annotation, "")
    # What is written out for a terminal would be another value.
    return value if value.isprintable() else ""


def _by_certificate(on: Ref, certificate: str, wanted: Mapping[str, str]) -> str:
    """Have cert-manager write them: what is written on its Secret alone goes with each renewal."""
    patch = json.dumps({"spec": {"secretTemplate": {"annotations": wanted}}})
    return (
        f"kubectl patch -n {quote(on.namespace)} certificate {quote(certificate)} "
        f"--type merge -p {quote(patch)}"
    )
