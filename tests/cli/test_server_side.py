"""`kubectl mirror plan --server-side`, with every policy, quota and account there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from mirroring import names
from tests.cli.conftest import HELD
from tests.cli.test_plan import EVERYWHERE, lines, manifest
from tests.cli.test_rights import kubeconfig_of, token_of
from tests.e2e.conftest import handler_of
from tests.knative.conftest import (
    installation,
    knative_plane,
    kubectl,
    overlay,
    server,
    token,
    workbench,
)
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.waiting import eventually
from tests.policies import denied
from tests.stories import PERMISSION
from tests.webhooks import hanging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.servers import Server

    Mirror = Callable[..., Said]

__all__ = ["installation", "knative_plane", "kubectl", "overlay", "server", "token", "workbench"]

pytestmark = pytest.mark.controlplane

TLS: Final = {"tls.crt": HELD, "tls.key": HELD}
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
OVERLAY: Final = Path(__file__).parents[2] / "knative" / "overlays" / "default"
BINDING: Final = "clusterrolebinding.rbac.authorization.k8s.io"


@pytest.fixture
def handler(server: Server, token: Callable[[str], str], tmp_path: Path) -> Handler:
    """kn-mirror, with the rights that its manifests give."""
    assert server.ca_file
    path = tmp_path / "function.kubeconfig"
    account = {"user": "function", "token": token("on-resync")}
    write_kubeconfig(path, url=server.url, ca_file=server.ca_file, **account)
    return handler_of(path)


@pytest.fixture
def source(workbench: Workbench, teams: list[str]) -> None:
    """A certificate that asks for a mirror in each team's namespace."""
    assert teams
    workbench.secret("prod", "tls", TLS, annotations=EVERYWHERE, type="kubernetes.io/tls")


@pytest.fixture
def mirrored(source: None, handler: Handler) -> None:
    """The same, and its mirrors."""
    assert source is None
    handler.resync()


def state(workbench: Workbench) -> list[tuple[str, str, str]]:
    """Every Secret and ConfigMap in every state that it was in."""
    found = [each["metadata"] for kind in ("Secret", "ConfigMap")
             for each in workbench.objects(kind)]  # fmt: skip
    return sorted((each["namespace"], each["name"], each["resourceVersion"]) for each in found)


def answers(said: Said) -> list[tuple[str, str, str]]:
    """What was answered of which action, where."""
    asked: list[dict[str, Any]] = said.document["serverSide"]
    return [(each["action"], each["namespace"], each["answer"]) for each in asked]


@pytest.fixture
def full(workbench: Workbench, teams: list[str]) -> None:
    """A quota that admits no Secret to namespace dev."""
    assert teams
    path = "/api/v1/namespaces/dev/resourcequotas"
    hard = {"hard": {"count/secrets": "0"}}
    workbench.create(path, {"metadata": {"name": "none"}, "spec": hard})
    eventually(
        lambda: "used" in (workbench.api.request("GET", f"{path}/none").body.get("status") or {}),
        within=60,
    )


@pytest.mark.usefixtures("source")
def test_an_example_of_what_would_be_made_is_accepted_and_not_kept(
    mirror: Mirror, workbench: Workbench
) -> None:
    before = state(workbench)

    said = mirror("plan", "--server-side", "-o", "json")

    assert said.code == 1
    assert answers(said) == [("make", "dev", "accepted")]
    assert said.document["serverSide"][0]["account"] == "on-resync"
    assert said.document["serverSide"][0]["of"] == 3
    assert state(workbench) == before


