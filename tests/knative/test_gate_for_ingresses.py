"""The policy `gate` where cert-manager makes Certificates of what asks for certificates."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import allowed, rules
from tests.knative.people import DECLARE, PERMIT, Grant, Person
from tests.lab.api import APPLY_PATCH, MERGE_PATCH
from tests.lab.clusters import Workbench
from tests.lab.dataplane.definitions import establish
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.api import Answer
    from tests.lab.controlplane import ControlPlane

pytestmark = pytest.mark.controlplane

TEMPLATE: Final = "cert-manager.io/secret-template"
REFLECTED: Final = json.dumps({"annotations": allowed(reflection_allowed_namespaces="dev")})
ROLES: Final = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GATEWAYS: Final = Grant("write-gateways", "gateway.networking.k8s.io", "gateways")
FORCED: Final = "?fieldManager=person&force=true"
INGRESSES: Final = "networking.k8s.io"
KINDS: Final = {"gateways": "Gateway", "listenersets": "ListenerSet"}
PLACES: Final = {
    "ingresses": f"/apis/{INGRESSES}/v1/namespaces/prod/ingresses",
    "gateways": "/apis/gateway.networking.k8s.io/v1/namespaces/prod/gateways",
    "listenersets": "/apis/gateway.networking.k8s.io/v1/namespaces/prod/listenersets",
}


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


def definition(plural: str, kind: str) -> dict[str, Any]:
    """Define one of the kinds of Gateway API, as far as it matters here."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    approved = {"api-approved.kubernetes.io": "unapproved, for tests alone"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GATEWAYS.group}", "annotations": approved},
        "spec": {
            "group": GATEWAYS.group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, "listKind": f"{kind}List"},
            "versions": [version],
        },
    }


@pytest.fixture(scope="module", autouse=True)
def gateways(control_plane: ControlPlane) -> Iterator[None]:
    """Serve Gateways and ListenerSets, and let them be written by whoever is granted it."""
    api = control_plane.api()
    establish(api, [definition(*each) for each in KINDS.items()])
    verbs = ["create", "patch"]
    resources = [*KINDS, *(f"{each}/status" for each in PLACES)]
    rule = {"apiGroups": [GATEWAYS.group, INGRESSES], "resources": resources, "verbs": verbs}
    Workbench(api).create(ROLES, {"metadata": {"name": GATEWAYS.role}, "rules": [rule]})
    yield
    api.request("DELETE", f"{ROLES}/{GATEWAYS.role}")
    for plural in KINDS:
        place = f"{DEFINITIONS}/{plural}.{GATEWAYS.group}"
        api.request("DELETE", place)
        eventually(partial(is_gone, place, control_plane), within=60)


def is_gone(place: str, plane: ControlPlane) -> bool:
    return plane.api().request("GET", place).status == 404


@pytest.fixture
def person(workbench: Workbench) -> Iterator[Person]:
    """Somebody who may write Ingresses and Gateways in namespace `prod`."""
    for name in ("prod", "dev"):
        workbench.namespace(name)
    found = Person(workbench, "prod")
    found.grant(GATEWAYS, "prod")
    yield found
    for place in PLACES.values():
        workbench.api.request("DELETE", place)


def asking(plural: str, template: str | None, *secrets: str) -> dict[str, Any]:
    """Make what asks for certificates in some Secrets."""
    annotations = {"cert-manager.io/cluster-issuer": "any", TEMPLATE: template}
    metadata = {"name": "shop", "annotations": annotations}
    if plural == "ingresses":
        tls = [{"hosts": [f"{each}.example.com"], "secretName": each} for each in secrets]
        backend = {"service": {"name": "shop", "port": {"number": 80}}}
        return {"metadata": metadata, "spec": {"defaultBackend": backend, "tls": tls}}
    listeners = [{"name": each, "tls": {"certificateRefs": [{"name": each}]}} for each in secrets]
    group = {"apiVersion": f"{GATEWAYS.group}/v1", "kind": KINDS[plural]}
    return {**group, "metadata": metadata, "spec": {"listeners": listeners}}


def ask(person: Person, plural: str, template: str | None, *secrets: str) -> Answer:
    return person.api.request("POST", PLACES[plural], asking(plural, template, *secrets))


def ask_again(person: Person, plural: str, template: str | None, *secrets: str) -> Answer:
    body = asking(plural, template, *secrets)
    place = f"{PLACES[plural]}/shop"
    return person.api.request("PATCH", place, body, content_type=MERGE_PATCH)


