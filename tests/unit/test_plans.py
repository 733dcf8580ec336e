"""Plans: which step each namespace gets, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.planning.plans import judge, plan
from mirroring.planning.snapshots import Cell, Scope, Snapshot
from mirroring.planning.steps import Op, Step
from mirroring.policies.sources import Source
from tests.unit.examples import CONTENT, SOURCE, metadata, mirror, namespace, source

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata

DEV = SOURCE.in_namespace("dev")
RENEWED = Content({"data": {"tls.crt": "bmV3", "tls.key": "bmV3"}}, type="kubernetes.io/tls")
GONE = Source.of(SOURCE, None)


def step(of: Source, found: Metadata | None = None, *, terminating: bool = False) -> Step:
    """The step that namespace dev gets, where `found` has the mirror's name."""
    return judge(of, Cell(namespace("dev", terminating=terminating), found))


def pulled(of: Source, found: Metadata) -> Step:
    """The step that a pull mirror in namespace dev gets."""
    return judge(of, Cell(namespace("dev"), found, declared=True))


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
    indexed = replace(of.metadata, labels={names.ROLE: names.ROLE_SOURCE})
    return replace(of, metadata=indexed)


def test_a_permitted_namespace_without_the_mirror_gets_it() -> None:
    assert step(source()).op is Op.CREATE


def test_a_namespace_that_is_not_permitted_is_left_alone_with_the_reason() -> None:
    assert step(source(AUTO_NAMESPACES="prod-.*")) == Step(
        Op.SKIP, DEV, "reflection-auto-namespaces: 'prod-.*' does not span 'dev'"
    )


def test_the_sources_own_namespace_gets_no_step_whatever_the_rules_say() -> None:
    made = plan(seen_by_a_tick(), source(AUTO_NAMESPACES="prod"))

    assert made.steps == ()


def test_a_terminating_namespace_is_left_alone() -> None:
    assert step(source(), terminating=True).op is Op.SKIP


def test_a_mirror_in_a_terminating_namespace_is_left_to_go_with_it() -> None:
    assert step(source(AUTO_ENABLED="no"), mirror(source(), "dev"), terminating=True).op is Op.SKIP


def test_a_mirror_with_the_sources_content_is_kept() -> None:
    assert step(source(), mirror(source(), "dev")).op is Op.KEEP


def test_a_new_resource_version_alone_is_no_reason_to_write() -> None:
    assert step(source(version="2"), mirror(source(version="1"), "dev")).op is Op.KEEP


def test_a_mirror_with_older_content_is_updated() -> None:
    assert step(source(RENEWED), mirror(source(), "dev")).op is Op.UPDATE


def test_a_change_of_type_alone_is_a_change_of_content() -> None:
    retyped = replace(CONTENT, type="Opaque")

    assert step(source(retyped), mirror(source(), "dev")).op is Op.UPDATE


def test_a_mirror_whose_content_another_manager_changed_is_inspected() -> None:
    edited = mirror(source(), "dev", fields=Fields(CONTENT.keys, "kubectl-edit"))

    assert step(source(), edited) == Step(
        Op.COMPARE, DEV, "kubectl-edit has changed its content", edited
    )


def test_a_mirror_that_lost_a_key_is_inspected() -> None:
    robbed = mirror(source(), "dev", fields=Fields(frozenset({"data/tls.crt"})))

    assert step(source(), robbed).op is Op.COMPARE


def test_a_mirror_that_lost_a_label_is_updated() -> None:
    bare = replace(mirror(source(), "dev"), labels={})

    assert step(source(), bare).op is Op.UPDATE


def test_a_mirror_that_reflector_made_is_taken_over() -> None:
    reflected = metadata(
        DEV,
        annotations={
            names.REFLECTS: "prod/tls",
            names.AUTO_REFLECTS: "True",
            names.REFLECTED_VERSION: "1",
            names.REFLECTED_AT: '"2024-01-01T00:00:00Z"',
        },
    )

    assert step(source(), reflected) == Step(
        Op.UPDATE, DEV, "its labels are not those of a mirror", reflected
    )


def test_a_foreign_object_of_the_name_is_a_clash_that_says_what_to_do() -> None:
    assert step(source(), metadata(DEV)) == Step(
        Op.CONFLICT,
        DEV,
        "Secret dev/tls is not a mirror of prod/tls. It was left as it is. "
        "To let kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls.",
        metadata(DEV),
    )


def test_a_foreign_object_where_no_mirror_is_wanted_is_no_clash() -> None:
    assert step(source(AUTO_NAMESPACES="other"), metadata(DEV)).op is Op.SKIP


def test_the_mirror_of_another_source_stays_with_it() -> None:
    elsewhere = metadata(
        DEV, annotations={names.REFLECTS: "stage/tls", names.AUTO_REFLECTS: "True"}
    )

    assert step(source(), elsewhere).op is Op.CONFLICT


def test_a_users_own_pull_mirror_stays_the_users() -> None:
    pulled = metadata(DEV, annotations={names.REFLECTS: "prod/tls"})

    assert step(source(), pulled).op is Op.SKIP


def test_a_users_own_pull_mirror_is_not_deleted_when_permission_goes() -> None:
    pulled = metadata(DEV, annotations={names.REFLECTS: "prod/tls"})

    assert step(GONE, pulled).op is Op.SKIP


def test_an_object_that_its_owner_hands_over_is_written() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "prod/tls"})

    assert step(source(), handed_over).op is Op.UPDATE


