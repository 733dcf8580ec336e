"""Explanations: why a mirror is there, or is not, in one sentence and with all that decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kubectl_mirror.asking.remedies import asked_by_name, cautions, remedies
from kubectl_mirror.asking.rules import rules_of
from kubectl_mirror.asking.states import State, state_of
from mirroring.codes import Code
from mirroring.objects.references import NAMESPACE, Ref
from mirroring.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_mirror.asking.answers import Place
    from kubectl_mirror.asking.remedies import Remedy
    from kubectl_mirror.asking.rules import Rule
    from mirroring.codes import Reason
    from mirroring.planning.steps import Step
    from mirroring.policies.limits import Limits

# What is said before the reason; a reason that says all of it stands alone.
_SENTENCES: Final = {
    State.IN_SYNC: "{target} is a mirror of {source}, in sync: {because}",
    State.STAYS: "{target} is a mirror of {source}, left as it is: {because}",
    State.BEHIND: "{target} is a mirror of {source} that is behind: {because}",
    State.PENDING: "{target} is a mirror of {source}, of which a resync will see: {because}",
    State.EDITED: "{target} is a mirror of {source}: {because}",
    State.MISSING: "{target} is to be a mirror of {source}, and is not there: {because}",
    State.LEAVING: "{target} is a mirror of {source} that is to go: {because}",
    State.REFUSED: "{target} is a pull mirror that is not filled: {because}",
    State.UNKNOWN: "{target} cannot be judged: {because}",
    None: "Namespace {namespace} gets no mirror of {source}: {because}",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why.

    Args:
        about: what is explained.
        sentence: says it.
        state: of the mirror; None where none is to be there.
        source: what it is, or would be, a mirror of; None where nothing is known of one.
        rules: what decides whether it is to be there.
        remedies: the commands by which it becomes otherwise.
        step: what would be done; None where nothing is known of it.
        details: what else is known, in sentences.
        is_missed: whether something is not there, or not well, that this is to speak of.
        code: of the reason in the sentence; None where that is none of the library's.
        problems: what the source's owner ought to correct.
    """

    about: Ref
    sentence: str
    state: State | None = None
    source: Ref | None = None
    rules: Sequence[Rule] = ()
    remedies: Sequence[Remedy] = ()
    step: Step | None = None
    details: Sequence[str] = ()
    is_missed: bool = False
    code: Code | None = None
    problems: Sequence[Reason] = ()

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to mend: a mirror that is in sync, or none that is to be."""
        is_read = all(rule.verdict.answer is not Answer.UNKNOWN for rule in self.rules)
        is_left = self.is_missed or self.is_unseen or self.problems or not is_read
        return not is_left and (self.state is None or self.state.is_well)

    @property
    def is_unseen(self) -> bool:
        """Whether rights are missing to say more."""
        return self.code is Code.NO_RIGHT


def left_to_owners(explained: Explanation) -> Explanation:
    """Name no command that gives away what others have, but who decides, and who is told it.

    For what is explained of an object alone: its source was named by whoever wants it mirrored, and
    who runs what is named would do as they please.
    """
    owners = dict.fromkeys(str(each.on) for each in explained.remedies if each.on)
    if not owners or explained.source is None:
        return explained
    whose = " and of ".join(owners)
    shown = asked_by_name(explained.source, explained.about.namespace)
    detail = (
        f"Whether that changes is for the owner of {whose} to decide, whoever asks for it; "
        "by which command is told to who names the source."
    )
    return replace(explained, remedies=[shown], details=[*explained.details, detail])


def of_place(place: Place, source: Ref, namespace: str, limits: Limits) -> Explanation:
    """Explain one source in one namespace."""
    about = Ref(source.kind, namespace, place.plan.source.mirror_name)
    if because := limits.excluded_because(source):
        return left_out(about, source, because)
    step, own = place.step, Ref(NAMESPACE, "", namespace)
    declared = step is not None and step.declared
    if namespace == source.namespace and not declared:
        return _of_itself(place)
    if place.namespace is None:
        return _without_namespace(about, source, limits)
    rules = list(rules_of(place.plan.source, place.namespace, own, declared=declared))
    if step is None:
        return Explanation(about, f"{about} was not judged.", source=source, rules=rules)
    state = state_of(step)
    return Explanation(
        step.target,
        _sentence(step, source, state),
        state,
        source,
        rules,
        list(remedies(place, rules)),
        step,
        list(cautions(place, rules)),
        code=step.code,
        problems=[each for each in place.plan.problems if each.because not in step.because],
    )


def left_out(about: Ref, source: Ref, because: str, *, declared: bool = False) -> Explanation:
    """Explain what is not looked at, by the settings.

    Args:
        about: what is explained.
        source: that is not followed.
        because: why.
        declared: whether it is a pull mirror, which is not filled then.
    """
    said, state = f"{source} is not looked at: {because}.", None
    if declared:
        state = State.REFUSED
        said = _SENTENCES[state].format(target=about, because=said)
    return Explanation(about, said, state, source, code=Code.OUTSIDE_LIMITS)


def _sentence(step: Step, source: Ref, state: State | None) -> str:
    said = _SENTENCES.get(state, "{because}").format(
        target=step.target,
        source=source.path,
        namespace=step.target.namespace,
        because=step.because.rstrip("."),
    )
    return said if said.endswith("?") else f"{said}."


def _of_itself(place: Place) -> Explanation:
    source = place.plan.source
    ref, standing, problems = source.ref, source.standing, place.plan.problems
    if standing.answer is Answer.NO:
        return Explanation(ref, f"{standing.because}.", source=ref, code=standing.code)
    said = f"{ref} is the source itself, and no mirror of it is made where it is."
    return Explanation(ref, said, source=ref, code=Code.ELSEWHERE, problems=problems)


def _without_namespace(about: Ref, source: Ref, limits: Limits) -> Explanation:
    said, code = f"There is no namespace {about.namespace}.", Code.NAMESPACE_GOES
    if not limits.targets.permits(about.namespace):
        said = f"No mirror is written in namespace {about.namespace}, by the settings."
        code = Code.OUTSIDE_LIMITS
    return Explanation(about, said, source=source, code=code)
