"""What the tests of the invariants have in common: one source, prod/tls, and five apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring import names

if TYPE_CHECKING:
    from tests.lab.clusters import Workbench

EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
APPS = "app-.*"
TO_APPS = EVERYWHERE | {names.AUTO_NAMESPACES: APPS, names.ALLOWED_NAMESPACES: APPS}


def write_source(workbench: Workbench, value: str) -> None:
    """Write the source prod/tls for the first time."""
    workbench.secret("prod", "tls", {"key": value}, annotations=TO_APPS)


def renew_source(workbench: Workbench, value: str) -> None:
    """Give the source another value."""
    workbench.patch("Secret", "prod", "tls", {"stringData": {"key": value}})


def values(workbench: Workbench, namespaces: list[str]) -> list[bytes | None]:
    """What each namespace's mirror holds."""
    return [(workbench.data(name, "tls") or {}).get("key") for name in namespaces]
