"""cert-manager where kn-mirror's optional policies are in force: `gate` and `protect`."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from tests.certmanager.certificates import PERMISSION, Certificate
from tests.certmanager.installations import SELF_SIGNED
from tests.certmanager.manifests import ACCOUNT, NAMESPACE
from tests.knative.installations import token_of
from tests.knative.manifests import OVERLAY_FOLDER
from tests.knative.people import DECLARE, PERMIT, Grant, Person
from tests.knative.probes import Probes
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import RefusedError, Workbench, data_of
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certmanager.conftest import Cluster
    from tests.certmanager.journals import Journal

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]

POLICIES: Final = ("gate", "protect")
ASKED: Final = ("kn-mirror-gate", "kn-mirror-gate-ingresses", "kn-mirror-protect")
FOLDER: Final = OVERLAY_FOLDER.parent / "policies"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
REQUEST: Final = Grant("request-certificates", "cert-manager.io", "certificates")
RULES: Final = [{"apiGroups": [REQUEST.group], "resources": [REQUEST.resource], "verbs": ["*"]}]


@pytest.fixture(scope="module", autouse=True)
def in_force(cluster: Cluster) -> Iterator[None]:
    """Have both policies in force for the tests of this module."""
    plane = cluster.plane
    function = plane.api_of(token_of(Workbench(plane.api()), "on-resync"))
    probes = Probes(plane.api(), function, plane.api("functions"))
    asked = [probes.of[name] for name in ASKED]
    for name in POLICIES:
        cluster.kubectl("apply", "-k", str(FOLDER / name))
    eventually(lambda: all(is_in_force() for is_in_force in asked))
    yield
    for name in POLICIES:
        cluster.kubectl("delete", "-k", str(FOLDER / name))
    eventually(lambda: not any(is_in_force() for is_in_force in asked))


@contextmanager
def bound(workbench: Workbench, grant: Grant, bindings: str) -> Iterator[None]:
    """Give cert-manager's account a role, in one namespace or in all, for a while."""
    group = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"generateName": "cert-manager-"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": grant.role},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
    }
    made = workbench.create(bindings, binding)["metadata"]["name"]
    yield
    workbench.api.request("DELETE", f"{bindings}/{made}")
    eventually(lambda: not may(workbench, grant))


def may(workbench: Workbench, grant: Grant) -> bool:
    """Whether cert-manager has what a role gives, where the seed's Certificate is."""
    asked = {
        "verb": "create",
        "group": grant.group,
        "resource": grant.resource,
        "namespace": NAMESPACE,
    }
    user = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
    spec: dict[str, Any] = {"user": user, "resourceAttributes": asked}
    return bool(workbench.create(REVIEWS, {"spec": spec})["status"]["allowed"])


@contextmanager
def granted(workbench: Workbench) -> Iterator[None]:
    """Give cert-manager what a source takes that is mirrored everywhere."""
    with ExitStack() as stack:
        in_its_own = f"{RBAC}/namespaces/{NAMESPACE}/rolebindings"
        stack.enter_context(bound(workbench, DECLARE, in_its_own))
        stack.enter_context(bound(workbench, PERMIT, f"{RBAC}/clusterrolebindings"))
        eventually(lambda: may(workbench, DECLARE) and may(workbench, PERMIT))
        yield


@pytest.fixture
def permitted(workbench: Workbench, certificate: Certificate) -> Iterator[Certificate]:
    """The seed's certificate, which cert-manager may make a source."""
    with granted(workbench):
        yield certificate


def test_cert_manager_issues_and_renews_what_it_may_declare(
    permitted: Certificate, namespaces: set[str]
) -> None:
    permitted.issue()
    eventually(lambda: permitted.is_in(namespaces))

    permitted.renew()

    eventually(lambda: permitted.is_in(namespaces))


def test_what_cert_manager_may_not_declare_is_written_as_soon_as_it_may(
    certificate: Certificate, namespaces: set[str], cluster: Cluster, workbench: Workbench
) -> None:
    said = len(cluster.controllers.log.read_text())
    certificate.request()
    eventually(lambda: "may not declare a source" in cluster.controllers.log.read_text()[said:])
    before = certificate.held

    with granted(workbench):
        eventually(lambda: certificate.is_in(namespaces), within=60)

    assert before == {}


def test_a_renewal_takes_no_right_since_it_declares_nothing_new(
    certificate: Certificate, namespaces: set[str], workbench: Workbench
) -> None:
    with granted(workbench):
        certificate.issue()

    certificate.renew()

    eventually(lambda: certificate.is_in(namespaces))


@pytest.fixture
def theirs(workbench: Workbench, namespaces: set[str]) -> Iterator[Certificate]:
    """A Certificate as somebody asks for it who may ask for Certificates in `team-one`."""
    assert "team-one" in namespaces
    role = {"metadata": {"name": REQUEST.role}, "rules": RULES}
    workbench.create(f"{RBAC}/clusterroles", role)
    person = Person(workbench, "team-one")
    person.grant(REQUEST, "team-one")
    found = Certificate(Workbench(person.api), "own", namespace="team-one")
    yield found
    found.delete()
    workbench.api.request("DELETE", f"{RBAC}/clusterroles/{REQUEST.role}")


def test_who_may_ask_for_certificates_may_not_have_sources_made_of_them(
    theirs: Certificate,
) -> None:
    """cert-manager would write whatever the template says, with rights of its own."""
    with pytest.raises(RefusedError, match="may not declare a source of mirrors in namespace"):
        theirs.request()


