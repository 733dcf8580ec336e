"""Every combination of a source and a cell gets the step that the specification promises.

What is expected here follows from the names of combinations and from what the design promises, not
from the code. Which step exactly, and with which reason, is pinned by docs/decisions.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mirroring.objects.metadata import Namespace
from mirroring.ownership.claims import Standing, claim
from mirroring.planning.cells import Cell
from mirroring.planning.plans import judge
from mirroring.planning.steps import Op
from tests.decisions.cells import cell_of, source_of
from tests.decisions.combinations import (
    Combination,
    Contest,
    Free,
    Hash,
    Origin,
    Place,
    Rule,
    Thing,
    Version,
)
from tests.decisions.decided import Decided, decided, decision_rows, decisions
from tests.decisions.page import PATH, page
from tests.decisions.situations import (
    CERTIFICATE,
    CONTROLLED,
    COPY,
    DISPLACED,
    FOREIGN,
    GONE,
    HANDED_OVER,
    INHERITED,
    LEFT,
    NO,
    NOTHING,
    OTHERS,
    OURS,
    OUTRANKED,
    PULL_MIRROR,
    STRAY,
    UNKNOWN,
    YES,
    YIELDED,
)
from tests.unit.examples import AT, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.decisions.reducing import Decision
    from tests.decisions.situations import Situation

NOT_OURS = {CERTIFICATE, CONTROLLED, COPY, DISPLACED, FOREIGN, OTHERS}


def ops(where: Callable[[Decided], bool]) -> set[Op]:
    """What is done in some of the combinations."""
    return {each.step.op for each in decided().values() if where(each)}


def things(op: Op) -> set[str]:
    """What something is done to."""
    return {each.situation.thing for each in decided().values() if each.step.op is op}


def stays(each: Decided) -> bool:
    """Whether neither the object nor the namespace is being deleted."""
    return not each.combination.goes and not each.combination.namespace_goes


def asks(each: Decided, rules: str, *whose: str) -> bool:
    """Whether the rules say something about some kinds of object that stay."""
    return stays(each) and each.situation.rules == rules and each.situation.thing in whose


def is_free(each: Decided, free: Free) -> bool:
    """Whether a mirror is wanted in a place that nothing has."""
    return asks(each, YES, NOTHING) and each.combination.free is free


def of_open_sources() -> list[Combination]:
    """The combinations with sources that are there, or gone, and were open to all."""
    origins = {Origin.READ, Origin.GONE}
    return [each for each in decided() if each.rule is Rule.OPEN and each.origin in origins]


def test_whatever_goes_is_left_to_go() -> None:
    """Invariant 9."""
    assert ops(lambda each: not stays(each)) == {Op.SKIP}


@pytest.mark.parametrize(
    ("op", "whose"),
    [
        (Op.CREATE, {NOTHING}),
        (Op.UPDATE, {OURS, HANDED_OVER, INHERITED, PULL_MIRROR, OUTRANKED}),
        (Op.COMPARE, {OURS, PULL_MIRROR}),
        (Op.DELETE, {OURS}),
        (Op.NOTE, {PULL_MIRROR}),
        (Op.CEDE, {PULL_MIRROR}),
        (Op.REKEY, {OURS, PULL_MIRROR}),
        (Op.READ, {OURS, PULL_MIRROR}),
        (Op.REFUSE, {PULL_MIRROR}),
        (Op.CONFLICT, {*NOT_OURS, OURS, NOTHING}),
        (Op.INDEX, set()),
        (Op.UNINDEX, set()),
    ],
    # Sets have no order that all of pytest's workers would share.
    ids=lambda value: value.value if isinstance(value, Op) else "these",
)
def test_things_are_done_only_to_what_may_have_them_done(op: Op, whose: set[str]) -> None:
    """Invariants 1 and 2."""
    assert things(op) == whose


def test_what_is_unknown_permits_nothing_and_forbids_nothing() -> None:
    """Invariant 9."""
    done = ops(lambda each: each.situation.rules == UNKNOWN)

    assert done == {Op.KEEP, Op.SKIP, Op.REFUSE}


def test_a_mirror_stays_while_it_is_unknown_whether_it_may() -> None:
    assert ops(lambda each: asks(each, UNKNOWN, OURS)) == {Op.KEEP}


def test_of_what_is_gone_or_permits_nothing_mirrors_go_and_nothing_is_written() -> None:
    done = ops(lambda each: each.situation.source == GONE)

    assert done == {Op.DELETE, Op.SKIP, Op.REFUSE}


def test_every_permitted_namespace_gets_a_mirror() -> None:
    def is_left(each: Combination) -> bool:
        return each.is_loss and not each.recreate

    missing = ops(lambda each: is_free(each, Free.ANYBODYS) and not is_left(each.combination))
    left = ops(lambda each: asks(each, YES, NOTHING) and is_left(each.combination))

    assert (missing, left) == ({Op.CREATE}, {Op.SKIP})


def test_a_free_place_is_left_to_who_comes_first_and_to_who_had_it_a_moment_ago() -> None:
    def is_made(each: Combination) -> bool:
        return each.recreate or not each.is_loss

    rivals = ops(lambda each: is_free(each, Free.RIVALS) and is_made(each.combination))
    kept = ops(lambda each: is_free(each, Free.KEPT) and is_made(each.combination))

    assert (rivals, kept) == ({Op.CONFLICT}, {Op.SKIP})


def test_what_another_source_wants_that_outranks_this_one_is_left_to_it() -> None:
    """Invariant 11: it is taken over, so that no namespace is without a mirror meanwhile."""
    assert ops(lambda each: each.situation.thing == YIELDED) == {Op.SKIP}


def test_what_a_source_outranks_is_written_where_it_is_wanted_and_never_deleted() -> None:
    assert ops(lambda each: asks(each, YES, OUTRANKED)) == {Op.UPDATE}
    assert ops(lambda each: stays(each) and each.situation.thing == OUTRANKED) == {
        Op.UPDATE,
        Op.KEEP,
        Op.SKIP,
    }


def test_where_nobody_was_asked_nothing_new_has_another_name_and_what_is_there_follows() -> None:
    def is_unasked(each: Decided) -> bool:
        state = each.combination
        return not state.consents and state.place is Place.OTHER_NAME

    new = ops(lambda each: is_unasked(each) and each.situation.thing in {NOTHING, OUTRANKED})
    old = ops(lambda each: is_unasked(each) and asks(each, YES, OURS))

    assert new == {Op.SKIP, Op.KEEP}
    assert Op.DELETE not in old
    assert Op.UPDATE in old


def test_no_namespace_keeps_a_mirror_that_it_may_not_have() -> None:
    assert ops(lambda each: asks(each, NO, OURS)) == {Op.DELETE}


def test_a_mirror_of_the_sources_content_is_not_written() -> None:
    """Invariant 8: whatever the versions are, and once the source is read."""

    def is_in_sync(each: Decided) -> bool:
        state = each.situation
        return (
            each.combination.origin is Origin.READ
            and each.combination.hash is Hash.SAME
            and asks(each, YES, OURS)
            and (state.record, state.copies, state.touched)
            == ("labelled and noted", "copies as asked", "untouched")
        )

    assert ops(is_in_sync) == {Op.KEEP}


def test_of_a_mirror_that_a_former_key_tells_to_be_right_the_hash_alone_is_written() -> None:
    """F14: a new key makes nobody write the content of any mirror."""
    former = ops(
        lambda each: (
            each.combination.hash is Hash.FORMER_KEY
            and asks(each, YES, OURS)
            and (each.situation.record, each.situation.copies, each.situation.touched)
            == ("labelled and noted", "copies as asked", "untouched, by another key")
        )
    )

    assert former == {Op.READ, Op.REKEY}


def test_a_mirror_of_other_content_is_written() -> None:
    changed = ops(
        lambda each: (
            each.combination.origin is Origin.READ
            and each.combination.hash is Hash.OTHER
            and each.combination.contest is not Contest.STANDS
            and asks(each, YES, OURS)
        )
    )

    assert changed == {Op.UPDATE}


def test_what_is_contested_is_never_written_and_told_where_it_would_be() -> None:
    """Invariant 10."""

    def is_written(each: Combination) -> bool:
        step = decided()[each._replace(contest=Contest.OVER)].step
        return step.op in {Op.UPDATE, Op.COMPARE}

    contested = [each for each in decided().values() if each.combination.contest is Contest.STANDS]
    done = {each.step.op for each in contested if is_written(each.combination)}
    others = {each.step.op for each in contested if not is_written(each.combination)}

    assert done == {Op.CONFLICT}
    assert others == {Op.KEEP, Op.READ, Op.DELETE}


def test_a_contest_ends_with_the_day_and_when_the_source_changes() -> None:
    ended = [
        each
        for each in decided()
        if each.contest is Contest.OVER
        or (each.contest is Contest.FORMER and each.origin is Origin.READ)
    ]

    lasting = [
        each
        for each in ended
        if decided()[each].step[:3] != decided()[each._replace(contest=Contest.NONE)].step[:3]
    ]

    assert len(ended) > 1000
    assert lasting == []


def test_a_permitted_pull_mirror_is_written_ceded_or_left_and_any_other_told_so() -> None:
    permitted = ops(lambda each: asks(each, YES, PULL_MIRROR))
    others = ops(lambda each: asks(each, NO, PULL_MIRROR) or asks(each, UNKNOWN, PULL_MIRROR))

    assert permitted == {Op.UPDATE, Op.COMPARE, Op.NOTE, Op.CEDE, Op.REKEY, Op.READ, Op.KEEP}
    assert others == {Op.REFUSE}


def test_what_is_not_ours_is_told_of_where_a_mirror_is_wanted_and_left_alone_else() -> None:
    wanted = ops(lambda each: asks(each, YES, *NOT_OURS))
    unwanted = ops(lambda each: asks(each, NO, *NOT_OURS) or asks(each, UNKNOWN, *NOT_OURS))

    assert (wanted, unwanted) == ({Op.CONFLICT}, {Op.SKIP})


def test_what_another_source_goes_on_with_is_left_to_it() -> None:
    """Invariant 11: a source that moves leaves no namespace without a mirror."""
    assert ops(lambda each: each.situation.thing == LEFT) == {Op.SKIP}


def test_what_a_source_inherits_is_written_where_it_is_wanted_and_never_deleted() -> None:
    assert ops(lambda each: asks(each, YES, INHERITED)) == {Op.UPDATE}
    assert ops(lambda each: stays(each) and each.situation.thing == INHERITED) == {
        Op.UPDATE,
        Op.KEEP,
        Op.SKIP,
    }


def test_a_pull_mirror_that_stands_in_a_mirrors_place_is_its_owners() -> None:
    assert ops(lambda each: each.situation.thing == STRAY) == {Op.SKIP}


def test_a_source_is_read_once_only_and_only_for_what_its_metadata_cannot_tell() -> None:
    read = {each.combination.origin for each in decided().values() if each.step.op is Op.READ}

    assert read == {Origin.METADATA}


def test_what_metadata_decides_stands_when_the_source_is_read() -> None:
    # No mirror notes the source's version and another content, unless somebody forged it.
    overruled = [
        each
        for each in decided()
        if each.origin is Origin.METADATA
        and (each.hash, each.version) != (Hash.OTHER, Version.SAME)
        and decided()[each].step.op
        not in {Op.READ, decided()[each._replace(origin=Origin.READ)].step.op}
    ]

    assert overruled == []


def test_nothing_is_compared_where_edits_are_to_stay() -> None:
    compared = {
        each.combination.repair
        for each in decided().values()
        if each.step.op is Op.COMPARE and each.situation.thing == OURS
    }

    assert compared == {True}


def test_a_loss_counts_only_where_nothing_is() -> None:
    changed = [
        each
        for each in decided()
        if each.is_loss
        and each.thing is not Thing.NOTHING
        and decided()[each].step != decided()[each._replace(is_loss=False, recreate=True)].step
    ]

    assert changed == []


def test_a_step_is_about_the_object_in_the_state_in_which_it_was_judged() -> None:
    """Invariant 1."""
    astray = [
        each.combination
        for each in decided().values()
        for found in [cell_of(each.combination).found]
        if each.step.seen is not found or (found and each.step.target != found.ref)
    ]

    assert astray == []


def test_a_mirror_is_made_by_the_name_that_its_sources_owner_gave_it() -> None:
    made = {
        (each.combination.place.name, str(each.step.target))
        for each in decided().values()
        if each.step.op is Op.CREATE
    }

    assert made == {("NAME", "Secret dev/tls"), ("OTHER_NAME", "Secret dev/certificate")}


def test_only_what_is_done_to_pull_mirrors_is_done_as_to_what_is_their_owners() -> None:
    declared = {each.situation.thing for each in decided().values() if each.step.declared}
    others = {
        each.situation.thing
        for each in decided().values()
        if stays(each) and not each.step.declared
    }

    assert declared == {PULL_MIRROR}
    assert others == {
        NOTHING,
        OURS,
        HANDED_OVER,
        INHERITED,
        LEFT,
        OUTRANKED,
        STRAY,
        YIELDED,
        *NOT_OURS,
    }


def test_nothing_in_the_sources_own_namespace_is_written_least_of_all_itself() -> None:
    """Invariant 2: whatever it says, and even if `Snapshot.cells` made a cell of it."""

    def at_home(each: Combination) -> Op:
        there = cell_of(each).found
        assert there is not None
        found = replace(there, ref=there.ref.in_namespace(SOURCE.namespace))
        return judge(source_of(each), Cell(Namespace(SOURCE.namespace), found), at=AT).op

    things = set(Thing) - {Thing.NOTHING, Thing.PULL_MIRROR}
    done = {at_home(each) for each in of_open_sources() if each.thing in things}

    assert done == {Op.SKIP, Op.CONFLICT}


def test_every_standing_of_an_object_is_among_the_combinations() -> None:
    cells = [cell_of(each) for each in of_open_sources()]
    found = {
        claim(each.found, SOURCE, heir_of=each.heir_of, over=each.over)
        for each in cells
        if each.found
    }

    assert {each.standing for each in found} == set(Standing)


def test_what_counts_of_a_combination_decides_it() -> None:
    doubtful = {each: made for each, made in decisions().items() if len(made) > 1}

    assert doubtful == {}


def test_every_situation_is_in_one_row_of_the_page_which_says_what_is_done() -> None:
    def said(situation: Situation) -> list[Decision]:
        return [row.decision for row in decision_rows() if row.holds(situation)]

    wrong = {each: said(each) for each, made in decisions().items() if said(each) != [*made]}

    assert wrong == {}


def test_the_page_shows_what_the_code_decides() -> None:
    """After a change that is meant: `make tables`, and look at what it changed."""
    assert PATH.read_text() == page()
