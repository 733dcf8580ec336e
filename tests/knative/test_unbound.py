"""Policies know whom they are about by the bindings of the functions: what if one is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.conformance.clusters import auto
from tests.knative.manifests import FUNCTIONS
from tests.knative.people import Person
from tests.knative.probes import Probes
from tests.knative.test_guard_mirrors import mirror
from tests.lab.api import JSON_PATCH, MERGE_PATCH, Api
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.clusters import Cluster
    from tests.lab.api import Answer
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

BINDINGS: Final = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
BINDING: Final = "kn-mirror-on-resync"
SECRETS: Final = "/api/v1/namespaces/dev/secrets"
EVENTS: Final = "/api/v1/namespaces/dev/events"
FORGED: Final = {"metadata": {"name": "forged"}}
OUTSIDE: Final = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "outside"}


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


class Bindings:
    """The ClusterRoleBindings of the functions, in an administrator's hands."""

    def __init__(self, bench: Workbench, function: Api) -> None:
        self._api = bench.api
        probes = Probes(bench.api, function, bench.api).of
        # By the one of on-resync, and of it alone, the policy `steady` knows what it is about.
        self._is_known, self._is_guarded = probes["kn-mirror-steady"], probes["kn-mirror-guard"]
        named = (f"kn-mirror-{each}" for each in FUNCTIONS)
        self._saved = {each: self._get(each) for each in named}

    def _get(self, name: str) -> dict[str, Any]:
        found = self._api.request("GET", f"{BINDINGS}/{name}").body
        metadata = {each: found["metadata"][each] for each in ("name", "labels")}
        return {**found, "metadata": metadata}

    def empty(self, *names: str) -> None:
        """Take all subjects out, and wait until the policies know."""
        for name in names:
            taken = [{"op": "remove", "path": "/subjects"}]
            self._api.request("PATCH", f"{BINDINGS}/{name}", taken, content_type=JSON_PATCH)
        eventually(lambda: not self._is_known())

    def rename(self) -> None:
        """Have that of on-resync called otherwise, and wait until the policies know."""
        saved = self._saved[BINDING]
        metadata = saved["metadata"] | {"name": "renamed"}
        self._api.request("DELETE", f"{BINDINGS}/{BINDING}")
        eventually(lambda: not self._is_known())
        self._api.request("POST", BINDINGS, {**saved, "metadata": metadata})
        eventually(self._is_guarded)

    def lead_with(self, subject: dict[str, str]) -> None:
        """Put somebody else first into that of on-resync, and wait until the policies know."""
        first = [{"op": "add", "path": "/subjects/0", "value": subject}]
        self._api.request("PATCH", f"{BINDINGS}/{BINDING}", first, content_type=JSON_PATCH)
        eventually(lambda: not self._is_known())

    def restore(self) -> None:
        """Have all of them as they were."""
        for name in (*self._saved, "renamed"):
            self._api.request("DELETE", f"{BINDINGS}/{name}")
        for each in self._saved.values():
            self._api.request("POST", BINDINGS, each)
        eventually(lambda: self._is_known() and self._is_guarded())


@pytest.fixture
def bindings(workbench: Workbench, token: Callable[[str], str]) -> Iterator[Bindings]:
    """Those of the functions, as they were again afterwards."""
    on_resync = Api(workbench.api.url, token=token("on-resync"), ca_file=workbench.api.ca_file)
    found = Bindings(workbench, on_resync)
    yield found
    found.restore()


@pytest.fixture
def others(workbench: Workbench, token: Callable[[str], str]) -> list[Api]:
    """The API server, as the other functions speak to it, which have their rights."""
    return [
        Api(workbench.api.url, token=token(each), ca_file=workbench.api.ca_file)
        for each in sorted(FUNCTIONS - {"on-resync"})
    ]


@pytest.fixture
def mirrored(cluster: Cluster) -> Cluster:
    """Secret prod/tls, and its mirror dev/tls."""
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    return cluster


def refused(api: Api) -> list[int]:
    """Write what no function may."""
    event = {**FORGED, "involvedObject": {"namespace": "dev"}}
    body = mirror("Secret/dev/forged", labels={"owner": "helm"})
    answers: list[Answer] = [
        api.request("POST", SECRETS, FORGED),
        api.request("POST", SECRETS, body),
        api.request("POST", EVENTS, event),
    ]
    assert all("ValidatingAdmissionPolicy" in each.body["message"] for each in answers)
    return [each.status for each in answers]


