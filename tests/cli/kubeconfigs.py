"""Kubeconfigs for tests, and how others read them."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kubernetes import config
from kubernetes.client.configuration import Configuration

from tests.lab.kubectl import find_kubectl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVER: Final = "https://one.example:6443"
# No output of any command may have it.
TOKEN: Final = "held-by-nobody-but-the-kubeconfig"


def written(file: Path, **fields: object) -> Path:
    """Write a kubeconfig of one context, x, of cluster c and user u; return where it is.

    Args:
        file: where.
        fields: `cluster` and `user`, what these say; `context` what that says besides; whatever
            else is as the file has it.
    """
    cluster, user = fields.pop("cluster", {"server": SERVER}), fields.pop("user", {})
    context = {"cluster": "c", "user": "u", **_mapping(fields.pop("context", {}))}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": context}],
        "current-context": "x",
        **fields,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


def encoded(content: bytes) -> str:
    """Write bytes as a field that ends in `-data`."""
    return b64encode(content).decode()


def by_kubectl(files: Sequence[Path], *arguments: str) -> Mapping[str, Any]:
    """Return the context that kubectl takes of files: its cluster, user and namespace."""
    shown = subprocess.run(  # noqa: S603 (arguments are the tests' own)
        [find_kubectl(), "config", "view", "--minify", "--raw", "--output=json", *arguments],
        env={**os.environ, "KUBECONFIG": os.pathsep.join(map(str, files))},
        capture_output=True,
        check=True,
    )
    found = json.loads(shown.stdout)
    users = found.get("users") or [{"user": {}}]
    return {
        "cluster": found["clusters"][0]["cluster"],
        "user": users[0]["user"],
        "namespace": found["contexts"][0]["context"].get("namespace", "default"),
    }


def by_the_official_client(file: Path, context: str | None = None) -> Configuration:
    """Return what the official client for Python takes of a file."""
    found = Configuration()
    config.load_kube_config(str(file), context, client_configuration=found)
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    assert isinstance(value, dict)
    return value


# Says how it was asked, and answers.
_PLUGIN: Final = """\
#!/bin/sh
{{ printf '%s\\0' "$KUBERNETES_EXEC_INFO" "$*" "$ADDED"; cat; }} > "{heard}"
cat "{answer}"
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """How a plugin was asked.

    Args:
        info: what Kubernetes has it know.
        arguments: of its command line.
        added: the variable `ADDED`.
        read: what it read from standard input.
    """

    info: Mapping[str, Any]
    arguments: str
    added: str
    read: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """A credential plugin that says how it was asked.

    Args:
        file: the program.
    """

    file: Path

    @classmethod
    def written(cls, file: Path, answer: object) -> Plugin:
        """Write one that answers so."""
        file.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{file}.answer").write_text(json.dumps(answer))
        file.write_text(_PLUGIN.format(heard=f"{file}.heard", answer=f"{file}.answer"))
        file.chmod(0o755)
        return cls(file)

    @property
    def heard(self) -> Heard:
        """How it was asked last."""
        info, arguments, added, read = Path(f"{self.file}.heard").read_text().split("\0")
        return Heard(json.loads(info), arguments, added, read)


def asked_by_kubectl(kubeconfig: Path) -> None:
    """Have kubectl ask a plugin; that nobody answers it itself is as it is."""
    subprocess.run(  # noqa: S603 (arguments are the tests' own)
        [find_kubectl(), f"--kubeconfig={kubeconfig}", "get", "--raw=/", "--request-timeout=1s"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def credential(**status: str) -> Mapping[str, Any]:
    """What a plugin answers."""
    version = "client.authentication.k8s.io/v1"
    return {"apiVersion": version, "kind": "ExecCredential", "status": status}
