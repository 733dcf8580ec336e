"""Clusters to measure in: which namespaces, sources and unrelated objects they have."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from tests.lab.clusters import encode, path_of
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME: Final = "platform"
EVERYWHERE: Final = "wildcard-igresc-com-tls"
GROUP: Final = "example.com/group"

_OWN: Final = "kn-mirror"
_GROUPS: Final = 200
_KEY: Final = {"key": b"x" * 200}


@dataclass(frozen=True, slots=True)
class Landscape:
    """A cluster of teams, each of which has a namespace; teams belong to groups.

    The first source is a certificate. Each namespace has the ConfigMap that Kubernetes puts there.

    Args:
        namespaces: how many there are, at least 100.
        everywhere: how many sources have a mirror in every team's namespace.
        grouped: how many have them in those of one group: half say so by patterns, half by a label.
        unrelated: how many Secrets each namespace has that nobody mirrors.
    """

    namespaces: int
    everywhere: int = 1
    grouped: int = 99
    unrelated: int = 5

    @property
    def group_size(self) -> int:
        """How many namespaces a group has: one in 200, so that all grows with the cluster."""
        return max(1, self.namespaces // _GROUPS)

    @property
    def mirrors(self) -> int:
        """How many mirrors the sources ask for."""
        return self.everywhere * self.namespaces + self.grouped * self.group_size

    def teams(self) -> list[str]:
        """Name the namespaces, as in `team-017-03`."""
        size = self.group_size
        return [f"team-{n // size:03}-{n % size:02}" for n in range(self.namespaces)]

    def namespace_bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Make the namespaces, with those of the sources and of kn-mirror itself."""
        for name in (HOME, _OWN):
            yield path_of("Namespace", ""), {"metadata": {"name": name}}
        for name in self.teams():
            yield path_of("Namespace", ""), team_namespace(name, name.split("-")[1])

    def unrelated_bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Make what mirroring has nothing to do with."""
        for team in self.teams():
            # Its text is of a real certificate's length.
            root = {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "x" * 1100}}
            yield path_of("ConfigMap", team), root
            for number in range(self.unrelated):
                yield path_of("Secret", team), _unrelated(number)

    def source_bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Make the sources."""
        everywhere = PERMISSION | {names.AUTO_NAMESPACES: "team-.*"}
        yield source(EVERYWHERE, everywhere, certificate(), type_="kubernetes.io/tls")
        for number in range(1, self.everywhere):
            yield source(f"everywhere-{number}", everywhere, _KEY)
        for number in range(1, self.grouped + 1):
            yield source(f"shared-{number:02}", PERMISSION | _only_group(number), _KEY)


def source(
    name: str, annotations: Mapping[str, str], data: Mapping[str, bytes], *, type_: str = "Opaque"
) -> tuple[str, dict[str, Any]]:
    """Make a source: the path of its collection, and its body."""
    body = {
        "metadata": {"name": name, "annotations": dict(annotations)},
        "type": type_,
        "data": {key: encode(value) for key, value in data.items()},
    }
    return path_of("Secret", HOME), body


def team_namespace(name: str, group: str) -> dict[str, Any]:
    """Make a namespace of a group."""
    return {"metadata": {"name": name, "labels": {GROUP: group}}}


def certificate() -> dict[str, bytes]:
    """Make as many bytes as a certificate with its chain and its key have."""
    return {"tls.crt": secrets.token_bytes(3600), "tls.key": secrets.token_bytes(1700)}


def _only_group(number: int) -> dict[str, str]:
    if number % 2:
        return {names.AUTO_NAMESPACES_SELECTOR: f"{GROUP}={number:03}"}
    patterns = f"infra,staging-.*,team-{number:03}-.*,preview-[0-9]+,demo"
    return {names.AUTO_NAMESPACES: patterns}


def _unrelated(number: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/part-of": f"part-{number}"}
    return {
        "metadata": {"name": f"unrelated-{number}", "labels": labels},
        "data": {"password": encode(secrets.token_bytes(300))},
    }