def test_an_object_handed_over_to_another_source_is_a_clash() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "stage/tls"})

    assert step(source(), handed_over).op is Op.CONFLICT


def test_an_object_handed_over_and_never_written_is_not_deleted() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "prod/tls"})

    assert step(GONE, handed_over).op is Op.SKIP


def test_a_mirror_that_is_no_longer_permitted_is_deleted() -> None:
    held = mirror(source(), "dev")

    assert step(source(AUTO_ENABLED="false"), held) == Step(
        Op.DELETE, DEV, "reflection-auto-enabled is not true", held
    )


def test_a_pattern_that_is_none_deletes_nothing() -> None:
    """Invariant 9: what cannot be decided is no permission to delete."""
    assert step(source(AUTO_NAMESPACES="*-db"), mirror(source(), "dev")).op is Op.KEEP


def test_a_pattern_that_is_none_creates_nothing() -> None:
    assert step(source(AUTO_NAMESPACES="*-db")).op is Op.SKIP


def test_a_mirror_that_is_being_deleted_is_left_to_go() -> None:
    going = replace(mirror(source(RENEWED), "dev"), terminating=True)

    assert step(source(), going).op is Op.SKIP


def test_what_is_left_of_a_source_that_is_gone_is_deleted() -> None:
    held = mirror(source(), "dev")

    assert step(GONE, held) == Step(
        Op.DELETE, DEV, "Secret prod/tls is gone, or was never there", held
    )


def test_what_is_left_is_left_to_go_with_its_namespace() -> None:
    """Invariant 9."""
    assert step(GONE, mirror(source(), "dev"), terminating=True).op is Op.SKIP


def test_an_object_in_the_sources_own_namespace_is_never_a_mirror_to_delete() -> None:
    """Invariant 2: a record that names the object itself proves nothing."""
    itself = metadata(SOURCE, annotations={names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"})

    assert plan(seen_by_a_tick(itself), GONE).steps == ()


def test_a_copied_label_that_somebody_took_off_is_put_back() -> None:
    of = source(COPY_LABELS="team")
    assert of.metadata is not None
    of = replace(of, metadata=replace(of.metadata, labels={"team": "shop"}))
    held = mirror(of, "dev")
    robbed = replace(held, labels={key: held.labels[key] for key in held.labels if key != "team"})

    assert step(unread(of), robbed).op is Op.UPDATE


def test_a_mirror_that_the_api_server_says_was_edited_is_compared() -> None:
    held = mirror(source(), "dev")
    edited = replace(held, labels={**held.labels, names.EDITED: "true"})

    assert step(source(), edited).op is Op.COMPARE


def test_a_pull_mirror_that_reflector_filled_has_that_noted_and_keeps_its_content() -> None:
    filled = metadata(DEV, annotations={names.REFLECTS: "prod/tls", names.REFLECTED_VERSION: "1"})

    assert pulled(source(version="1"), filled).op is Op.NOTE


def test_a_pull_mirror_of_what_is_gone_is_refused() -> None:
    assert pulled(GONE, metadata(DEV, annotations={names.REFLECTS: "prod/tls"})).op is Op.REFUSE


def test_a_deleted_mirror_stays_deleted_where_its_source_says_so() -> None:
    gone = Cell(namespace("dev"), is_loss=True)

    assert judge(source(RECREATE="false"), gone).op is Op.SKIP


def test_a_mirror_of_this_very_version_of_its_source_needs_no_content_to_be_kept() -> None:
    of = labelled(source())

    assert plan(seen_by_a_tick(mirror(of, "dev")), unread(of)).is_quiet


def test_a_mirror_of_another_version_of_its_source_is_undecided_until_that_is_read() -> None:
    of = source(version="2")

    assert step(unread(of), mirror(source(), "dev")).op is Op.READ


def test_a_missing_mirror_is_wanted_before_the_source_is_read() -> None:
    assert step(unread(source())).op is Op.CREATE


def test_a_source_whose_wishes_cannot_be_met_keeps_what_is_there_and_gets_no_more() -> None:
    of = source(KEYS="ca.crt")
    made = plan(seen_by_a_tick(mirror(source(), "dev")), of)

    assert [each.op for each in made.steps] == [Op.KEEP]
    assert of.problems() == ["kn-mirror.dev/keys names 'ca.crt', which it does not hold"]


def test_an_orphans_source_is_a_row_though_it_is_gone() -> None:
    assert seen_by_a_tick(mirror(source(), "dev")).rows() == ([SOURCE], [])


def test_a_source_without_the_label_it_is_found_by_gets_it_first() -> None:
    first = plan(seen_by_a_tick(), source()).first

    assert first is not None
    assert (first.op, first.target) == (Op.INDEX, SOURCE)


def test_what_carries_the_label_and_is_no_source_any_more_loses_it_last() -> None:
    former = metadata(SOURCE, labels={names.ROLE: names.ROLE_SOURCE})
    last = plan(seen_by_a_tick(former), Source.of(SOURCE, former)).last

    assert last is not None
    assert (last.op, last.target) == (Op.UNINDEX, SOURCE)


def test_former_sources_come_before_those_that_may_want_their_places() -> None:
    former = metadata(SOURCE.in_namespace("old"), labels={names.ROLE: names.ROLE_SOURCE})
    asking = source().metadata
    assert asking is not None

    assert seen_by_a_tick(asking, former).rows() == ([former.ref], [SOURCE])
