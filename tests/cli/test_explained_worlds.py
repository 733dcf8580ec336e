"""What is explained is what happens: of every cluster, as far as can be thought of."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hypothesis import given

from kubectl_mirror.access.transports import MetadataOnly
from kubectl_mirror.asking.objects import Inquirer
from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.states import State
from kubectl_mirror.asking.surveys import Survey
from mirroring.cluster.reading import ApiReader
from mirroring.objects.references import SECRET, Ref
from mirroring.policies.limits import Limits
from mirroring.verdicts import Answer
from tests.strategies import OWN, TARGETS, Found, World, worlds
from tests.trials import DATA, DirectTransport, Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_mirror.asking.explanations import Explanation

SOURCE: Final = Ref(SECRET, OWN, "tls")
TO_COME: Final = (State.MISSING, State.BEHIND, State.PENDING, State.EDITED, State.IN_SYNC)


def survey_of(trial: Trial) -> Survey:
    """What anybody may ask of it."""
    transport = MetadataOnly(DirectTransport(trial.store), {})
    return Survey(ApiReader(transport), Limits(), None, "kn-mirror", datetime.now(UTC))


def explained(trial: Trial) -> Mapping[str, Explanation]:
    """Each namespace's, by whoever may read metadata."""
    inquirer = Inquirer(survey_of(trial))
    return {name: inquirer.mirror(SOURCE, name) for name in TARGETS}


@given(worlds)
def test_what_is_said_to_come_comes_and_nothing_else(world: World) -> None:
    trial = Trial(world)
    before = {name: trial.data(name) for name in TARGETS}
    said = explained(trial)

    trial.handle("tick")

    for name, each in said.items():
        if each.state in TO_COME:
            assert trial.data(name) == DATA, each
        elif each.state is State.LEAVING:
            assert trial.data(name) is None, each
        elif world.found[name] is Found.ORPHAN:
            # It goes first, for its own source's sake, which frees the place.
            assert trial.data(name) == (DATA if each.state is State.CONTESTED else None), each
        else:
            assert trial.data(name) == before[name], each


@given(worlds)
def test_afterwards_it_is_said_to_be_in_sync_where_it_is(world: World) -> None:
    trial = Trial(world)
    trial.handle("tick")

    said = explained(trial)

    in_sync = {name for name, each in said.items() if each.state is State.IN_SYNC}
    assert in_sync == {name for name in TARGETS if trial.data(name) == DATA}
    assert {each.state for each in said.values()} <= {
        None,
        State.IN_SYNC,
        State.BLOCKED,
        State.REFUSED,
    }


@given(worlds)
def test_the_rules_that_are_shown_are_those_that_decide(world: World) -> None:
    for each in explained(Trial(world)).values():
        answers = {rule.verdict.answer for rule in each.rules}
        is_permitted = each.state in (*TO_COME, State.BLOCKED, State.CONTESTED)
        assert (answers == {Answer.YES}) == is_permitted, each


@given(worlds)
def test_status_counts_what_explain_says_of_each(world: World) -> None:
    trial = Trial(world)
    trial.handle("tick")

    rows = survey_of(trial).answer(Question(frozenset({SOURCE}))).rows

    said = Counter(each.state for each in explained(trial).values() if each.state)
    assert sum((row.counts for row in rows), Counter[State]()) == said
