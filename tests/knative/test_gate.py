"""The policy `gate`: who may declare a source, and into which namespaces, is a question of RBAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import ALLOWED, PREFIX, allowed, auto, rules
from tests.knative.people import DECLARE, PERMIT, Grant, Person
from tests.lab.api import APPLY_PATCH, JSON_PATCH, MERGE_PATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conformance.clusters import Cluster
    from tests.lab.api import Answer
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

SECRETS = "/api/v1/namespaces/prod/secrets"
INTO_DEV = allowed(reflection_allowed_namespaces="dev")


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@pytest.fixture
def person(workbench: Workbench) -> Person:
    """Somebody who may edit what is in namespace `prod`."""
    for name in ("prod", "dev", "stage"):
        workbench.namespace(name)
    return Person(workbench, "prod")


@pytest.fixture
def permitted(person: Person) -> Person:
    """The same, who may declare sources there that are mirrored into `dev`."""
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, "dev")
    return person


@pytest.fixture
def mighty(person: Person) -> Iterator[Person]:
    """The same, who may have them mirrored everywhere."""
    person.grant(DECLARE, "prod")
    with person.granted_everywhere(PERMIT):
        yield person


def declare(person: Person, annotations: Mapping[str, str | None]) -> Answer:
    body = {"metadata": {"name": "tls", "annotations": annotations}}
    return person.api.request("POST", SECRETS, body)


def change(person: Person, **body: object) -> Answer:
    return person.api.request("PATCH", f"{SECRETS}/tls", body, content_type=MERGE_PATCH)


def annotate(person: Person, annotations: Mapping[str, str | None]) -> Answer:
    return change(person, metadata={"annotations": annotations})


def test_who_may_write_secrets_may_not_declare_a_source_for_that(person: Person) -> None:
    answer = declare(person, INTO_DEV)

    assert answer.status == 403
    assert (
        "system:serviceaccount:prod:person may not declare a source of mirrors in namespace prod: "
        "that takes the right to create sources.kn-mirror.dev there"
    ) in answer.body["message"]


def test_a_source_cannot_be_made_of_what_is_there_either(
    workbench: Workbench, person: Person
) -> None:
    workbench.secret("prod", "tls", {"key": "one"})

    assert annotate(person, INTO_DEV).status == 403


def test_who_may_declare_sources_and_permit_mirrors_does(permitted: Person) -> None:
    assert declare(permitted, INTO_DEV).status == 201


def test_the_right_to_declare_is_none_to_mirror_anywhere(person: Person) -> None:
    person.grant(DECLARE, "prod")

    answer = declare(person, INTO_DEV)

    assert answer.status == 403
    assert "takes the right to create mirrors.kn-mirror.dev in each" in answer.body["message"]


def test_the_right_is_asked_for_in_every_namespace_that_is_named(permitted: Person) -> None:
    answer = declare(permitted, allowed(reflection_allowed_namespaces="dev, stage"))

    assert answer.status == 403
    assert "every one of the namespaces dev, stage" in answer.body["message"]


@pytest.mark.parametrize(
    "annotations",
    [
        ALLOWED,
        allowed(reflection_allowed_namespaces=""),
        allowed(reflection_allowed_namespaces="de."),
        allowed(reflection_allowed_namespaces="dev,.*"),
        allowed(reflection_allowed_namespaces="dev|stage"),
        allowed(reflection_allowed_namespaces="dev,\x1cstage"),
        allowed(reflection_allowed_namespaces="\x1c"),
        allowed(reflection_allowed_namespaces_selector="env=dev"),
        allowed(reflection_allowed_namespaces="dev", reflection_allowed_namespaces_selector="a"),
    ],
)
def test_more_than_names_takes_the_right_in_all_namespaces(
    permitted: Person, annotations: dict[str, str]
) -> None:
    answer = declare(permitted, annotations)

    assert answer.status == 403
    assert "may not permit mirrors everywhere" in answer.body["message"]


@pytest.mark.parametrize(
    "annotations",
    [ALLOWED, auto(reflection_allowed_namespaces="de.,stage"), rules(reflection_allowed="TRUE")],
)
def test_who_has_the_right_in_all_namespaces_may_say_so_in_any_way(
    mighty: Person, annotations: dict[str, str]
) -> None:
    assert declare(mighty, annotations).status == 201


@pytest.mark.parametrize("value", ["TRUE", " True\n", "\x1ctrue"])
def test_a_source_is_none_the_less_for_how_its_permission_is_written(
    person: Person, value: str
) -> None:
    """Python's blanks are more than CEL's."""
    assert declare(person, rules(reflection_allowed=value)).status == 403


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        rules(reflection_allowed="false", reflection_auto_enabled="true"),
        rules(reflects="stage/tls"),
        {"kn-mirror.dev/adopt": "stage/tls"},
    ],
)
def test_what_is_no_source_takes_no_right(person: Person, annotations: dict[str, str]) -> None:
    assert declare(person, annotations).status == 201


def test_up_to_eight_namespaces_can_be_named(workbench: Workbench, permitted: Person) -> None:
    names = ["dev", *(f"app-{number}" for number in range(8))]
    for name in names[1:]:
        workbench.namespace(name)
    permitted.grant(PERMIT, *names[1:])

    too_many = declare(permitted, allowed(reflection_allowed_namespaces=",".join(names)))
    enough = declare(permitted, allowed(reflection_allowed_namespaces=",".join(names[:8])))

    assert (too_many.status, enough.status) == (403, 201)


@pytest.mark.parametrize("lacking", range(8))
def test_each_of_eight_namespaces_is_asked_about(
    workbench: Workbench, person: Person, lacking: int
) -> None:
    names = [f"app-{number}" for number in range(8)]
    for name in names:
        workbench.namespace(name)
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, *(name for name in names if name != f"app-{lacking}"))

    answer = declare(person, allowed(reflection_allowed_namespaces=",".join(names)))

    assert answer.status == 403


def test_who_may_not_declare_a_source_may_still_renew_it(
    workbench: Workbench, person: Person
) -> None:
    workbench.secret("prod", "tls", {"key": "one"}, annotations=auto())

    changed = change(person, data={"key": "dHdv"}, metadata={"labels": {"team": "shop"}})

    assert changed.status == 200


def test_who_may_not_declare_a_source_may_still_withdraw_it(
    workbench: Workbench, person: Person
) -> None:
    workbench.secret("prod", "tls", {"key": "one"}, annotations=auto())

    assert annotate(person, rules(reflection_allowed=None)).status == 200


@pytest.mark.parametrize(
    "annotations",
    [
        {f"{PREFIX}reflection-allowed-namespaces": "dev,stage"},
        {f"{PREFIX}reflection-allowed-namespaces": None},
        {f"{PREFIX}reflection-auto-enabled": "true"},
        {"kn-mirror.dev/copy-labels": "argocd.argoproj.io/secret-type"},
        {"kn-mirror.dev/copy-annotations": "example.com/*"},
        {"kn-mirror.dev/keys": "tls.key"},
        {"kn-mirror.dev/name": "other"},
    ],
)
def test_who_may_not_declare_a_source_may_not_change_what_it_permits(
    workbench: Workbench, person: Person, annotations: dict[str, str | None]
) -> None:
    workbench.secret("prod", "tls", {"key": "one"}, annotations=INTO_DEV)

    assert annotate(person, annotations).status == 403


def test_who_may_not_declare_a_source_may_not_own_its_permission_without_its_limits(
    workbench: Workbench, person: Person
) -> None:
    """They would go alone, when who wrote both of them takes them off: as of a Certificate."""
    both = {"metadata": {"name": "tls", "annotations": INTO_DEV}}
    permission = {"metadata": {"name": "tls", "annotations": ALLOWED}}
    workbench.apply("Secret", "prod", "tls", both, manager="cert-manager")

    def apply(body: dict[str, Any]) -> Answer:
        applied = {"apiVersion": "v1", "kind": "Secret", **body}
        place = f"{SECRETS}/tls?fieldManager=person"
        return person.api.request("PATCH", place, applied, content_type=APPLY_PATCH)

    apart, whole = apply(permission), apply(both)
    workbench.apply("Secret", "prod", "tls", {}, manager="cert-manager")

    assert (apart.status, whole.status) == (403, 200)
    found = workbench.get("Secret", "prod", "tls")
    assert found
    assert found["metadata"]["annotations"] == INTO_DEV


PERMISSION: Final = f"{PREFIX}reflection-allowed"
LIMIT: Final = f"{PREFIX}reflection-allowed-namespaces"


@pytest.mark.parametrize(
    "held",
    [
        {"admin": (), "cert-manager": (LIMIT,)},
        {"admin": (), "cert-manager": (PERMISSION, LIMIT)},
        {"admin": (PERMISSION,), "cert-manager": (LIMIT,)},
        {"admin": (LIMIT,), "cert-manager": ()},
        {"admin": (), "cert-manager": ()},
    ],
    ids=str,
)
def test_who_may_not_declare_a_source_may_not_say_who_owns_its_rules(
    workbench: Workbench, person: Person, held: dict[str, tuple[str, ...]]
) -> None:
    """A tool that were said to have applied a limit would take it off, and leave the permission."""
    body = {"metadata": {"name": "tls", "annotations": INTO_DEV}}
    for manager in ("admin", "cert-manager"):
        workbench.apply("Secret", "prod", "tls", body, manager=manager)
    entries = [owning(manager, names) for manager, names in held.items()]
    forged = [{"op": "replace", "path": "/metadata/managedFields", "value": entries}]

    answer = person.api.request("PATCH", f"{SECRETS}/tls", forged, content_type=JSON_PATCH)

    assert answer.status == 403


def owning(manager: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Say of somebody that they applied some annotations."""
    owned: dict[str, Any] = {f"f:{name}": {} for name in names}
    fields = {"f:metadata": {"f:annotations": owned}}
    entry = {"manager": manager, "operation": "Apply", "apiVersion": "v1"}
    return {**entry, "fieldsType": "FieldsV1", "fieldsV1": fields}


