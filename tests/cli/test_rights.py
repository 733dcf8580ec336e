"""`kubectl mirror` with the rights of an application developer, and with none."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

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
    assert (one.code, all_.code) == (1, 1)


@pytest.mark.usefixtures("mirrored")
def test_who_may_edit_a_namespace_is_told_which_right_would_show_who_wants_a_mirror_there(
    mirror: Mirror, as_whom: Callable[[str], None]
) -> None:
    as_whom("edit")

    said = mirror("explain", "secret/other")

    assert said.out.startswith("There is no Secret shop/other.")
    assert 'cannot list resource "secrets"' in said.out


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["status", "-A"],
        ["status", "prod/tls"],
        ["explain", "secret/tls"],
        ["explain", "prod/tls", "-n", "shop"],
        ["explain", "ingress/home"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("role", ["view", ""], ids=["a viewer", "nobody"])
def test_whoever_may_see_nothing_is_told_which_right_is_missing(
    mirror: Mirror, as_whom: Callable[[str], None], role: str, command: list[str]
) -> None:
    as_whom(role)

    said = mirror(*command)

    assert said.code >= 1
    told = said.out + said.err
    assert "Traceback" not in told
    assert "please report" not in told
    assert "forbidden" in told.lower() or "There is no Ingress" in told
