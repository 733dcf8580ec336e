"""Mirrors that say the same: one is judged for all, and each gets the step that is its own."""

from __future__ import annotations

from itertools import product, repeat
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from mirroring import names
from mirroring.objects.field_owners import Fields
from mirroring.objects.globs import Globs
from mirroring.objects.references import Ref
from mirroring.planning import plans
from mirroring.planning.alike import Alike
from mirroring.planning.cells import Cell
from mirroring.planning.inventories import Inventory
from mirroring.planning.plans import judge, plan
from mirroring.planning.rivals import Before
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
from mirroring.planning.steps import Op
from mirroring.policies.sources import Source
from tests.unit.examples import AT, CONTENT, SOURCE, mirror, namespace, source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mirroring.objects.metadata import Metadata
    from mirroring.planning.steps import Step

OTHER = SOURCE.in_namespace("other")
# How one of many mirrors may differ from the others, each by another thing that is judged.
CHANGES: Sequence[Mapping[str, Any]] = (
    {},
    {"terminating": True},
    {"controller": "Widget w"},
    {"place": "Secret/elsewhere/tls"},
    {"labels": {}},
    {"labels": {names.ROLE: names.ROLE_SOURCE}},
    {"annotations": {}},
    {"fields": Fields(CONTENT.keys, foreign_manager="kubectl")},
    {"fields": Fields(frozenset({"data/other"}))},
    {"resource_version": "8"},
)
# Likewise their namespaces.
PLACES: Sequence[Mapping[str, Any]] = (
    {},
    {"terminating": True},
    {"accepted": Globs.parse("prod/tls")},
    {"accepted": Globs.parse("prod/other")},
    {"trusting": True},
    {"reserved": True},
)
SOURCES: Mapping[str, Source] = {
    "read": source(),
    "unread": Source.of(SOURCE, source().metadata),
    "gone": Source.of(SOURCE, None),
    "for some": source(AUTO_NAMESPACES="dev-[02]"),
    "broken": source(AUTO_NAMESPACES="dev-(", AUTO_NAMESPACES_SELECTOR="tier=x"),
    "off": source(AUTO_ENABLED="false"),
    "renamed": source(NAME="renamed"),
    "copying": source(COPY_LABELS="app"),
    "repairing": source(REPAIR="recreate"),
    "changed": source(version="2"),
}
# Places where a mirror of the source's is none.
PLACED: Sequence[Mapping[str, Any]] = (
    {"ref": Ref(SOURCE.kind, "dev-1", "other")},
    {"ref": Ref(SOURCE.kind, "prod", "other")},
    {"ref": Ref(SOURCE.kind, "excluded", "tls")},
)
# What else decides of a mirror than what it and its namespace say.
OTHERS: Sequence[Mapping[str, Any]] = (
    {"heir": OTHER},
    {"heir_of": OTHER},
    {"before": Before(OTHER, "is older")},
    {"over": OTHER},
    {"declared": True},
    {"is_chosen": False},
)


def written(changes: Sequence[Mapping[str, Any]]) -> list[Metadata]:
    """The mirrors that a fan-out wrote, which share what they say, but for a change of each."""
    template = mirror(source(), "dev-0", fields=Fields(CONTENT.keys))
    refs = [SOURCE.in_namespace(f"dev-{number}") for number in range(len(changes))]
    return [
        structs.replace(template, **{"ref": ref, "uid": f"uid of {ref}", **change})
        for ref, change in zip(refs, changes, strict=True)
    ]


def shown(mirrors: list[Metadata], changes: Sequence[Mapping[str, Any]] = ()) -> Snapshot:
    """What a resync sees of them, in namespaces of which each is changed."""
    namespaces = {
        each.ref.namespace: structs.replace(namespace(each.ref.namespace), **change)
        for each, change in zip(mirrors, changes or repeat({}), strict=False)
    }
    return Snapshot.of(Scope(SOURCE.kind, everything=True), namespaces, mirrors)


def apart(step: Step) -> Step:
    """What a step does: what is told of it beside that is made of it alone."""
    return step._replace(said=None)


@pytest.mark.parametrize("asked", SOURCES.values(), ids=SOURCES)
def test_each_gets_the_step_that_it_gets_alone(asked: Source) -> None:
    for change, place in product(CHANGES, PLACES):
        snapshot = shown(written([{}, change, {}]), [{}, place, {}])

        made = [step for step in plan(snapshot, asked, at=AT).steps if step.op is not Op.INDEX]

        assert [apart(step) for step in made] == [
            judge(asked, cell, at=AT) for cell in snapshot.cells(asked)
        ]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_one_of_which_others_decide_is_judged_by_itself(other: Mapping[str, Any]) -> None:
    asked, [first, second] = source(), written([{}, {}])
    alike = Alike(asked)
    plain = Cell(namespace("dev-0"), first, is_chosen=True)

    alike.note(plain, judge(asked, plain, at=AT))

    like = Cell(namespace("dev-1"), second, is_chosen=True)
    assert alike.step(like) == judge(asked, like, at=AT)
    assert alike.step(like._replace(**other)) is None


def test_of_many_that_are_in_sync_one_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, judged = source(), list[str]()
    snapshot = shown(written([{}] * 100))

    def judging(of: Source, cell: Cell, *, at: datetime) -> Step:
        judged.append(cell.namespace.name)
        return judge(of, cell, at=at)

    monkeypatch.setattr(plans, "judge", judging)
    made = plan(snapshot, asked, at=AT)

    assert made.kept == 100
    assert judged == ["dev-0"]


@pytest.mark.parametrize(
    "first",
    [{}, {"labels": {}, "place": None}, {"labels": {names.ROLE: names.ROLE_SOURCE}}],
    ids=["as written", "as Reflector wrote them", "labelled sources"],
)
def test_each_is_sorted_as_it_is_alone(first: Mapping[str, Any]) -> None:
    for change in (*CHANGES, *PLACED):
        mirrors = [
            structs.replace(each, **changes)
            for each, changes in zip(written([first] * 3), ({}, change, {}), strict=True)
        ]
        namespaces = {name: namespace(name) for name in ("dev-0", "dev-1", "dev-2", "prod")}

        together = Inventory.of(mirrors, namespaces)

        apart = [Inventory.of([each], namespaces) for each in mirrors]
        assert together.mirrors[SOURCE] == [
            found for each in apart for found in each.mirrors[SOURCE]
        ]
        assert together.former == set().union(*(each.former for each in apart))


def test_what_is_beside_the_source_is_no_mirror_though_it_says_the_same() -> None:
    elsewhere, beside = (Ref(SOURCE.kind, name, "other") for name in ("dev-0", "prod"))
    mirrors = written([{"ref": elsewhere}, {"ref": beside}])

    inventory = Inventory.of(mirrors, {name: namespace(name) for name in ("dev-0", "prod")})

    assert inventory.mirrors[SOURCE] == mirrors[:1]
