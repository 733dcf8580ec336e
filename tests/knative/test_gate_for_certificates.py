"""The policy `gate` where cert-manager writes the sources, as Certificates tell it to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.certmanager import manifests
from tests.conformance.clusters import allowed, rules
from tests.knative.documents import commands_of
from tests.knative.people import DECLARE, PERMIT, Grant, Person
from tests.lab.api import MERGE_PATCH, Api
from tests.lab.clusters import Workbench
from tests.lab.dataplane.definitions import establish
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.lab.api import Answer
    from tests.lab.controlplane import ControlPlane
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane

CERTIFICATES = "/apis/cert-manager.io/v1/namespaces/prod/certificates"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# Of cert-manager, where its wildcard certificates are; nothing comes to pass.
WRITES = f"/api/v1/namespaces/{manifests.NAMESPACE}/secrets?dryRun=All"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
INTO_DEV = allowed(reflection_allowed_namespaces="dev")
ISSUE = Grant("issue-certificates", "cert-manager.io", "certificates")


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@pytest.fixture(scope="module", autouse=True)
def certificates(control_plane: ControlPlane) -> Iterator[None]:
    """Serve Certificates, and let them be written by whoever is granted it."""
    api = control_plane.api()
    [definition] = [each for each in manifests.definitions()
                    if each["spec"]["names"]["kind"] == "Certificate"]  # fmt: skip
    establish(api, [definition])
    rule = {
        "apiGroups": [ISSUE.group],
        "resources": [ISSUE.resource],
        "verbs": ["create", "patch", "get"],
    }
    Workbench(api).create(ROLES, {"metadata": {"name": ISSUE.role}, "rules": [rule]})
    yield
    api.request("DELETE", f"{ROLES}/{ISSUE.role}")
    place = f"{DEFINITIONS}/{definition['metadata']['name']}"
    api.request("DELETE", place)
    eventually(lambda: api.request("GET", place).status == 404, within=60)


@pytest.fixture
def person(workbench: Workbench) -> Iterator[Person]:
    """Somebody who may have Certificates issued in namespace `prod`."""
    for name in ("prod", "dev"):
        workbench.namespace(name)
    found = Person(workbench, "prod")
    found.grant(ISSUE, "prod")
    yield found
    workbench.api.request("DELETE", CERTIFICATES)


def certificate(annotations: Mapping[str, str | None]) -> dict[str, Any]:
    template = {"annotations": annotations}
    spec = {"secretName": "tls", "dnsNames": ["example.com"], "issuerRef": {"name": "any"}}
    return manifests.resource("Certificate", "tls", {**spec, "secretTemplate": template})


def issue(api: Api, annotations: Mapping[str, str | None]) -> Answer:
    return api.request("POST", CERTIFICATES, certificate(annotations))


def change(api: Api, **spec: object) -> Answer:
    return api.request("PATCH", f"{CERTIFICATES}/tls", {"spec": spec}, content_type=MERGE_PATCH)


def test_who_may_not_declare_a_source_may_not_have_it_issued(person: Person) -> None:
    answer = issue(person.api, INTO_DEV)

    assert answer.status == 403
    assert "the right to create sources.kn-mirror.dev" in answer.body["message"]


def test_who_may_declare_a_source_may_have_it_issued(person: Person) -> None:
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, "dev")

    assert issue(person.api, INTO_DEV).status == 201


def test_a_certificate_of_ones_own_takes_no_right(person: Person) -> None:
    assert issue(person.api, {}).status == 201


def test_who_may_not_declare_a_source_may_change_the_rest_of_its_certificate(
    workbench: Workbench, person: Person
) -> None:
    workbench.create(CERTIFICATES, certificate(INTO_DEV))
    elsewhere = rules(reflection_allowed_namespaces="dev,stage")

    renamed = change(person.api, dnsNames=["example.org"])
    widened = change(person.api, secretTemplate={"annotations": elsewhere})
    withdrawn = change(person.api, secretTemplate=None)

    assert (renamed.status, widened.status, withdrawn.status) == (200, 403, 200)


# What permits nothing by itself, and widens or narrows what another has permitted on the Secret.
RULES = (
    rules(reflection_allowed_namespaces="dev,stage"),
    rules(reflection_allowed_namespaces_selector="env"),
    rules(reflection_auto_enabled="true"),
    rules(reflection_allowed="yes, true"),
    {"kn-mirror.dev/copy-labels": "argocd.argoproj.io/secret-type"},
    {"kn-mirror.dev/copy-annotations": "example.com/*"},
    {"kn-mirror.dev/keys": "tls.key"},
    {"kn-mirror.dev/name": "other"},
)


@pytest.mark.parametrize("named", RULES, ids=str)
def test_no_rule_is_named_by_who_may_not_declare_a_source(
    person: Person, named: dict[str, str]
) -> None:
    """S4: cert-manager would write it on a Secret that somebody else had made a source by hand."""
    asked = issue(person.api, named)
    issue(person.api, {})
    later = change(person.api, secretTemplate={"annotations": named})

    assert (asked.status, later.status) == (403, 403)


@pytest.mark.parametrize("named", RULES, ids=str)
def test_no_rule_is_taken_off_or_written_elsewhere_by_who_may_not_declare_a_source(
    workbench: Workbench, person: Person, named: dict[str, str]
) -> None:
    """What narrows the rules of such a Secret widens them by going."""
    workbench.create(CERTIFICATES, certificate(named | rules(reflection_allowed="no")))

    taken = change(person.api, secretTemplate=None)
    fewer = change(person.api, secretTemplate={"annotations": rules(reflection_allowed=None)})

    assert (taken.status, fewer.status) == (403, 403)


def test_a_certificate_that_names_a_rule_is_not_written_into_another_secret(
    workbench: Workbench, person: Person
) -> None:
    workbench.create(CERTIFICATES, certificate(rules(reflection_allowed_namespaces="dev,stage")))

    assert change(person.api, secretName="other").status == 403


@pytest.mark.parametrize(
    "annotations",
    [
        rules(reflection_allowed=None),
        rules(reflection_allowed="false"),
        rules(reflection_allowed="false", reflection_allowed_namespaces=None),
        rules(reflection_allowed=None, reflection_allowed_namespaces=None),
    ],
    ids=str,
)
def test_who_may_not_declare_a_source_may_withdraw_it(
    workbench: Workbench, person: Person, annotations: dict[str, str | None]
) -> None:
    workbench.create(CERTIFICATES, certificate(INTO_DEV))

    assert change(person.api, secretTemplate={"annotations": annotations}).status == 200


@pytest.mark.parametrize("named", [INTO_DEV, *RULES], ids=str)
def test_what_is_done_with_a_certificate_every_day_takes_no_right(
    workbench: Workbench, person: Person, named: dict[str, str]
) -> None:
    workbench.create(CERTIFICATES, certificate(named))

    renamed = change(person.api, dnsNames=["example.org"], duration="24h")
    labelled = change(person.api, secretTemplate={"labels": {"team": "shop"}})
    annotated = change(person.api, secretTemplate={"annotations": {"team": "shop"}})

    assert (renamed.status, labelled.status, annotated.status) == (200, 200, 200)


def test_where_a_rule_that_names_no_namespace_reaches_is_not_known(person: Person) -> None:
    """What the Secret permits beside it somebody else has written."""
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, "dev")

    anywhere = issue(person.api, rules(reflection_auto_enabled="true"))
    there = issue(person.api, rules(reflection_allowed_namespaces="dev"))

    assert (anywhere.status, there.status) == (403, 201)


def test_who_may_not_declare_a_source_may_not_rename_its_secret(
    workbench: Workbench, person: Person
) -> None:
    """F21: its mirrors would have a name that nobody agreed to."""
    workbench.create(CERTIFICATES, certificate(INTO_DEV))

    refused = change(person.api, secretName="other")
    person.grant(DECLARE, "prod")
    person.grant(PERMIT, "dev")
    admitted = change(person.api, secretName="other")

    assert (refused.status, admitted.status) == (403, 200)


def test_whoever_has_a_certificate_of_their_own_may_rename_its_secret(person: Person) -> None:
    issue(person.api, {})

    assert change(person.api, secretName="other").status == 200


def test_cert_manager_may_write_sources_as_soon_as_the_documented_commands_were_run(
    workbench: Workbench, kubectl: Kubectl
) -> None:
    for name in ("dev", manifests.NAMESPACE):
        workbench.namespace(name)
    commands = commands_of("Who may declare a source: `gate`")
    issuer = account(workbench)
    written = {"metadata": {"name": "tls", "annotations": INTO_DEV}}
    write = partial(issuer.request, "POST", WRITES, written)

    refused = write()
    for command in commands:
        kubectl(*command)
    eventually(write)
    for command in commands:
        place = [flag for flag in command if flag.startswith("--namespace")]
        kubectl("delete", command[1], command[2], *place)

    assert refused.status == 403
    assert len(commands) == 2


def account(workbench: Workbench) -> Api:
    """Speak to the API server as cert-manager, which may write Secrets."""
    accounts = f"/api/v1/namespaces/{manifests.NAMESPACE}/serviceaccounts"
    workbench.create(accounts, manifests.account())
    made = workbench.create(f"{accounts}/{manifests.ACCOUNT}/token", {"spec": {}})
    bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{manifests.NAMESPACE}/rolebindings"
    subject = {
        "kind": "ServiceAccount",
        "namespace": manifests.NAMESPACE,
        "name": manifests.ACCOUNT,
    }
    edit = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}
    body = {"metadata": {"name": "edit"}, "roleRef": edit, "subjects": [subject]}
    workbench.create(bindings, body)
    api = Api(workbench.api.url, token=made["status"]["token"], ca_file=workbench.api.ca_file)
    eventually(lambda: api.request("POST", WRITES, {"metadata": {"name": "own"}}))
    return api
