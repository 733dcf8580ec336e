"""Plans: which step each namespace gets, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.planning.plans import plan, withdrawal
from mirroring.planning.settling import seems_settled, unsettled
from mirroring.planning.steps import Clash, Create, Delete, Inspect, Keep, Leave, Step, Update
from tests.unit.examples import CONTENT, SOURCE, metadata, mirror, namespace, source

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.policies.sources import Source

DEV = SOURCE.in_namespace("dev")
RENEWED = Content({"data": {"tls.crt": "bmV3", "tls.key": "bmV3"}}, type="kubernetes.io/tls")


def step(of: Source, found: Metadata | None = None, *, terminating: bool = False) -> Step:
    """The one step that namespace dev gets, where `found` has the mirror's name."""
    existing = {"dev": found} if found else {}
    (only,) = plan(of, [namespace("dev", terminating=terminating)], existing)
    return only


def test_a_permitted_namespace_without_the_mirror_gets_it() -> None:
    assert isinstance(step(source()), Create)


def test_a_namespace_that_is_not_permitted_is_left_alone_with_the_reason() -> None:
    assert step(source(AUTO_NAMESPACES="prod-.*")) == Leave(
        DEV, "reflection-auto-namespaces: 'prod-.*' does not span 'dev'"
    )


def test_the_sources_own_namespace_gets_no_step_whatever_the_rules_say() -> None:
    assert list(plan(source(AUTO_NAMESPACES="prod"), [namespace("prod")], {})) == []


def test_a_terminating_namespace_is_left_alone() -> None:
    assert isinstance(step(source(), terminating=True), Leave)


def test_a_mirror_in_a_terminating_namespace_is_left_to_go_with_it() -> None:
    assert isinstance(
        step(source(AUTO_ENABLED="no"), mirror(source(), "dev"), terminating=True), Leave
    )


def test_a_mirror_with_the_sources_content_is_kept() -> None:
    assert isinstance(step(source(), mirror(source(), "dev")), Keep)


def test_a_new_resource_version_alone_is_no_reason_to_write() -> None:
    assert isinstance(step(source(version="2"), mirror(source(version="1"), "dev")), Keep)


def test_a_mirror_with_older_content_is_updated() -> None:
    assert isinstance(step(source(RENEWED), mirror(source(), "dev")), Update)


def test_a_change_of_type_alone_is_a_change_of_content() -> None:
    retyped = replace(CONTENT, type="Opaque")

    assert isinstance(step(source(retyped), mirror(source(), "dev")), Update)


def test_a_mirror_whose_content_another_manager_changed_is_inspected() -> None:
    edited = mirror(source(), "dev", fields=Fields(CONTENT.keys, "kubectl-edit"))

    assert step(source(), edited) == Inspect(edited, "kubectl-edit has changed its content")


def test_a_mirror_that_lost_a_key_is_inspected() -> None:
    robbed = mirror(source(), "dev", fields=Fields(frozenset({"data/tls.crt"})))

    assert isinstance(step(source(), robbed), Inspect)


def test_a_mirror_that_lost_a_label_is_updated() -> None:
    bare = replace(mirror(source(), "dev"), labels={})

    assert isinstance(step(source(), bare), Update)


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

    assert step(source(), reflected) == Update(reflected, "its labels are not those of a mirror")


def test_a_foreign_object_of_the_name_is_a_clash_that_says_what_to_do() -> None:
    assert step(source(), metadata(DEV)) == Clash(
        DEV,
        "Secret dev/tls is not a mirror of prod/tls. It was left as it is. "
        "To let kn-mirror take it over, annotate it kn-mirror.dev/adopt=prod/tls.",
    )


def test_a_foreign_object_where_no_mirror_is_wanted_is_no_clash() -> None:
    assert isinstance(step(source(AUTO_NAMESPACES="other"), metadata(DEV)), Leave)


def test_the_mirror_of_another_source_stays_with_it() -> None:
    elsewhere = metadata(
        DEV, annotations={names.REFLECTS: "stage/tls", names.AUTO_REFLECTS: "True"}
    )

    assert isinstance(step(source(), elsewhere), Clash)


