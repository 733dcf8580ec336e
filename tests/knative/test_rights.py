"""Rights: what the documents say of each account is what the API server says, and all is used."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mirroring import names
from tests.conformance.clusters import allowed, auto, reflects
from tests.e2e.conftest import handler_of
from tests.knative.installations import NAMESPACE, token_of, user_of
from tests.knative.manifests import FUNCTIONS, WATCHERS, of_kind
from tests.lab.api import MERGE_PATCH, Api
from tests.lab.controlplane import requests_seen
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.kubectl import Kubectl

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane

    Rights = frozenset[tuple[str, str]]

pytestmark = pytest.mark.controlplane

LEASES: Final = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "rights.md"


@pytest.fixture
def kubeconfig_of(
    workbench: Workbench, knative_plane: ControlPlane, tmp_path: Path
) -> Callable[[str], Path]:
    """Write the kubeconfig of one of the accounts."""

    def write(account: str) -> Path:
        path = tmp_path / f"{account}.kubeconfig"
        write_kubeconfig(
            path,
            url=knative_plane.url,
            ca_file=knative_plane.ca_file,
            user=account,
            token=token_of(workbench, account),
        )
        return path

    return write


def documented(account: str, *, where: str) -> Rights:
    """Read the table: resources and verbs, one pair each."""
    found: set[tuple[str, str]] = set()
    named = ""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or not line.startswith("|"):
            continue
        named = cells[0].strip("`") or named
        if named == account and cells[1] in {"everywhere", where}:
            found |= {(r, v) for r in cells[2].split(", ") for v in cells[3].split(", ")}
    return frozenset(found)


def listed(kubectl: Kubectl, namespace: str) -> Rights:
    """Ask as kubectl does: a line has resources, other paths, names and `[verbs]`."""
    said = kubectl("auth", "can-i", "--list", "--no-headers", f"--namespace={namespace}")
    found: set[tuple[str, str]] = set()
    for line in said.splitlines():
        # Of a path that is no resource's there is no name in the first column.
        what = line.split()[0]
        verbs = line.rpartition("[")[2].rstrip("]").split()
        found |= {(what, verb) for verb in verbs}
    return frozenset(found)


@pytest.mark.parametrize("account", sorted(FUNCTIONS | WATCHERS))
@pytest.mark.parametrize("namespace", ["default", NAMESPACE])
def test_an_account_may_what_the_documents_say_and_nothing_else(
    kubeconfig_of: Callable[[str], Path], tmp_path: Path, account: str, namespace: str
) -> None:
    own = listed(Kubectl(kubeconfig_of(account), tmp_path), namespace)
    anybodys = listed(Kubectl(kubeconfig_of("default"), tmp_path), namespace)

    assert own - anybodys == documented(account, where=f"namespace `{namespace}`")
    assert not any("*" in right for pair in own - anybodys for right in pair)


def follow_object(handler: Handler, kind: str, namespace: str, name: str) -> None:
    handler.reconcile(namespace, name, kind)


def follow_namespaces(handler: Handler, _kind: str, _namespace: str, _name: str) -> None:
    for namespace in ("dev", "stage"):
        handler.reconcile_namespace(namespace)


def resync(handler: Handler, _kind: str, _namespace: str, _name: str) -> None:
    handler.resync()


HANDLERS: Final[dict[str, Callable[[Handler, str, str, str], None]]] = {
    "on-secret-update": follow_object,
    "on-delete-cleanup": follow_object,
    "on-namespace-create": follow_namespaces,
    "on-resync": resync,
}


def live(bench: Workbench, kind: str, happened: Callable[[str, str, str], None]) -> None:
    """Let a source be issued, renewed, narrowed and ended, a mirror edited, and two refused."""
    make = bench.secret if kind == "Secret" else bench.config_map
    everywhere = auto(reflection_auto_namespaces="dev,stage")
    make("prod", "tls", {"key": "one"}, annotations=everywhere)
    happened(kind, "prod", "tls")
    data = {"stringData" if kind == "Secret" else "data": {"key": "two"}}
    bench.patch(kind, "prod", "tls", data)
    happened(kind, "prod", "tls")
    bench.patch(kind, "dev", "tls", {"data": {"key": "b3RoZXI="}})
    happened(kind, "dev", "tls")
    make("dev", "taken", {"theirs": "stays"})
    make("prod", "taken", {"key": "one"}, annotations=auto(reflection_auto_namespaces="dev"))
    happened(kind, "prod", "taken")
    make("prod", "private", {"key": "one"}, annotations=allowed(reflection_allowed_namespaces="a"))
    make("dev", "refused", {}, annotations=reflects("prod/private"))
    happened(kind, "dev", "refused")
    bench.annotate(kind, "prod", "tls", auto(reflection_auto_namespaces="dev"))
    happened(kind, "prod", "tls")
    bench.annotate(kind, "prod", "tls", {names.ALLOWED: "false"})
    happened(kind, "prod", "tls")


@pytest.mark.parametrize("account", sorted(FUNCTIONS))
def test_a_function_uses_every_right_that_it_has(
    workbench: Workbench,
    knative_plane: ControlPlane,
    kubeconfig_of: Callable[[str], Path],
    account: str,
) -> None:
    for name in ("prod", "dev", "stage"):
        workbench.namespace(name)
    workbench.api.request("DELETE", LEASES)
    workbench.api.request("POST", LEASES, {"metadata": {"name": "kn-mirror-ends"}})
    handler = handler_of(kubeconfig_of(account))
    overtaken = partial(workbench.annotate, "Secret", "dev", "tls", {"any": "thing"})
    handler.before("PATCH", "/dev/secrets/tls", overtaken)

    with requests_seen(knative_plane, user_of(account)) as seen:
        for kind in ("Secret", "ConfigMap"):
            live(workbench, kind, partial(HANDLERS[account], handler))

    roles = [each for kind in ("ClusterRole", "Role") for each in of_kind("default", kind)
             if each["metadata"]["name"] in {f"kn-mirror-{account}", account}]  # fmt: skip
    granted = {(resource, verb) for role in roles for rule in role["rules"]
               for resource in rule["resources"] for verb in rule["verbs"]}  # fmt: skip
    assert {(request.resource, request.verb) for request in seen.requests} == granted


@pytest.mark.parametrize("account", ["on-namespace-create", "on-resync"])
def test_a_namespaces_owner_is_told_of_a_misspelt_annotation_in_the_namespace(
    workbench: Workbench, kubeconfig_of: Callable[[str], Path], account: str
) -> None:
    """R29: no right is needed that the account has not, and no Event is refused."""
    for name in ("dev", "stage"):
        workbench.namespace(name)
    workbench.annotate("Namespace", "", "dev", {"kn-mirror.dev/accepts": "none"})

    HANDLERS[account](handler_of(kubeconfig_of(account)), "", "", "")

    events = workbench.api.request("GET", "/api/v1/namespaces/dev/events").body["items"]
    assert [each["reason"] for each in events] == ["InvalidNamespace"]
    assert events[0]["involvedObject"]["kind"] == "Namespace"


def test_on_resync_keeps_its_leases_and_reads_no_other(
    workbench: Workbench, token: Callable[[str], str]
) -> None:
    workbench.api.request("DELETE", LEASES)
    others = {"metadata": {"name": "others"}, "spec": {"holderIdentity": "others"}}
    workbench.create(LEASES, others)
    own = {"metadata": {"name": "kn-mirror-resync"}, "spec": {"holderIdentity": "on-resync"}}
    api = Api(workbench.api.url, token=token("on-resync"), ca_file=workbench.api.ca_file)

    def statuses(name: str) -> list[int]:
        place, change = f"{LEASES}/{name}", {"spec": {"leaseDurationSeconds": 900}}
        written = api.request("PATCH", place, change, content_type=MERGE_PATCH)
        return [written.status, api.request("GET", place).status]

    made = api.request("POST", LEASES, own)
    workbench.create(LEASES, {"metadata": {"name": "kn-mirror-ends"}})
    kept = statuses("kn-mirror-resync") + statuses("kn-mirror-ends")
    denied = statuses("others")
    removed = api.request("DELETE", f"{LEASES}/kn-mirror-resync")

    assert made.status == 201
    assert kept == [200, 200, 200, 200]
    assert denied == [403, 403]
    assert removed.status == 403


@pytest.mark.parametrize("account", sorted(FUNCTIONS - {"on-resync"}))
def test_no_other_function_makes_a_lease(
    workbench: Workbench, token: Callable[[str], str], account: str
) -> None:
    api = Api(workbench.api.url, token=token(account), ca_file=workbench.api.ca_file)

    answer = api.request("POST", LEASES, {"metadata": {"name": "kn-mirror-resync"}})

    assert answer.status == 403
