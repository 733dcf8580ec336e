"""What the documents tell owners to read Events by: kubectl alone shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.cli.conftest import HELD
from tests.lab.kubectl import Kubectl
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

pytestmark = [
    pytest.mark.controlplane,
    pytest.mark.parametrize("server", ["controlplane"], indirect=True),
]


@pytest.fixture
def kubectl(server: Server, tmp_path: Path) -> Kubectl:
    """Ask that cluster."""
    return Kubectl(server.admin_kubeconfig, tmp_path)


@pytest.fixture
def told(workbench: Workbench, handler: Handler) -> None:
    """Have a Secret and a ConfigMap whose owners are told that something is in the way."""
    for namespace in ("prod", "dev"):
        workbench.namespace(namespace)
    asking = PERMISSION | {names.AUTO_NAMESPACES: "dev"}
    for make in (workbench.secret, workbench.config_map):
        make("dev", "tls", {"mine": HELD})
        make("prod", "tls", {"key": HELD}, annotations=asking)
    handler.resync()


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("kind", ["secret", "configmap"])
def test_an_owner_reads_by_kubectl_alone_why_there_is_no_mirror(
    kubectl: Kubectl, kind: str
) -> None:
    printed = kubectl("events", "-n", "prod", "--for", f"{kind}/tls")

    assert "MirrorConflict" in printed
    assert "(KM401)" in printed


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("kind", "shown"), [("secret", False), ("configmap", True)])
def test_describe_shows_events_of_configmaps_and_not_of_secrets(
    kubectl: Kubectl, kind: str, *, shown: bool
) -> None:
    """So no document sends an owner there: most sources are Secrets."""
    printed = kubectl("describe", kind, "tls", "-n", "prod")

    assert ("MirrorConflict" in printed) is shown