@pytest.mark.parametrize("is_applied", [False, True])
def test_who_may_not_declare_a_source_may_let_go_of_it_where_another_keeps_it(
    workbench: Workbench, person: Person, *, is_applied: bool
) -> None:
    """Who updates keeps what they wrote; who applies may let go of it, too."""
    body = {"metadata": {"name": "tls", "annotations": INTO_DEV}}
    if is_applied:
        workbench.apply("Secret", "prod", "tls", body, manager="admin")
    else:
        workbench.secret("prod", "tls", {}, annotations=INTO_DEV)

    def apply(body: dict[str, Any]) -> Answer:
        applied = {"apiVersion": "v1", "kind": "Secret", **body}
        place = f"{SECRETS}/tls?fieldManager=person"
        return person.api.request("PATCH", place, applied, content_type=APPLY_PATCH)

    answers = [apply(body), apply({"metadata": {"name": "tls"}})]

    assert [each.status for each in answers] == [200, 403 if is_applied else 200]


def test_an_account_that_may_everything_may_declare_whatever_it_is_told(person: Person) -> None:
    """F8, as the documents say: a right to everything is a right to that; `accept` is a cure."""
    every = Grant("cluster-admin", "any", "any")

    refused = declare(person, ALLOWED)
    with person.granted_everywhere(every):
        admitted = declare(person, ALLOWED)

    assert (refused.status, admitted.status) == (403, 201)


