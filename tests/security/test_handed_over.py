"""What the judgement plans, policy `guard` permits, whatever is in the place of a mirror.

An object that is immutable, or of another type, can only become the mirror by being deleted and
made anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from mirroring.codes import Code
from tests.claimed import EXAMPLES, Example
from tests.conformance.clusters import auto
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mirroring.reporting.reports import Report
    from tests.lab.api import Api
    from tests.lab.clusters import Workbench
    from tests.security.functions import Functions

pytestmark = pytest.mark.controlplane

FOR_DEV: Final = auto(reflection_auto_namespaces="dev,prod")
TO_SHOP: Final = {names.AUTO_NAMESPACES: "dev,shop"}
HANDED_OVER: Final = {names.ADOPT: "prod/tls"}
STUCK: Final[Mapping[str, dict[str, Any]]] = {
    "as its source": {},
    "immutable": {"immutable": True},
    "of another type": {"type": "example.com/other"},
}
EVENTS: Final[Mapping[str, Callable[[Functions], Report]]] = {
    "on-secret-update": lambda functions: functions.written("Secret", "prod", "tls"),
    "on-delete-cleanup": lambda functions: functions.deleted("Secret", "dev", "tls"),
    "on-namespace-create": lambda functions: functions.namespace_written("dev"),
    "on-resync": lambda functions: functions.tick(),
}


@pytest.fixture(scope="module")
def overlay() -> str:
    return "default"


def refused(reports: Iterable[Report]) -> list[str]:
    """What of all that was tried an admission policy did not permit."""
    outcomes = [outcome for report in reports for outcome in report.outcomes]
    return [each.because for each in outcomes if each.code is Code.DENIED]


@pytest.mark.parametrize("stuck", ["immutable", "of another type"])
@pytest.mark.parametrize("function", sorted(EVENTS))
def test_a_secret_that_is_handed_over_becomes_the_mirror(
    workbench: Workbench, functions: Functions, stuck: str, function: str
) -> None:
    workbench.namespace("prod")
    workbench.namespace("dev")
    workbench.secret("prod", "tls", {"key": "one"}, annotations=FOR_DEV)
    workbench.secret("dev", "tls", {"own": "goes"}, annotations=HANDED_OVER, **STUCK[stuck])

    report = EVENTS[function](functions)

    assert refused([report]) == []
    assert workbench.data("dev", "tls") == {"key": b"one"}


def test_a_config_map_that_is_handed_over_becomes_the_mirror(
    workbench: Workbench, functions: Functions
) -> None:
    workbench.namespace("prod")
    workbench.namespace("dev")
    workbench.config_map("prod", "tls", {"key": "one"}, annotations=FOR_DEV)
    workbench.config_map("dev", "tls", {"own": "goes"}, annotations=HANDED_OVER, immutable=True)

    functions.written("ConfigMap", "prod", "tls")

    assert workbench.data("dev", "tls", "ConfigMap") == {"key": b"one"}


@pytest.mark.parametrize("stuck", ["immutable", "of another type"])
def test_what_tools_keep_of_what_was_handed_over_is_not_said_of_the_mirror(
    workbench: Workbench, functions: Functions, stuck: str
) -> None:
    """As `kubectl apply` and cert-manager leave it, whose words `guard` lets nobody repeat."""
    left = {"kubectl.kubernetes.io/last-applied-configuration": "{}", names.CERTIFICATE: "gone"}
    workbench.namespace("prod")
    workbench.namespace("dev")
    workbench.secret("prod", "tls", {"key": "one"}, annotations=FOR_DEV)
    workbench.secret(
        "dev", "tls", {}, annotations=HANDED_OVER | left | {"note": "stays"}, **STUCK[stuck]
    )

    functions.tick()

    found = workbench.get("Secret", "dev", "tls")
    assert found
    assert workbench.data("dev", "tls") == {"key": b"one"}
    assert not left.keys() & found["metadata"]["annotations"].keys()
    assert found["metadata"]["annotations"]["note"] == "stays"


@pytest.mark.parametrize("stuck", ["immutable", "of another type"])
def test_a_mirror_that_no_update_can_change_goes_over_to_the_heir_of_its_source(
    workbench: Workbench, functions: Functions, stuck: str
) -> None:
    for name in ("prod", "dev", "shop"):
        workbench.namespace(name)
    workbench.secret("prod", "tls", {"key": "one"}, annotations=FOR_DEV | TO_SHOP)
    functions.tick()
    found = workbench.get("Secret", "dev", "tls")
    assert found
    workbench.delete("Secret", "dev", "tls")
    mirror = {field: found["metadata"][field] for field in ("name", "labels", "annotations")}
    body = {"data": found["data"], **STUCK[stuck], "metadata": mirror}
    workbench.create(path_of("Secret", "dev"), body)
    workbench.patch("Secret", "shop", "tls", {"metadata": {"annotations": FOR_DEV}})
    functions.written("Secret", "shop", "tls")
    workbench.delete("Secret", "prod", "tls")

    reports = [functions.deleted("Secret", "prod", "tls"), *functions.catch_up()]

    heirs = workbench.get("Secret", "dev", "tls")
    assert refused(reports) == []
    assert heirs
    assert heirs["metadata"]["annotations"][names.REFLECTS] == "shop/tls"
    assert not heirs.get("immutable")
    assert heirs["type"] == "Opaque"


# What its owner cannot hand over, or where nobody takes it.
NEVER: Final[Mapping[str, tuple[str, str, dict[str, Any], dict[str, str]]]] = {
    "a source": ("Secret", "tls", {}, HANDED_OVER | {names.ALLOWED: "true"}),
    "to no source": ("Secret", "tls", {}, {names.ADOPT: "tls"}),
    "to nobody": ("Secret", "tls", {}, {names.ADOPT: " "}),
    "to what cannot be": ("Secret", "tls", {}, {names.ADOPT: "../tls"}),
    "to its own namespace": ("Secret", "tls", {}, {names.ADOPT: "dev/other"}),
    "where no mirrors of it are taken": ("Secret", "tls", {}, {names.ADOPT: "stage/tls"}),
    "a record of Helm's": ("Secret", "tls", {"type": "helm.sh/release.v1"}, HANDED_OVER),
    "what lets a machine join": (
        "Secret", "tls", {"type": "bootstrap.kubernetes.io/token"}, HANDED_OVER,
    ),
    "keys of hashes": ("Secret", "kn-mirror-content-hash", {}, HANDED_OVER),
    "what every Pod trusts": ("ConfigMap", "istio-ca-root-cert", {}, HANDED_OVER),
}  # fmt: skip


@pytest.mark.parametrize("never", NEVER)
def test_a_function_in_wrong_hands_deletes_nothing_that_it_could_not_overwrite(
    workbench: Workbench, compromised: Api, never: str
) -> None:
    kind, name, fields, annotations = NEVER[never]
    workbench.namespace("dev")
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: "prod/*"})
    make = workbench.secret if kind == "Secret" else workbench.config_map
    make("dev", name, {"key": "one"}, annotations=annotations, **fields)

    answer = compromised.request("DELETE", f"{path_of(kind, 'dev', name)}?dryRun=All")

    assert answer.status == 403


@pytest.mark.parametrize("accept", ["prod/*", "none,prod/tls"])
def test_where_its_source_is_accepted_what_was_handed_over_is_deleted(
    workbench: Workbench, compromised: Api, accept: str
) -> None:
    workbench.namespace("dev")
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: accept})
    workbench.secret("dev", "tls", {"key": "one"}, annotations=HANDED_OVER)

    answer = compromised.request("DELETE", f"{path_of('Secret', 'dev', 'tls')}?dryRun=All")

    assert answer.status == 200


def _write_example(workbench: Workbench, example: Example, fields: Mapping[str, Any]) -> None:
    """Make an object of an example, which may be where the source is."""
    for name in {"prod", "dev", example.namespace}:
        workbench.namespace(name)
    workbench.secret("prod", "tls", {"key": "one"}, annotations=FOR_DEV)
    owners = [(kind, True) for kind in example.controllers]
    owners += [(kind, False) for kind in example.owners]
    metadata = {
        "name": example.name,
        "annotations": dict(example.annotations),
        "labels": dict(example.labels),
        "ownerReferences": [
            {"apiVersion": "example.com/v1", "kind": kind, "name": "tls", "uid": kind,
             "controller": controls}
            for kind, controls in owners
        ],
    }  # fmt: skip
    body = {"type": "Opaque", "data": {"key": "bWluZQ=="}, **fields, "metadata": metadata}
    workbench.create(path_of("Secret", example.namespace), body)


@pytest.mark.parametrize("stuck", STUCK)
@pytest.mark.parametrize("example", EXAMPLES)
def test_guard_permits_all_that_is_planned_of_what_is_there(
    workbench: Workbench, functions: Functions, example: str, stuck: str
) -> None:
    _write_example(workbench, EXAMPLES[example], STUCK[stuck])

    assert refused(functions.catch_up()) == []
