"""`kubectl mirror` with the rights of an application developer, and with none."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest

from kubectl_mirror.commands import ERROR
from mirroring import names
from tests.cli.conftest import HELD
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

pytestmark = [
    pytest.mark.controlplane,
    pytest.mark.parametrize("server", ["controlplane"], indirect=True),
]


# A right, as Kubernetes and as doctor name it.
NAMED = re.compile(r'cannot (?:get|list) resource "\w+"|[Yy]ou may not (?:get|list) [\w.]+')
COMMANDS = [
    "status",
    "status -A",
    "status prod/tls",
    "explain secret/tls",
    "explain prod/tls -n shop",
    "explain ingress/home",
    "plan",
    "plan prod/tls",
    "plan prod/tls --annotate auto-namespaces=dev",
    "plan -f {manifest}",
    "tree",
    "tree -A",
    "tree prod/tls -o svg",
    "log",
    "log -f",
    "sync",
    "sync -A --wait --timeout 1s",
    "sync prod/tls",
    "migrate",
    "migrate -o manifests",
]
# What whoever may edit one namespace lacks.
_ALL_SECRETS = 'cannot list resource "secrets" in API group "" at the cluster scope'
_ONE_SECRET = 'cannot get resource "secrets" in API group "" in the namespace "prod"'
RIGHTS = {
    "status": "list secrets in all namespaces",
    "status -A": _ALL_SECRETS,
    "explain prod/tls -n shop": _ONE_SECRET,
    "plan": _ALL_SECRETS,
    "plan prod/tls": _ONE_SECRET,
    "tree": "",
    "log": 'cannot list resource "pods" in API group "" in the namespace "kn-mirror"',
    "sync": "you may not get brokers.eventing.knative.dev in namespace kn-mirror",
    "migrate": _ALL_SECRETS,
}
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings"


@pytest.fixture
def as_whom(
    workbench: Workbench, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Ask from then on with a Kubernetes role in namespace shop, or with no right at all."""

    def become(role: str) -> None:
        workbench.create("/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "dev"}})
        if role:
            subject = {"kind": "ServiceAccount", "name": "dev", "namespace": "shop"}
            reference = {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": role,
            }
            workbench.create(
                RBAC.format("shop"),
                {"metadata": {"name": "dev"}, "subjects": [subject], "roleRef": reference},
            )
        kubeconfig = tmp_path / "dev.kubeconfig"
        kubeconfig.write_text(json.dumps(kubeconfig_of(server, token_of(workbench, "dev"))))
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))

    return become


def names_a_right(said: Said) -> bool:
    """Whether it names one; nobody has a right to what a viewer sees that it is not there."""
    told = said.out + said.err
    return bool(NAMED.search(told)) or "There is no Ingress" in told


def token_of(workbench: Workbench, account: str) -> str:
    """Have a token made for an account in namespace shop."""
    path = f"/api/v1/namespaces/shop/serviceaccounts/{account}/token"
    made = workbench.create(path, {"spec": {"expirationSeconds": 3600}})
    token: str = made["status"]["token"]
    return token


def kubeconfig_of(server: Server, token: str) -> object:
    """What a cluster's owner hands out."""
    assert server.ca_file
    authority = base64.b64encode(server.ca_file.read_bytes()).decode()
    cluster = {"server": server.url, "certificate-authority-data": authority}
    return {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
        "current-context": "x",
    }


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    """The manifest of a source, in a file."""
    path = tmp_path / "source.json"
    metadata = {"name": "tls", "namespace": "prod", "annotations": PERMISSION}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata}))
    return str(path)


@pytest.fixture
def mirrored(workbench: Workbench, handler: Handler, teams: list[str]) -> None:
    """A source with mirrors in dev and shop."""
    annotations = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=annotations)
    assert teams
    handler.resync()


@pytest.mark.usefixtures("mirrored")
def test_who_may_edit_a_namespace_is_told_what_its_mirrors_say(
    mirror: Mirror, as_whom: Callable[[str], None]
) -> None:
    as_whom("edit")

    one = mirror("explain", "secret/tls")
    all_ = mirror("status")

    assert "Secret shop/tls is a mirror of prod/tls, as it says itself" in one.out
    assert "It was written last" in one.out
    assert 'in the namespace "prod"' in one.out
    assert [line[:4] for line in all_.cells] == [["shop", "secret/tls", "prod/tls", "unknown"]]
    assert (one.code, all_.code) == (2, 2)
    assert (
        "it is as it was written, of itself; whether it is the source's takes the right to list "
        "secrets in all namespaces"
    ) in all_.out
    assert (one.err, all_.err) == ("", "")


@pytest.mark.usefixtures("mirrored")
def test_who_may_edit_a_namespace_is_told_which_right_would_show_who_wants_a_mirror_there(
    mirror: Mirror, as_whom: Callable[[str], None]
) -> None:
    as_whom("edit")

    said = mirror("explain", "secret/other")

    assert said.out.startswith("There is no Secret shop/other. (KM601)")
    assert 'cannot list resource "secrets"' in said.out
    assert said.code == 2


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("role", ["view", ""], ids=["a viewer", "nobody"])
def test_whoever_may_see_nothing_is_told_which_right_is_missing(
    mirror: Mirror, as_whom: Callable[[str], None], manifest: str, role: str
) -> None:
    as_whom(role)

    said = {each: mirror(*each.format(manifest=manifest).split()) for each in COMMANDS}

    assert {each: found.code for each, found in said.items()} == dict.fromkeys(said, ERROR)
    assert [each for each, found in said.items() if not names_a_right(found)] == []
    assert [each for each, found in said.items() if "please report" in found.err] == []


@pytest.mark.usefixtures("mirrored")
def test_who_may_edit_one_namespace_is_told_which_right_would_show_more(
    mirror: Mirror, as_whom: Callable[[str], None]
) -> None:
    as_whom("edit")

    said = {each: mirror(*each.split()) for each in RIGHTS}

    assert {each: found.code for each, found in said.items()} == dict.fromkeys(said, ERROR)
    told = {each: found.out + found.err for each, found in said.items()}
    assert [each for each in said if RIGHTS[each] not in told[each]] == []
    assert [each for each in said if "KM601" not in told[each]] == []


@pytest.mark.usefixtures("mirrored")
def test_who_may_edit_one_namespace_sees_its_mirrors_in_a_tree(
    mirror: Mirror, as_whom: Callable[[str], None]
) -> None:
    as_whom("edit")

    said = mirror("tree", "-o", "name")

    assert "secret/shop/tls" in said.out.split()


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("role", ["edit", "view", ""], ids=["an editor", "a viewer", "nobody"])
def test_a_doctor_without_rights_says_of_each_check_which_one_is_missing(
    mirror: Mirror, as_whom: Callable[[str], None], role: str
) -> None:
    as_whom(role)

    said = mirror("doctor", "-o", "json")

    checks = [each for category in said.document["categories"] for each in category["checks"]]
    unseen = [each["findings"] for each in checks if each["result"] == "unknown"]
    assert len(unseen) > len(checks) / 2
    assert [found for found in unseen if not any(NAMED.search(f["because"]) for f in found)] == []
    assert "please report" not in said.out