def test_under_gate_and_protect_mirrors_are_made_follow_and_go(cluster: Cluster) -> None:
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev,stage"))
    cluster.change("prod/tls", key="two")
    followed = cluster.data("dev/tls")
    cluster.annotate("prod/tls", rules(reflection_allowed=None))

    assert followed == {"key": "two"}
    assert cluster.mirrored("tls", source="prod") == set()


def test_no_policy_is_overtaxed_by_the_largest_secret(cluster: Cluster) -> None:
    """What its expressions cost is limited, and what costs more is refused."""
    large = {f"key-{number}": "x" * 6_000 for number in range(160)}
    cluster.write("prod/tls", large, auto(reflection_auto_namespaces="dev"))

    cluster.workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": {"team": "shop"}}})
    made = cluster.data("dev/tls")
    cluster.annotate("prod/tls", rules(reflection_allowed=None))

    assert made == large
    assert cluster.data("dev/tls") is None
    assert "labels" not in cluster.metadata("prod/tls")


def test_under_gate_and_protect_pull_mirrors_are_filled(cluster: Cluster) -> None:
    """One that says that mirrors of it may be, too."""
    cluster.write("prod/tls", {"key": "one"}, ALLOWED)

    cluster.write("dev/copy", {}, {**ALLOWED, f"{PREFIX}reflects": "prod/tls"})

    assert cluster.data("dev/copy") == {"key": "one"}