def test_a_users_own_pull_mirror_stays_the_users() -> None:
    pulled = metadata(DEV, annotations={names.REFLECTS: "prod/tls"})

    assert isinstance(step(source(), pulled), Leave)


def test_a_users_own_pull_mirror_is_not_deleted_when_permission_goes() -> None:
    pulled = metadata(DEV, annotations={names.REFLECTS: "prod/tls"})

    assert list(withdrawal(SOURCE, [pulled], because="gone")) == []


def test_an_object_that_its_owner_hands_over_is_written() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "prod/tls"})

    assert isinstance(step(source(), handed_over), Update)


def test_an_object_handed_over_to_another_source_is_a_clash() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "stage/tls"})

    assert isinstance(step(source(), handed_over), Clash)


def test_an_object_handed_over_and_never_written_is_not_deleted() -> None:
    handed_over = metadata(DEV, annotations={names.ADOPT: "prod/tls"})

    assert list(withdrawal(SOURCE, [handed_over], because="gone")) == []


def test_a_mirror_that_is_no_longer_permitted_is_deleted() -> None:
    held = mirror(source(), "dev")

    assert step(source(AUTO_ENABLED="false"), held) == Delete(
        held, "reflection-auto-enabled is not true"
    )


def test_a_pattern_that_is_none_deletes_nothing() -> None:
    """Invariant 9: what cannot be decided is no permission to delete."""
    assert isinstance(step(source(AUTO_NAMESPACES="*-db"), mirror(source(), "dev")), Keep)


def test_a_pattern_that_is_none_creates_nothing() -> None:
    assert isinstance(step(source(AUTO_NAMESPACES="*-db")), Leave)


def test_a_mirror_that_is_being_deleted_is_left_to_go() -> None:
    going = replace(mirror(source(RENEWED), "dev"), terminating=True)

    assert isinstance(step(source(), going), Leave)


def test_what_is_left_of_a_source_that_is_gone_is_deleted() -> None:
    held = mirror(source(), "dev")

    assert list(withdrawal(SOURCE, [held, metadata(DEV)], because="gone")) == [Delete(held, "gone")]


def test_an_object_in_the_sources_own_namespace_is_never_a_mirror_to_delete() -> None:
    """Invariant 2: bookkeeping that names the object itself proves nothing."""
    itself = metadata(SOURCE, annotations={names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"})

    assert list(withdrawal(SOURCE, [itself], because="gone")) == []


def test_a_mirror_of_this_very_version_of_its_source_is_settled() -> None:
    of = source()

    assert seems_settled(of.metadata, of.rules, namespace("dev"), mirror(of, "dev"))


def test_a_mirror_of_another_version_of_its_source_is_not_settled() -> None:
    of = source(version="2")

    assert not seems_settled(of.metadata, of.rules, namespace("dev"), mirror(source(), "dev"))


def test_a_missing_mirror_is_not_settled() -> None:
    of = source()

    assert not seems_settled(of.metadata, of.rules, namespace("dev"), None)


def test_a_mirror_that_is_not_permitted_is_not_settled() -> None:
    of = source(AUTO_NAMESPACES="other")

    assert not seems_settled(of.metadata, of.rules, namespace("dev"), mirror(source(), "dev"))


def test_an_orphans_source_is_unsettled_though_it_is_gone() -> None:
    assert list(unsettled([mirror(source(), "dev")], [namespace("dev")])) == [SOURCE]


def test_a_source_without_the_label_it_is_found_by_is_unsettled() -> None:
    of = source()

    assert list(unsettled([of.metadata, mirror(of, "dev")], [namespace("dev")])) == [SOURCE]


def test_a_labelled_source_with_all_its_mirrors_is_settled() -> None:
    of = source()
    marked = replace(of.metadata, labels={names.ROLE: names.ROLE_SOURCE})

    assert list(unsettled([marked, mirror(of, "dev")], [namespace("dev"), namespace("prod")])) == []


def test_what_carries_the_label_and_is_no_source_any_more_is_unsettled() -> None:
    former = metadata(SOURCE, labels={names.ROLE: names.ROLE_SOURCE})

    assert list(unsettled([former], [])) == [SOURCE]
