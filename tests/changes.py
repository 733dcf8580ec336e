"""What tests change in a cluster where kn-mirror is at work, and how that shows in its mirrors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from mirroring import names
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import data_of
from tests.lab.waiting import eventually
from tests.stories import MIRRORS, PERMISSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.clusters import Workbench

APPS: Final = [f"app-{number}" for number in range(5)]
TO_APPS: Final = PERMISSION | {names.AUTO_NAMESPACES: "app-.*"}
# What the five mirrors of each of two sources hold before ten changes, after five, and after all.
UNCHANGED: Final[Mapping[str, list[bytes]]] = {"tls-0": [b"0"] * 5, "tls-1": [b"0"] * 5}
FIFTH: Final[Mapping[str, list[bytes]]] = {"tls-0": [b"4"] * 5, "tls-1": [b"5"] * 5}
TENTH: Final[Mapping[str, list[bytes]]] = {"tls-0": [b"10"] * 5, "tls-1": [b"9"] * 5}

# The events of a renewal, however many mirrors are written for it: one of the source, none of them.
ONE_LOOK: Final[Mapping[str, int]] = {
    "on-secret-update": 1,
    "on-namespace-create": 0,
    "on-delete-cleanup": 0,
    "on-resync": 0,
}


class Audited(Protocol):
    """An installation whose functions tell what they did."""

    def audit(self, function: str, *, after: int = 0) -> list[dict[str, Any]]: ...


def make_two_sources(workbench: Workbench) -> None:
    """Make two sources, for five namespaces each."""
    for name in ("prod", *APPS):
        workbench.namespace(name)
    for name in UNCHANGED:
        workbench.secret("prod", name, {"key": "0"}, annotations=TO_APPS)


def change(workbench: Workbench, number: int) -> None:
    """Renew one of the two."""
    workbench.patch("Secret", "prod", f"tls-{number % 2}", {"stringData": {"key": str(number)}})


def values(workbench: Workbench) -> dict[str, list[bytes]]:
    """What the mirrors hold, by name."""
    found = workbench.objects("Secret", labelSelector=MIRRORS)
    by_name: dict[str, list[bytes]] = {}
    for each in found:
        by_name.setdefault(each["metadata"]["name"], []).append(data_of(each)["key"])
    return by_name


def differences(installation: Audited, *, after: int) -> list[int]:
    """What the resyncs found, apart from nothing, leaving out the first audit lines."""
    lines = installation.audit("on-resync", after=after)
    return [line["differences"] for line in lines if line["differences"]]


def change_unrelated(workbench: Workbench, number: int) -> None:
    """Change objects that mirroring has nothing to do with, four times."""
    name = f"unrelated-{number}"
    workbench.secret("shop", name, {"key": "one"})
    workbench.config_map("shop", name, {"key": "one"})
    workbench.patch("Secret", "shop", name, {"stringData": {"key": "two"}})
    workbench.delete("ConfigMap", "shop", name)


def withdraw(workbench: Workbench) -> None:
    """Delete all sources, and wait until their mirrors are gone.

    A mirror that went with its namespace while its source is still there would be made again, maybe
    in the moment in which the namespace goes.
    """
    for path in workbench.names("Secret", labelSelector="kn-mirror.dev/role=source"):
        workbench.delete("Secret", *path.split("/"))
    eventually(lambda: not workbench.names("Secret", labelSelector=MIRRORS), within=60)
    forget_ends(workbench)


def forget_ends(workbench: Workbench) -> None:
    """Have nothing kept for sources that went: the next test may have others of their names."""
    lease = "/apis/coordination.k8s.io/v1/namespaces/kn-mirror/leases/kn-mirror-ends"
    forgotten = {"metadata": {"annotations": {"kn-mirror.dev/ended": None}}}
    workbench.api.request("PATCH", lease, forgotten, content_type=MERGE_PATCH)