@pytest.mark.usefixtures("mirrored")
def test_each_kind_of_write_is_asked_of_both_kinds_of_object_and_none_is_kept(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    """A deletion whose dry run is not said in its options would be one."""
    workbench.config_map("prod", "conf", {"a": "b"}, annotations=EVERYWHERE)
    handler.resync()
    pull = {names.REFLECTS: "prod/tls"}
    workbench.secret("dev", "pulled", TLS, annotations=pull, type="kubernetes.io/tls")
    less = {names.AUTO_NAMESPACES: "dev"}
    for kind, name, change in (
        ("Secret", "tls", {"data": {"tls.crt": "bmV3"}}),
        ("ConfigMap", "conf", {"data": {"a": "new"}}),
    ):
        workbench.patch(kind, "prod", name, change | {"metadata": {"annotations": less}})
    before = state(workbench)

    said = mirror("plan", "--server-side", "-o", "json")

    asked = [(each["kind"], each["name"], each["action"], each["answer"])
             for each in said.document["serverSide"]]  # fmt: skip
    assert sorted(asked) == [
        ("ConfigMap", "conf", "check", "accepted"),
        ("ConfigMap", "conf", "take away", "accepted"),
        ("Secret", "pulled", "change", "accepted"),
        ("Secret", "tls", "check", "accepted"),
        ("Secret", "tls", "take away", "accepted"),
    ]
    assert state(workbench) == before


@pytest.mark.usefixtures("full", "source")
def test_a_quota_that_is_used_up_blocks_the_step_and_is_named(mirror: Mirror) -> None:
    said = mirror("plan", "--server-side")

    assert said.code == 1
    assert lines(said) == [("!", "dev"), ("+", "shop"), ("+", "stage")]
    assert "refused by a dry run as on-resync" in said.out
    assert "exceeded quota: none" in said.out
    assert "refused (KM602)" in said.out
    assert "Plan: 2 to make, 0 to change, 0 to take away, 1 blocked." in said.out


@pytest.mark.usefixtures("source")
def test_a_policy_that_refuses_is_named(mirror: Mirror, workbench: Workbench) -> None:
    with denied(workbench, ["dev"]):
        said = mirror("plan", "--server-side", "-o", "json")

    [asked] = said.document["serverSide"]
    [blocked] = [each for each in said.document["steps"] if each["action"] == "blocked"]
    assert said.code == 1
    assert (asked["answer"], asked["code"]) == ("refused", "KM603")
    assert "ValidatingAdmissionPolicy 'theirs'" in asked["because"]
    assert "not here" in asked["because"]
    assert (blocked["namespace"], blocked["code"]) == ("dev", "KM603")


@pytest.mark.usefixtures("source")
def test_a_webhook_that_does_not_answer_is_no_error_of_the_question(
    mirror: Mirror, workbench: Workbench, knative_plane: ControlPlane
) -> None:
    with hanging(knative_plane, workbench, ["dev"]):
        said = mirror("plan", "--server-side", "-o", "json")

    [asked] = said.document["serverSide"]
    assert said.code == 1
    assert asked["answer"] == "refused"
    assert "failed calling webhook" in asked["because"]


@pytest.fixture
def without_rights(kubectl: Callable[..., str], server: Server) -> Iterator[None]:
    """An account of kn-mirror's that was left without its rights."""
    kubectl("delete", BINDING, "kn-mirror-on-resync")
    yield
    kubectl("apply", "-k", str(OVERLAY))
    assert server


@pytest.mark.usefixtures("source", "without_rights")
def test_a_right_that_the_account_lacks_is_named(mirror: Mirror) -> None:
    said = mirror("plan", "--server-side")

    assert said.code == 1
    assert "refused (KM601)" in said.out
    assert "system:serviceaccount:kn-mirror:on-resync" in said.out
    assert 'cannot create resource "secrets"' in said.out


class Somebody:
    """An account with rights of its own in the whole cluster."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._made: list[str] = []
        workbench.create("/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "dev"}})

    def may(self, name: str, rules: Sequence[Mapping[str, Any]], *, where: str = "") -> None:
        """Give it rights."""
        kind = "Role" if where else "ClusterRole"
        own = f"{RBAC}/namespaces/{where}" if where else RBAC
        roles, bindings = f"{own}/{kind.lower()}s", f"{own}/{kind.lower()}bindings"
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        subject = {"kind": "ServiceAccount", "name": "dev", "namespace": "shop"}
        bound = {"roleRef": reference, "subjects": [subject]}
        self._workbench.create(roles, {"metadata": {"name": name}, "rules": rules})
        self._workbench.create(bindings, {"metadata": {"name": name}, **bound})
        self._made += [f"{roles}/{name}", f"{bindings}/{name}"]

    def go(self) -> None:
        """Take all of them away."""
        for path in self._made:
            self._workbench.api.request("DELETE", path)


@pytest.fixture
def somebody(
    workbench: Workbench,
    source: None,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Somebody]:
    """Ask from then on as somebody who may read all that a plan reads."""
    assert source is None
    found = Somebody(workbench)
    found.may("reads", [
        rule("get list", "secrets configmaps namespaces"),
        rule("list", "services", group="serving.knative.dev"),
        rule("get", "leases", group="coordination.k8s.io"),
    ])  # fmt: skip
    kubeconfig = tmp_path / "somebody.kubeconfig"
    kubeconfig.write_text(json.dumps(kubeconfig_of(server, token_of(workbench, "dev"))))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    yield found
    found.go()


def rule(verbs: str, resources: str, *, group: str = "", **others: Any) -> Mapping[str, Any]:
    """Write a rule of RBAC."""
    named = {"verbs": verbs.split(), "resources": resources.split()}
    return {"apiGroups": [group], **named, **others}


def test_whoever_may_not_impersonate_the_account_is_told_which_right_that_takes(
    mirror: Mirror, somebody: Somebody
) -> None:
    said = mirror("plan", "--server-side")

    assert somebody
    assert (said.code, said.out) == (2, "")
    assert "you may not impersonate that account" in said.err
    assert "`kubectl auth can-i impersonate serviceaccounts/on-resync -n kn-mirror`" in said.err
    assert 'User "system:serviceaccount:shop:dev" cannot impersonate' in said.err


@pytest.fixture
def moved(somebody: Somebody, workbench: Workbench, handler: Handler) -> Somebody:
    """Who asks then, where mirrors are to be made, changed and taken away."""
    handler.resync()
    workbench.namespace("more")
    asked = {"annotations": {names.AUTO_NAMESPACES: "dev,more"}}
    workbench.patch("Secret", "prod", "tls", {"data": {"tls.crt": "bmV3"}, "metadata": asked})
    return somebody


@pytest.mark.parametrize(
    ("verb", "group", "writes"),
    [
        ("impersonate", "", []),
        # By which no Secret can be read.
        ("impersonate:serviceaccount", "authentication.k8s.io", ["create", "patch", "delete"]),
    ],
    ids=["for everything", "for writes"],
)
def test_the_right_to_impersonate_the_account_is_enough(
    mirror: Mirror, moved: Somebody, verb: str, group: str, writes: Sequence[str]
) -> None:
    account = rule(verb, "serviceaccounts", group=group, resourceNames=["on-resync"])
    moved.may("asks", [account], where="kn-mirror")
    verbs = " ".join(f"impersonate-on:serviceaccount:{each}" for each in writes)
    moved.may("writes", [rule(verbs, "secrets configmaps")] if verbs else [])

    eventually(lambda: mirror("plan", "--server-side").code != 2, within=30)

    asked = answers(mirror("plan", "--server-side", "-o", "json"))
    assert [(action, answer) for action, _, answer in sorted(asked)] == [
        ("check", "accepted"),
        ("make", "accepted"),
        ("take away", "accepted"),
    ]


def test_of_what_is_applied_the_account_is_that_of_the_event(
    mirror: Mirror, teams: list[str], tmp_path: Path, workbench: Workbench
) -> None:
    """Where a manifest makes the namespace, no dry run can ask."""
    annotated = PERMISSION | {names.AUTO_NAMESPACES: "dev,later"}
    data = {"tls.crt": "aGVsZA==", "tls.key": "aGVsZA=="}
    made = manifest("Secret", "prod", "new", annotated, type="kubernetes.io/tls", data=data)
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump_all([made, manifest("Namespace", "", "later", {})]))

    said = mirror("plan", "-f", str(path), "--server-side", "-o", "json")

    assert teams
    [asked] = said.document["serverSide"]
    assert (asked["account"], asked["namespace"]) == ("on-secret-update", "dev")
    assert (asked["answer"], asked["of"]) == ("accepted", 2)
    assert workbench.get("Namespace", "", "later") is None


def test_where_all_is_otherwise_by_what_is_applied_nothing_is_said_to_be_proved(
    mirror: Mirror, teams: list[str], tmp_path: Path
) -> None:
    annotated = PERMISSION | {names.AUTO_NAMESPACES: "later"}
    made = manifest("ConfigMap", "prod", "new", annotated, data={"a": "b"})
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump_all([made, manifest("Namespace", "", "later", {})]))

    said = mirror("plan", "-f", str(path), "--server-side", "-o", "json")

    assert teams
    assert answers(said) == [("make", "later", "unproved")]


@pytest.fixture
def reissued(workbench: Workbench, teams: list[str], handler: Handler) -> None:
    """An immutable source that was made anew, whose mirror is the former one's."""
    annotations = PERMISSION | {names.AUTO_NAMESPACES: "dev"}
    assert teams
    workbench.secret("prod", "tls", {"a": "b"}, annotations=annotations, immutable=True)
    handler.resync()
    workbench.delete("Secret", "prod", "tls")
    workbench.secret("prod", "tls", {"a": "c"}, annotations=annotations, immutable=True)


@pytest.mark.usefixtures("reissued")
def test_an_immutable_mirror_is_asked_of_as_it_is_made_anew(
    mirror: Mirror, workbench: Workbench
) -> None:
    before = state(workbench)

    said = mirror("plan", "--server-side", "-o", "json")

    [asked] = said.document["serverSide"]
    assert asked["answer"] == "accepted"
    assert "made anew" in asked["because"]
    assert state(workbench) == before


@pytest.mark.usefixtures("reissued")
def test_what_guard_refuses_kn_mirror_is_told(mirror: Mirror, workbench: Workbench) -> None:
    """Made anew, a mirror would get from kn-mirror the label of a tool."""
    label = {"argocd.argoproj.io/instance": "theirs"}
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": label}})

    said = mirror("plan", "--server-side", "-o", "json")

    [asked] = said.document["serverSide"]
    assert (said.code, asked["answer"], asked["code"]) == (1, "refused", "KM603")
    assert "ValidatingAdmissionPolicy 'kn-mirror-guard-mirrors'" in asked["because"]


@pytest.mark.usefixtures("mirrored")
def test_where_nothing_is_to_be_done_nothing_is_asked(mirror: Mirror) -> None:
    said = mirror("plan", "--server-side")

    assert (said.code, said.out) == (0, "")
    assert "Rights, quotas" not in said.err


@pytest.mark.usefixtures("source")
def test_it_says_what_it_did_not_prove(mirror: Mirror) -> None:
    said = mirror("plan", "--server-side")

    assert "values were made up" in said.err
    assert "Asked of the API server by a dry run" in said.out
    assert "one of 3 to make of secret/prod/tls, as on-resync" in said.out