@pytest.mark.parametrize("plural", sorted(PLACES))
@pytest.mark.parametrize(
    "template",
    [
        REFLECTED,
        REFLECTED.replace("reflector", "\\u0072eflector"),
        '{"annotations": {"kn-mirror.dev/name": "other"}}',
        # Of JSON nothing is read here.
        "reflector.v1.k8s.emberstack.com/",
    ],
)
def test_who_may_not_declare_a_source_may_not_have_one_made(
    person: Person, plural: str, template: str
) -> None:
    """F7: cert-manager would make the Certificate, with rights of its own."""
    answer = ask(person, plural, template, "tls")

    assert answer.status == 403
    assert (
        "system:serviceaccount:prod:person may not have Secrets made by the annotation "
        "cert-manager.io/secret-template that permit mirrors: that takes the right to create "
        "sources.kn-mirror.dev in namespace prod"
    ) in answer.body["message"]


@pytest.mark.parametrize("plural", sorted(PLACES))
@pytest.mark.parametrize("template", [None, '{"annotations": {"team": "shop"}}'])
def test_a_certificate_of_ones_own_takes_no_right(
    person: Person, plural: str, template: str | None
) -> None:
    assert ask(person, plural, template, "tls").status == 201


def test_the_right_is_asked_for_in_all_namespaces(person: Person) -> None:
    """Which ones the template names is not read."""
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, "dev")

    refused = ask(person, "ingresses", REFLECTED, "tls")
    with person.granted_everywhere(PERMIT):
        admitted = ask(person, "ingresses", REFLECTED, "tls")

    assert (refused.status, admitted.status) == (403, 201)
    assert "mirrors.kn-mirror.dev in all namespaces" in refused.body["message"]


@pytest.mark.parametrize("plural", sorted(PLACES))
def test_a_template_that_is_put_on_later_takes_the_right_too(person: Person, plural: str) -> None:
    ask(person, plural, None, "tls")

    assert ask_again(person, plural, REFLECTED, "tls").status == 403


@pytest.mark.parametrize("plural", sorted(PLACES))
def test_who_may_not_declare_a_source_may_change_the_rest(
    workbench: Workbench, person: Person, plural: str
) -> None:
    """But not which Secrets there are: the mirrors would be called as they."""
    workbench.create(PLACES[plural], asking(plural, REFLECTED, "tls", "more"))

    label = {"metadata": {"labels": {"team": "shop"}}}
    labelled = person.api.request(
        "PATCH", f"{PLACES[plural]}/shop", label, content_type=MERGE_PATCH
    )
    fewer = ask_again(person, plural, REFLECTED, "tls")
    renamed = ask_again(person, plural, REFLECTED, "other")
    withdrawn = ask_again(person, plural, None, "other")

    assert [each.status for each in (labelled, fewer, renamed, withdrawn)] == [200, 200, 403, 200]


@pytest.mark.parametrize("plural", sorted(PLACES))
@pytest.mark.parametrize("named", ["true", "false", ""])
def test_a_template_that_permits_nothing_is_not_taken_off_either(
    workbench: Workbench, person: Person, plural: str, named: str
) -> None:
    """S4: it may narrow what somebody else permits on the Secret; what permits may go."""
    permission = {"reflection_allowed": named} if named else {}
    annotations = rules(**permission, reflection_allowed_namespaces="dev")
    template = json.dumps({"annotations": annotations})
    workbench.create(PLACES[plural], asking(plural, template, "tls"))

    taken = ask_again(person, plural, None, "tls")

    assert taken.status == (200 if named == "true" else 403)


@pytest.mark.parametrize(("content_type", "query"), [(MERGE_PATCH, ""), (APPLY_PATCH, FORCED)])
@pytest.mark.parametrize("plural", sorted(PLACES))
def test_by_a_status_no_template_is_written(
    workbench: Workbench, person: Person, plural: str, content_type: str, query: str
) -> None:
    """S5: by an Ingress's annotations are written, which no other of these kinds permits."""
    made = workbench.create(PLACES[plural], asking(plural, None, "tls"))
    kind = {"apiVersion": made["apiVersion"], "kind": made["kind"]}
    metadata = {"name": "shop", "annotations": {TEMPLATE: REFLECTED}}

    person.api.request(
        "PATCH",
        f"{PLACES[plural]}/shop/status{query}",
        {**kind, "metadata": metadata},
        content_type=content_type,
    )

    found = workbench.api.request("GET", f"{PLACES[plural]}/shop").body
    assert found["metadata"]["annotations"].get(TEMPLATE) != REFLECTED


def test_an_ingresss_status_is_written_as_ever(workbench: Workbench, person: Person) -> None:
    workbench.create(PLACES["ingresses"], asking("ingresses", REFLECTED, "tls"))
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}

    place = f"{PLACES['ingresses']}/shop/status"
    answer = person.api.request("PATCH", place, status, content_type=MERGE_PATCH)

    assert answer.status == 200
    assert answer.body["status"] == status["status"]
