"""The story of a certificate: from its issue to its end, whatever carries the events."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from mirroring import names
from tests.lab.clusters import data_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.clusters import Workbench

# The label selector of what kn-mirror has made.
MIRRORS = "app.kubernetes.io/managed-by=kn-mirror"

NAME = "wildcard-igresc-com-tls"
TEAMS = [f"team-{number:02}" for number in range(20)]
PERMISSION = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
ANNOTATIONS = PERMISSION | {
    "cert-manager.io/certificate-name": "wildcard-igresc-com",
    names.AUTO_NAMESPACES: "^(?!kube-|kn|kourier-|default$|probe$).*",
}


def pair(serial: int) -> dict[str, bytes]:
    """A certificate and its key, to be recognised wherever they turn up."""
    return {"tls.crt": b"certificate %d" % serial * 20, "tls.key": b"private key %d" % serial * 20}


# What of them is looked for where no byte of a Secret may be.
SECRETS = tuple(value[:24] for serial in (1, 2, 3) for value in pair(serial).values())


def issue(workbench: Workbench, serial: int) -> None:
    """Write the source as cert-manager does, complete at once."""
    labels = {"controller.cert-manager.io/fao": "true"}
    workbench.secret(
        "cert-manager",
        NAME,
        pair(serial),
        annotations=ANNOTATIONS,
        labels=labels,
        type="kubernetes.io/tls",
    )


def renew(workbench: Workbench, serial: int) -> None:
    """Write key and certificate anew, in one write."""
    encoded = {key: base64.b64encode(value).decode() for key, value in pair(serial).items()}
    workbench.patch("Secret", "cert-manager", NAME, {"data": encoded})


def held(workbench: Workbench) -> dict[str, dict[str, bytes]]:
    """What the mirrors hold, by namespace."""
    found = workbench.objects("Secret", fieldSelector=f"metadata.name={NAME}")
    by_namespace = {each["metadata"]["namespace"]: data_of(each) for each in found}
    by_namespace.pop("cert-manager", None)
    return by_namespace


def story(workbench: Workbench, resync: Callable[[], None]) -> None:
    """Play it; every chapter ends when what it asks for is so."""

    def becomes(namespaces: list[str], serial: int) -> None:
        resync()
        wanted = {namespace: pair(serial) for namespace in namespaces}
        eventually(lambda: held(workbench) == wanted, within=60)

    for name in ("cert-manager", *TEAMS):
        workbench.namespace(name)
    issue(workbench, 1)
    becomes(TEAMS, 1)

    everyone = [*TEAMS, "team-new"]
    workbench.namespace("team-new")
    becomes(everyone, 1)

    renew(workbench, 2)
    renew(workbench, 3)
    becomes(everyone, 3)

    workbench.delete("Secret", "team-03", NAME)
    becomes(everyone, 3)

    workbench.patch("Secret", "team-04", NAME, {"stringData": {"tls.key": "forged"}})
    becomes(everyone, 3)

    workbench.annotate("Secret", "cert-manager", NAME, {names.ALLOWED: None})
    becomes([], 3)

    workbench.annotate("Secret", "cert-manager", NAME, PERMISSION)
    becomes(everyone, 3)

    workbench.delete("Secret", "cert-manager", NAME)
    becomes([], 3)
