"""Who may do what on the control plane, and the files by which they come in."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_RBAC: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who comes in by a token.

    Args:
        name: theirs.
        group: the one that they are in; `system:masters` may do everything.
        rules: what else they may do, in the whole cluster, as a ClusterRole says it.
    """

    name: str
    group: str = ""
    rules: tuple[Mapping[str, Any], ...] = ()

    @property
    def rights(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What has to be written for the rules to count: the collection, and the object."""
        if not self.rules:
            return
        metadata = {"name": self.name}
        role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": self.name}
        subject = {"apiGroup": _RBAC, "kind": "User", "name": self.name}
        yield f"/apis/{_RBAC}/v1/clusterroles", {"metadata": metadata, "rules": self.rules}
        yield (
            f"/apis/{_RBAC}/v1/clusterrolebindings",
            {"metadata": metadata, "roleRef": role, "subjects": [subject]},
        )


ADMIN: Final = User("admin", "system:masters")
CONTROLLERS: Final = User("system:kube-controller-manager", "system:masters")
# Those of every control plane.
BUILT_IN: Final = (ADMIN, CONTROLLERS)


def new_tokens(users: Iterable[User]) -> Mapping[str, str]:
    """Make a bearer token for each user, by name."""
    return MappingProxyType({user.name: secrets.token_urlsafe(16) for user in users})


def write_token_file(path: Path, users: Iterable[User], tokens: Mapping[str, str]) -> None:
    """Write tokens as kube-apiserver's `--token-auth-file` reads them: token, user, uid, groups."""
    path.write_text(
        "".join(f"{tokens[each.name]},{each.name},{each.name},{each.group}\n" for each in users)
    )


def write_signing_key(path: Path) -> None:
    """Write a fresh ECDSA key, by which kube-apiserver signs the tokens of ServiceAccounts.

    An elliptic curve's private key is no more than a random number, so the standard library can
    make one. The form is RFC 5915's without the optional public key: version, number, curve P-256.
    """
    # The first byte is halved, which keeps the number below the order of the curve.
    number = bytes([secrets.randbelow(0x7F), *secrets.token_bytes(31)])
    der = bytes.fromhex("303102010104 20") + number + bytes.fromhex("a00a06082a8648ce3d030107")
    text = base64.encodebytes(der).decode()
    path.write_text(f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n")


def write_kubeconfig(path: Path, *, url: str, ca_file: Path, user: str, token: str) -> None:
    """Write a kubeconfig with one context (JSON, which is YAML too)."""
    cluster = {"server": url, "certificate-authority": str(ca_file)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": user}}],
        "current-context": "tests",
    }
    path.write_text(json.dumps(config, indent=2))
