"""docs/how-to: each command does what its page says, and prints what stands there.

`WRITE_PAGES=1` has the pages written anew, from what their commands print.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kubectl_mirror.commands import options
from mirroring import names
from tests.cli import pictures
from tests.cli.conftest import HELD
from tests.cli.pages import Page, Run, pages
from tests.lab.kubectl import Kubectl
from tests.secrecy import found_in
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

pytestmark = [
    pytest.mark.controlplane,
    pytest.mark.parametrize("server", ["controlplane"], indirect=True),
]

WILDCARD = "wildcard-igresc-com-tls"
PROJECT = Path(__file__).parents[2]
# By the name of its picture, what is shown of each command.
SHOWN = {
    "status": f"status cert-manager/{WILDCARD}",
    "explain": "explain ingress/homepage -n dashboard",
    "plan": f"plan cert-manager/{WILDCARD} --annotate auto-namespaces=shop,dashboard",
}
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/dashboard/ingresses"


class Later:
    """The clock of who asks 45 days later, so that no age is a matter of luck."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        """Say that time."""
        return datetime.now(zone) + timedelta(days=45, hours=1)


@pytest.fixture
def platform(workbench: Workbench, handler: Handler) -> None:
    """What the pages tell of: a wildcard certificate for two teams, and who else names it."""
    for name in ("cert-manager", "dashboard", "dev-web", "shop"):
        workbench.namespace(name)
    annotations = PERMISSION | {
        names.AUTO_NAMESPACES: "shop,dev-.*",
        "cert-manager.io/alt-names": "*.igresc.com,igresc.com",
    }
    workbench.secret("cert-manager", WILDCARD, {"key": HELD}, annotations=annotations)
    workbench.secret("shop", WILDCARD, {"key": HELD})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    tls = [{"hosts": ["home.igresc.com"], "secretName": WILDCARD}]
    ingress = {
        "metadata": {"name": "homepage"},
        "spec": {"tls": tls, "defaultBackend": backend},
    }
    workbench.create(INGRESSES, ingress)
    handler.resync()


@pytest.fixture
def run(mirror: Mirror, handler: Handler, server: Server, tmp_path: Path) -> Run:
    """Run what a page says, and let the functions follow what it writes."""
    kubectl = Kubectl(server.admin_kubeconfig, tmp_path)

    def do(words: list[str]) -> str:
        assert words[0] == "kubectl"
        if words[1] == "mirror":
            return mirror(*words[2:]).out
        printed = kubectl(*words[1:])
        handler.resync()
        return printed

    return do


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.path.stem)
def test_its_commands_print_what_stands_there(
    page: Page, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "datetime", Later)

    written = page.written_by(run)
    if os.environ.get("WRITE_PAGES"):
        page.path.write_text(written)

    assert page.commands
    assert written == page.path.read_text()


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("name", SHOWN)
def test_its_picture_shows_what_a_command_prints(name: str, server: Server) -> None:
    printed = pictures.shown(SHOWN[name], server.admin_kubeconfig)

    pictures.hold(name, SHOWN[name], printed)
    assert found_in({name: printed.encode()}, [HELD]) == []