def test_whoever_writes_secrets_does_so_where_nobody_is_bound(
    workbench: Workbench, cluster: Cluster, bindings: Bindings
) -> None:
    """S10: a policy that cannot tell whom it is about is about nobody."""
    del cluster
    person = Person(workbench, "dev")

    bindings.empty(*(f"kn-mirror-{each}" for each in FUNCTIONS))
    change = {"data": {"key": "b25l"}}
    answers = [
        person.api.request("POST", SECRETS, {"metadata": {"name": "own"}}),
        person.api.request("PATCH", f"{SECRETS}/own", change, content_type=MERGE_PATCH),
        person.api.request("DELETE", f"{SECRETS}/own"),
    ]

    assert [each.status for each in answers] == [201, 200, 200]


def test_where_one_function_is_unbound_the_others_are_guarded(
    workbench: Workbench, cluster: Cluster, bindings: Bindings, others: list[Api]
) -> None:
    del cluster
    person = Person(workbench, "dev")

    bindings.empty(BINDING)

    assert person.api.request("POST", SECRETS, {"metadata": {"name": "own"}}).status == 201
    assert [refused(each) for each in others] == [[403, 403, 403]] * 3


def test_where_one_function_is_unbound_mirrors_are_protected_and_follow(
    workbench: Workbench, mirrored: Cluster, bindings: Bindings
) -> None:
    bindings.empty(BINDING)

    edited = workbench.api.request("DELETE", f"{SECRETS}/tls")
    heir = {"metadata": {"name": "heir", "annotations": {"kn-mirror.dev/succeeds": "prod/tls"}}}
    declared = workbench.api.request("POST", SECRETS, heir)
    mirrored.change("prod/tls", key="two")

    assert (edited.status, declared.status) == (403, 403)
    assert mirrored.data("dev/tls") == {"key": "two"}


def test_a_binding_of_another_name_is_one(
    cluster: Cluster, bindings: Bindings, compromised: Api
) -> None:
    """S10: each function that it gives its rights is guarded."""
    del cluster

    bindings.rename()

    assert refused(compromised) == [403, 403, 403]


@pytest.mark.parametrize("name", ["outside", "system:serviceaccount:other:account"])
def test_whoever_has_a_functions_rights_is_guarded_as_it_is(
    workbench: Workbench, cluster: Cluster, bindings: Bindings, compromised: Api, name: str
) -> None:
    del cluster

    bindings.lead_with({**OUTSIDE, "name": name})
    answer = workbench.api.request("POST", SECRETS, FORGED, Impersonate_User=name)

    assert answer.status == 403
    assert "kn-mirror may create mirrors and nothing else" in answer.body["message"]
    assert refused(compromised) == [403, 403, 403]


@pytest.mark.parametrize(
    "subject",
    [
        {**OUTSIDE, "kind": "Group", "name": "system:authenticated"},
        {"kind": "ServiceAccount", "namespace": "dev", "name": "on-own"},
    ],
    ids=["of everybody", "of an account"],
)
def test_a_binding_to_another_role_says_nothing(
    workbench: Workbench,
    mirrored: Cluster,
    bindings: Bindings,
    compromised: Api,
    subject: dict[str, str],
) -> None:
    """Else who may bind what everybody may anyhow would have everybody's writes refused."""
    person = Person(workbench, "dev")
    role = {"apiGroup": OUTSIDE["apiGroup"], "kind": "ClusterRole", "name": "system:basic-user"}
    metadata = {"name": "any", "labels": {"kn-mirror.dev/account": "function"}}
    body = {"metadata": metadata, "roleRef": role, "subjects": [subject]}

    workbench.create(BINDINGS, body)
    # What the policies know of this one, they know of that before.
    bindings.lead_with(OUTSIDE)
    try:
        own = person.api.request("POST", SECRETS, {"metadata": {"name": "own"}})
        mirrored.change("prod/tls", key="two")
        edited = person.api.request("DELETE", f"{SECRETS}/tls")
        forged = refused(compromised)
    finally:
        workbench.api.request("DELETE", f"{BINDINGS}/any")

    assert (own.status, edited.status, forged) == (201, 403, [403, 403, 403])
    assert mirrored.data("dev/tls") == {"key": "two"}
