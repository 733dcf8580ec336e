"""Who may do what on the control plane, and the files by which they come in."""

from __future__ import annotations

import base64
import json
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# User name → group. The group `system:masters` may do everything.
USERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "admin": "system:masters",
        "functions": "kn-mirror",
        "outsider": "",
        "system:kube-controller-manager": "system:masters",
    }
)

_MAY_MIRROR = "kn-mirror"
_RBAC = "rbac.authorization.k8s.io"

# All that mirroring ever asks of an API server; no function of it needs more.
RIGHTS_OF_FUNCTIONS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    (
        f"/apis/{_RBAC}/v1/clusterroles",
        {
            "metadata": {"name": _MAY_MIRROR},
            "rules": [
                {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]},
                {
                    "apiGroups": [""],
                    "resources": ["secrets", "configmaps"],
                    "verbs": ["get", "list", "create", "patch", "delete"],
                },
                {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
                {
                    "apiGroups": ["coordination.k8s.io"],
                    "resources": ["leases"],
                    "verbs": ["get", "create", "patch"],
                },
            ],
        },
    ),
    (
        f"/apis/{_RBAC}/v1/clusterrolebindings",
        {
            "metadata": {"name": _MAY_MIRROR},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": _MAY_MIRROR},
            "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": "functions"}],
        },
    ),
)


def new_tokens() -> Mapping[str, str]:
    """Make a bearer token for each user."""
    return MappingProxyType({user: secrets.token_urlsafe(16) for user in USERS})


def write_token_file(path: Path, tokens: Mapping[str, str]) -> None:
    """Write tokens as kube-apiserver's `--token-auth-file` reads them: token, user, uid, groups."""
    path.write_text(
        "".join(f"{tokens[user]},{user},{user},{group}\n" for user, group in USERS.items())
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
