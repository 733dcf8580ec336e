"""Plans: the steps of a row, and what each says.

Which step a cell gets is enumerated in `tests/decisions`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.field_owners import Fields
from mirroring.planning import drift
from mirroring.planning.cells import Cell
from mirroring.planning.plans import judge, plan
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
from mirroring.planning.steps import Op, Step
from mirroring.policies.sources import Source
from tests.unit.examples import AT, CONTENT, SOURCE, metadata, mirror, namespace, source

if TYPE_CHECKING:
    import pytest

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.verdicts import Verdict

DEV = SOURCE.in_namespace("dev")
GONE = Source.of(SOURCE, None)


def step(of: Source, found: Metadata | None = None) -> Step:
    """The step that namespace dev gets, where `found` has the mirror's name."""
    return judge(of, Cell(namespace("dev"), found), at=AT)


def seen_by_a_tick(*objects: Metadata) -> Snapshot:
    """What a resync sees of namespaces dev and prod."""
    namespaces = {name: namespace(name) for name in ("dev", "prod")}
    return Snapshot.of(Scope(SOURCE.kind, after_loss=True), namespaces, objects)


def unread(of: Source) -> Source:
    """A source whose content was not read."""
    return Source.of(of.ref, of.metadata)


def labelled(of: Source) -> Source:
    """A source with the label that it is found by."""
    assert of.metadata is not None
    indexed = structs.replace(of.metadata, labels={names.ROLE: names.ROLE_SOURCE})
    return replace(of, metadata=indexed)


def test_a_namespace_that_is_not_permitted_is_left_alone_with_the_reason() -> None:
    assert step(source(AUTO_NAMESPACES="prod-.*")) == Step(
        Op.SKIP, DEV, "reflection-auto-namespaces: 'prod-.*' does not span 'dev'", Code.NOT_CHOSEN
    )


def test_the_sources_own_namespace_gets_no_step_whatever_the_rules_say() -> None:
    made = plan(seen_by_a_tick(), source(AUTO_NAMESPACES="prod"), at=AT)

    assert made.steps == ()


def test_a_mirror_as_it_is_written_is_kept() -> None:
    assert step(source(), mirror(source(), "dev")).op is Op.KEEP


def test_a_change_of_type_alone_is_a_change_of_content() -> None:
    retyped = replace(CONTENT, type="Opaque")

    assert step(source(retyped), mirror(source(), "dev")).op is Op.UPDATE


def test_a_mirror_whose_content_another_manager_changed_is_inspected() -> None:
    edited = mirror(source(), "dev", fields=Fields(CONTENT.keys, "kubectl-edit"))

    assert step(source(), edited) == Step(
        Op.COMPARE, DEV, "kubectl-edit has changed its content", Code.EDITED, edited
    )


def test_a_foreign_object_of_the_name_is_a_clash_that_says_what_to_do() -> None:
    assert step(source(), metadata(DEV)) == Step(
        Op.CONFLICT,
        DEV,
        "Secret dev/tls is not a mirror of prod/tls. It was left as it is. "
        "To let kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls, and then "
        "run `kubectl mirror sync prod/tls` or wait for the next tick.",
        Code.NO_MIRROR,
        metadata(DEV),
    )


def test_an_object_in_the_sources_own_namespace_is_never_a_mirror_to_delete() -> None:
    """Invariant 2: a record that names the object itself proves nothing."""
    itself = metadata(SOURCE, annotations={names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"})

    assert plan(seen_by_a_tick(itself), GONE, at=AT).steps == ()


def test_a_mirror_of_this_very_version_of_its_source_needs_no_content_to_be_kept() -> None:
    of = labelled(source())

    assert plan(seen_by_a_tick(mirror(of, "dev")), unread(of), at=AT).is_quiet


def test_a_source_whose_wishes_cannot_be_met_keeps_what_is_there_and_gets_no_more() -> None:
    of = source(KEYS="ca.crt")
    made = plan(seen_by_a_tick(mirror(source(), "dev")), of, at=AT)

    assert [each.op for each in made.steps] == [Op.KEEP]
    because = "kn-mirror.dev/keys names 'ca.crt', which it does not hold"
    assert of.problems() == [(because, Code.MISSING_KEYS)]


def test_an_orphans_source_is_a_row_though_it_is_gone() -> None:
    assert seen_by_a_tick(mirror(source(), "dev")).rows() == ([SOURCE], [])


def test_a_source_without_the_label_it_is_found_by_gets_it_first() -> None:
    first = plan(seen_by_a_tick(), source(), at=AT).first

    assert first is not None
    assert (first.op, first.target) == (Op.INDEX, SOURCE)


def test_what_carries_the_label_and_is_no_source_any_more_loses_it_last() -> None:
    former = metadata(SOURCE, labels={names.ROLE: names.ROLE_SOURCE})
    last = plan(seen_by_a_tick(former), Source.of(SOURCE, former), at=AT).last

    assert last is not None
    assert (last.op, last.target) == (Op.UNINDEX, SOURCE)


def test_former_sources_come_before_those_that_may_want_their_places() -> None:
    former = metadata(SOURCE.in_namespace("old"), labels={names.ROLE: names.ROLE_SOURCE})
    asking = source().metadata
    assert asking is not None

    assert seen_by_a_tick(asking, former).rows() == ([former.ref], [SOURCE])


def test_what_somebody_wrote_in_one_namespace_keeps_no_other_from_its_mirror(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Invariant 6, of namespaces: it is told, and the others are judged."""
    namespaces = {name: namespace(name) for name in ("dev", "stage")}
    odd = mirror(source(), "dev")
    snapshot = Snapshot.of(Scope(SOURCE.kind), namespaces, [odd])

    def fail(found: Metadata, _source: Ref) -> Verdict:
        raise OverflowError(found.ref)

    monkeypatch.setattr(drift, "of_labels", fail)
    made = plan(snapshot, source(), at=AT)

    assert [(each.op, each.target.namespace) for each in made.steps] == [
        (Op.FAIL, "dev"),
        (Op.CREATE, "stage"),
    ]
    assert "OverflowError" in made.steps[0].because


def test_a_snapshot_is_planned_on_with_others_in_the_place_of_some_objects() -> None:
    there, wider = source(AUTO_NAMESPACES="prod"), source(AUTO_NAMESPACES="dev", version="2")
    seen = seen_by_a_tick(*filter(None, [there.metadata]))

    supposed = seen.replacing({SOURCE: wider.metadata})
    emptied = supposed.replacing({SOURCE: None})

    assert [each.op for each in plan(seen, there, at=AT).steps] == []
    assert [each.op for each in plan(supposed, wider, at=AT).steps] == [Op.CREATE]
    assert (emptied.objects, emptied.rows()) == ({}, ([], []))
    assert seen.objects == {SOURCE: there.metadata}


def test_a_snapshot_is_planned_on_with_other_namespaces() -> None:
    of = source(AUTO_NAMESPACES="dev|new")
    seen = seen_by_a_tick(*filter(None, [of.metadata]))

    supposed = seen.replacing({}, {"new": namespace("new"), "dev": None})

    assert {each.target.namespace for each in plan(supposed, of, at=AT).steps} == {"new"}
