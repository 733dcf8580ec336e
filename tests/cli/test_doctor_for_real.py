"""`kubectl mirror doctor` on a real API server, with what the manifests really are there."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from kubectl_mirror import VERSION
from kubectl_mirror.checking import parts, policies
from kubectl_mirror.checking.catalogue import CHECKS
from kubectl_mirror.checking.rights import RIGHTS, Right
from tests.cli import pictures
from tests.cli.diagnoses import findings, results
from tests.cli.test_doctor import KEYS
from tests.cli.worlds import NAMESPACE, lease
from tests.knative.conftest import (
    installation,
    knative_plane,
    kubectl,
    server,
    token,
    workbench,
)
from tests.knative.manifests import of_kind
from tests.lab.api import MERGE_PATCH
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Said
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

__all__ = ["installation", "knative_plane", "kubectl", "server", "token", "workbench"]

ROOT: Final = Path(__file__).parents[2]
KINDS: Final = (
    "serving.knative.dev/v1/services",
    "eventing.knative.dev/v1/brokers",
    "eventing.knative.dev/v1/triggers",
    "sources.knative.dev/v1/apiserversources",
    "sources.knative.dev/v1/pingsources",
)
# Of Knative's own parts none is in the control plane.
WITHOUT_KNATIVE: Final = {"KM913": "error", "KM914": "error", "KM915": "warning"}


@pytest.fixture(scope="module", params=["default", "drop-in", "hardened"])
def overlay(request: pytest.FixtureRequest) -> str:
    """Which overlay is installed."""
    return str(request.param)


@pytest.fixture
def ready(workbench: Workbench) -> Iterator[Workbench]:
    """kn-mirror, of which Knative's controllers say that all is ready, as they would."""
    api = workbench.api
    paths = [f"/apis/{kind.rpartition('/')[0]}/namespaces/{NAMESPACE}/{kind.rpartition('/')[2]}"
             for kind in KINDS]  # fmt: skip
    said = {"conditions": [{"type": "Ready", "status": "True"}], "observedGeneration": 9}
    for path in paths:
        for each in api.request("GET", path).body["items"]:
            own = f"{path}/{each['metadata']['name']}/status"
            answer = api.request("PATCH", own, {"status": said}, content_type=MERGE_PATCH)
            assert answer, answer.body
    workbench.secret(NAMESPACE, KEYS, {"2026-11-26": "held by nobody but Secrets"})
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
    made = lease(datetime.now(UTC))
    renewed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    del made["metadata"]["resourceVersion"]
    workbench.create(leases, {**made, "spec": {"renewTime": renewed}})
    yield workbench
    workbench.delete("Secret", NAMESPACE, KEYS)
    api.request("DELETE", f"{leases}/{made['metadata']['name']}")


@pytest.mark.controlplane
@pytest.mark.usefixtures("ready")
def test_an_overlay_as_it_was_applied_is_well(mirror: Mirror) -> None:
    said = mirror("doctor", "-o", "json")

    assert results(said.document) == WITHOUT_KNATIVE


@pytest.mark.controlplane
@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("overlay", ["default"], indirect=True)
def test_its_picture_shows_what_it_prints(server: Server) -> None:
    """Nothing of Knative is there but the kinds that it serves."""
    pictures.hold("doctor", "doctor", pictures.shown("doctor", server.admin_kubeconfig))


@pytest.mark.controlplane
@pytest.mark.usefixtures("ready")
def test_what_is_taken_from_it_is_found(
    mirror: Mirror, kubectl: Callable[..., str], overlay: str
) -> None:
    rbac, admission = "rbac.authorization.k8s.io", "validatingadmissionpolicybinding"
    kubectl("delete", f"clusterrolebinding.{rbac}", "kn-mirror-watch-objects")
    kubectl("delete", admission, "kn-mirror-guard-events")
    kubectl("delete", "trigger.eventing.knative.dev", "adapter-started", "-n", NAMESPACE)
    try:
        said = mirror("doctor", "-o", "json")
    finally:
        kubectl("apply", "-k", str(ROOT / "knative" / "overlays" / overlay))

    found = results(said.document)
    assert {code: found[code] for code in ("KM921", "KM932", "KM941")} == {
        "KM921": "error",
        "KM932": "error",
        "KM941": "error",
    }
    assert "list secrets in all namespaces" in findings(said.document, "KM941")[0]["because"]