def test_a_template_that_is_changed_into_a_sources_takes_the_right_too(
    theirs: Certificate,
) -> None:
    theirs.request(annotations={})

    with pytest.raises(RefusedError, match="may not declare a source of mirrors in namespace"):
        theirs.change_template(annotations=PERMISSION)


TEAM: Final = "team-one"
INGRESSES: Final = f"/apis/networking.k8s.io/v1/namespaces/{TEAM}/ingresses"
CERTIFICATES: Final = f"/apis/cert-manager.io/v1/namespaces/{TEAM}/certificates"


def ingress(name: str, *, template: str | None) -> dict[str, Any]:
    """Make an Ingress that asks for a certificate in a Secret of its name."""
    asked = {"cert-manager.io/cluster-issuer": SELF_SIGNED}
    annotations = asked | ({"cert-manager.io/secret-template": template} if template else {})
    tls = [{"hosts": [f"{name}.example.com"], "secretName": name}]
    backend = {"service": {"name": name, "port": {"number": 80}}}
    metadata = {"name": name, "annotations": annotations}
    return {"metadata": metadata, "spec": {"defaultBackend": backend, "tls": tls}}


@pytest.fixture
def declaring(workbench: Workbench, namespaces: set[str]) -> Iterator[None]:
    """Let cert-manager declare what is asked for in `team-one`, as the documents say."""
    assert TEAM in namespaces
    with ExitStack() as stack:
        stack.enter_context(bound(workbench, DECLARE, f"{RBAC}/namespaces/{TEAM}/rolebindings"))
        stack.enter_context(bound(workbench, PERMIT, f"{RBAC}/clusterrolebindings"))
        eventually(lambda: may(workbench, PERMIT))
        yield
    for place in (INGRESSES, CERTIFICATES):
        workbench.api.request("DELETE", place)


@pytest.mark.usefixtures("declaring")
def test_of_an_ingress_no_source_is_made_whose_writer_may_declare_none(
    workbench: Workbench,
) -> None:
    """F7: cert-manager makes the Certificate as itself, and may do both."""
    person = Person(workbench, TEAM)
    template = json.dumps({"annotations": PERMISSION})

    refused = person.api.request("POST", INGRESSES, ingress("shop", template=template))
    own = person.api.request("POST", INGRESSES, ingress("own", template=None))
    assert (refused.status, own.status) == (403, 201)
    assert workbench.get("Secret", TEAM, "shop") is None
    assert workbench.api.request("GET", f"{CERTIFICATES}/shop").status == 404


@pytest.mark.usefixtures("declaring")
def test_of_an_ingress_cert_manager_makes_the_source_that_its_writer_may_declare(
    workbench: Workbench,
) -> None:
    """F7: what is refused to others would come of it, by cert-manager's own ingress-shim."""
    template = json.dumps({"annotations": PERMISSION})

    asked = workbench.api.request("POST", INGRESSES, ingress("paid", template=template))
    plain = workbench.api.request("POST", INGRESSES, ingress("free", template=None))

    assert (asked.status, plain.status) == (201, 201)
    eventually(lambda: workbench.get("Secret", TEAM, "free") is not None, within=60)
    eventually(lambda: PERMISSION.items() <= annotated(workbench, "paid").items(), within=60)
    assert not PERMISSION.keys() & annotated(workbench, "free").keys()


def annotated(workbench: Workbench, name: str) -> dict[str, str]:
    """Return the annotations of a Secret in `team-one`; none where it is not there."""
    found = workbench.get("Secret", TEAM, name)
    return dict(found["metadata"].get("annotations", {})) if found else {}


@pytest.mark.usefixtures("declaring")
def test_who_may_not_declare_a_source_may_not_have_it_issued_under_another_name(
    workbench: Workbench,
) -> None:
    """F21: of what is admitted, cert-manager would make a source of any name."""
    admitted = Certificate(workbench, "admitted", namespace=TEAM)
    admitted.issue()
    role = {"metadata": {"name": REQUEST.role}, "rules": RULES}
    workbench.create(f"{RBAC}/clusterroles", role)
    person = Person(workbench, TEAM)
    person.grant(REQUEST, TEAM)

    change = {"spec": {"secretName": "any-other-name"}}
    place = f"{CERTIFICATES}/{admitted.name}"
    answer = person.api.request("PATCH", place, change, content_type=MERGE_PATCH)
    workbench.api.request("DELETE", f"{RBAC}/clusterroles/{REQUEST.role}")

    assert answer.status == 403
    assert workbench.get("Secret", TEAM, "any-other-name") is None


def test_cert_manager_cannot_take_a_mirror_for_a_certificate_in_its_namespace(
    permitted: Certificate, namespaces: set[str], cluster: Cluster, journal: Journal
) -> None:
    permitted.issue()
    eventually(lambda: permitted.is_in(namespaces))
    own = Certificate(permitted.workbench, permitted.name, namespace="team-one")
    said = len(cluster.controllers.log.read_text())

    own.request(annotations={})

    refusal = f"is a mirror of {permitted.namespace}/{permitted.secret}, and only kn-mirror"
    eventually(lambda: refusal in cluster.controllers.log.read_text()[said:])
    own.delete()
    states = journal.sources(own)
    taken = [each for each in states if names.CERTIFICATE in each["metadata"]["annotations"]]
    assert taken == []
    assert [each for each in map(data_of, states) if each != permitted.held] == []
