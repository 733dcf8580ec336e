"""What the tests of the invariants have in common: one source, prod/tls, and five apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring import names
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.reporting.reports import Report
    from tests.lab.clusters import Workbench

EVERYWHERE = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
APPS = "app-.*"
TO_APPS = EVERYWHERE | {names.AUTO_NAMESPACES: APPS, names.ALLOWED_NAMESPACES: APPS}


def write(
    workbench: Workbench,
    path: str,
    value: str,
    kind: str = "Secret",
    annotations: Mapping[str, str] | None = None,
) -> None:
    """Write an object of either kind for the first time."""
    make = workbench.secret if kind == "Secret" else workbench.config_map
    namespace, name = path.split("/")
    make(namespace, name, {"key": value}, annotations=annotations)


def write_source(workbench: Workbench, value: str, kind: str = "Secret") -> None:
    """Write the source prod/tls for the first time."""
    write(workbench, "prod/tls", value, kind, TO_APPS)


def renew_source(workbench: Workbench, value: str) -> None:
    """Give the source another value."""
    workbench.patch("Secret", "prod", "tls", {"stringData": {"key": value}})


def values(
    workbench: Workbench, namespaces: list[str], kind: str = "Secret", name: str = "tls"
) -> list[bytes | None]:
    """What each namespace's mirror holds."""
    return [(workbench.data(each, name, kind) or {}).get("key") for each in namespaces]


def told_of(report: Report) -> set[tuple[str, str]]:
    """Name the conflicts that were told: whose, and where."""
    conflicts = (each for each in report.outcomes if each.action is Action.CONFLICT)
    return {(each.source.path, each.target.path) for each in conflicts}