@pytest.mark.controlplane
@pytest.mark.usefixtures("ready")
def test_an_expression_that_the_api_server_does_not_understand_is_found(
    mirror: Mirror, workbench: Workbench
) -> None:
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
            "resources": ["limitranges"]}  # fmt: skip
    workbench.create(
        path,
        {
            "metadata": {"name": "kn-mirror-odd"},
            "spec": {
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [{"expression": "object.speck.limits.size() > 0"}],
            },
        },
    )
    try:
        eventually(lambda: mirror("doctor", "-o", "name").out.count("KM933") == 1, within=30)
        said = mirror("doctor", "-o", "json")
    finally:
        workbench.api.request("DELETE", f"{path}/kn-mirror-odd")

    [found] = findings(said.document, "KM933")
    assert "kn-mirror-odd, spec.validations[0].expression" in found["because"]


@pytest.mark.controlplane
@pytest.mark.usefixtures("ready")
def test_an_account_without_rights_is_told_which_would_show_more(
    mirror: Mirror, token: Callable[[str], str]
) -> None:
    said = mirror("doctor", "-o", "json", "--token", token("default"))

    assert said.code == 2
    unknown = {code for code, result in results(said.document).items() if result == "unknown"}
    assert {*results(said.document)} == unknown
    assert "Traceback" not in said.err
    assert findings(said.document, "KM941")[0]["because"] == (
        "You may not list clusterrolebindings.rbac.authorization.k8s.io of the whole cluster."
    )


def named(overlay: str, kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in of_kind(overlay, kind)}


@pytest.mark.parametrize(
    ("overlay", "kind", "wanted"),
    [
        ("default", "Service", parts.FUNCTIONS),
        ("default", "Trigger", parts.TRIGGERS + parts.LABELLED_TRIGGERS),
        ("default", "ApiServerSource", parts.WATCHES + parts.LABELLED_WATCHES),
        ("default", "PingSource", parts.TICKS),
        ("default", "ValidatingAdmissionPolicy", policies.GUARDS),
        ("default", "MutatingAdmissionPolicy", policies.LABELLING),
        ("drop-in", "Service", parts.FUNCTIONS),
        ("drop-in", "Trigger", parts.TRIGGERS),
        ("drop-in", "ApiServerSource", parts.WATCHES),
        ("drop-in", "ValidatingAdmissionPolicy", policies.GUARDS),
        ("drop-in", "MutatingAdmissionPolicy", ()),
    ],
)
def test_what_is_looked_for_is_what_the_manifests_have(
    overlay: str, kind: str, wanted: tuple[str, ...]
) -> None:
    assert named(overlay, kind) == {*wanted}


def granted(kind: str) -> dict[str, set[Right]]:
    """Return what the roles of a kind grant, by the account that each is called after."""
    found: dict[str, set[Right]] = {}
    for role in of_kind("default", kind):
        account = role["metadata"]["name"].removeprefix("kn-mirror-")
        rights = found.setdefault(account, set())
        for rule in role["rules"]:
            every: Any = product(
                rule["verbs"], rule["apiGroups"], rule["resources"], rule.get("resourceNames", [""])
            )
            for verb, group, resource, name in every:
                full = f"{resource}.{group}" if group else resource
                rights.add(Right(verb, full, name, kind == "Role"))
    return found


def test_the_rights_that_are_wanted_are_those_that_the_manifests_grant() -> None:
    everywhere, own = granted("ClusterRole"), granted("Role")

    accounts = everywhere.keys() | own.keys()
    assert {each: everywhere.get(each, set()) | own.get(each, set()) for each in accounts} == RIGHTS


def test_the_command_is_of_the_version_that_the_project_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION


def test_each_check_has_its_place_in_the_documents() -> None:
    page = (ROOT / "docs" / "codes.md").read_text()
    heads = {line.lstrip("# ") for line in page.splitlines() if line.startswith("#")}

    assert {check.code for check in CHECKS} <= heads
