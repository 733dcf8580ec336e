"""cert-manager and kn-mirror on one node: a Certificate is asked for, and is everywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.certmanager import installations, manifests
from tests.certmanager.certificates import Certificate
from tests.certmanager.pairs import is_pair
from tests.lab.node import published
from tests.lab.node.images import Image
from tests.lab.programs import built
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually
from tests.secrecy import found_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.clusters import Workbench
    from tests.lab.node.machines import Machine
    from tests.node.installations import Installation

    Report = Callable[[str, object], None]

pytestmark = pytest.mark.programs(cert_manager())

TEAMS: Final = ("team-one", "team-two")


@pytest.fixture
def certificate(workbench: Workbench, installation: Installation) -> Iterator[Certificate]:
    """Run cert-manager in a pod, and have the functions at zero; nothing is asked for yet."""
    for team in TEAMS:
        workbench.namespace(team)
    installations.install(installation.machine.plane)
    published.apply(installation.machine, [deployment(installation.machine)])
    installation.machine.roll_out(manifests.NAMESPACE, within=60)
    installation.settle()
    found = Certificate(workbench, "wildcard-igresc-com")
    yield found
    found.delete()
    eventually(found.is_forgotten, within=60)


def deployment(machine: Machine) -> dict[str, Any]:
    """Describe cert-manager's controllers, as a Deployment of the node."""
    image = machine.runtime.add(Image("dev.local/cert-manager:tests", built(cert_manager())))
    labels = {"app": manifests.ACCOUNT}
    containers = [{"name": manifests.ACCOUNT, "image": image, "imagePullPolicy": "Never"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": manifests.ACCOUNT, "namespace": manifests.NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"serviceAccountName": manifests.ACCOUNT, "containers": containers},
            },
        },
    }


def test_functions_come_from_zero_for_a_certificate_and_again_for_its_renewal(
    workbench: Workbench,
    installation: Installation,
    certificate: Certificate,
    record_property: Report,
) -> None:
    everywhere = {each["metadata"]["name"] for each in workbench.objects("Namespace")}
    everywhere.remove(manifests.NAMESPACE)
    with installation.pods_made() as made:
        start = time.monotonic()
        first = certificate.issue()
        eventually(lambda: certificate.is_in(everywhere), within=60)
        issued = time.monotonic() - start
    installation.settle()

    start = time.monotonic()
    second = certificate.renew()
    eventually(lambda: certificate.is_in(everywhere), within=60)
    renewed = time.monotonic() - start

    record_property("Certificate asked for, from zero to all mirrors", f"{issued:.2f} s")
    record_property("Certificate renewed, from zero to all mirrors", f"{renewed:.2f} s")
    assert {name.rpartition("-0000")[0] for name in made} >= {"on-secret-update"}
    assert is_pair(first)
    assert is_pair(second)
    assert first["tls.key"] != second["tls.key"]
    assert found_in(installation.collected(), lines_of(first, second)) == []


def lines_of(*held: dict[str, bytes]) -> list[bytes]:
    """Return the lines of keys and certificates that are theirs alone."""
    lines = [line for data in held for value in data.values() for line in value.splitlines()]
    return [line for line in lines if len(line) > 40]
