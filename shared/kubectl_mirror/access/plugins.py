"""Credential plugins: programs that kubeconfigs name, which say who asks.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND: Final = "ExecCredential"


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What a plugin says.

    Args:
        token: a bearer token; empty for none.
        certificate: as PEM; empty for none.
        key: of the certificate, as PEM.
    """

    token: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A program that says who asks.

    Args:
        spec: what the kubeconfig says of it.
        cluster: the one that is asked, as the kubeconfig has it.
        environment: of this process.
        origin: the kubeconfig, as errors name it.
    """

    spec: Mapping[str, Any]
    cluster: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)
    origin: str = "the kubeconfig"

    def ask(self) -> Credential:
        """Run it; what it asks of whoever is there it writes to stderr.

        Raises:
            SettingError: it is not there, fails, or says nothing that is understood.
        """
        import subprocess  # noqa: PLC0415 (most kubeconfigs name no plugin)

        command, environment = self._understood()
        # What is not to be asked of anybody may not read what a command is given, as by `-f -`.
        stdin = None if self._is_interactive() else subprocess.DEVNULL
        try:
            done = subprocess.run(  # noqa: S603 (the kubeconfig's owner names it)
                command,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                check=False,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            hint = str(self.spec.get("installHint") or "").strip()
            raise SettingError(
                f"Credential plugin {command[0]} of {self.origin} cannot be run: "
                f"{error.strerror}. {hint or 'Install it, or choose another user.'}"
            ) from error
        if done.returncode != 0:
            raise SettingError(
                f"Credential plugin {command[0]} of {self.origin} failed with exit code "
                f"{done.returncode}. Try kubectl with the same kubeconfig."
            )
        return self._read(command[0], done.stdout)

    def _understood(self) -> tuple[list[str], dict[str, str]]:
        """Return the command and its environment, as far as the kubeconfig says them."""
        try:
            command = [str(self.spec["command"]), *map(str, self.spec.get("args") or ())]
            environment = self._environment()
        except (AttributeError, KeyError, TypeError):
            # What it says instead may be a credential.
            raise SettingError(
                f"The credential plugin of {self.origin} has no command, or arguments or variables "
                "that are not as Kubernetes has them. Compare kubectl config view."
            ) from None
        if self.spec.get("interactiveMode") == "Always" and not sys.stdin.isatty():
            raise SettingError(
                f"Credential plugin {command[0]} of {self.origin} has to ask somebody, and "
                "standard input is no terminal. Run it in one, or choose another user."
            )
        return command, environment

    def _environment(self) -> dict[str, str]:
        added = {each["name"]: str(each["value"]) for each in self.spec.get("env") or ()}
        told = {
            "apiVersion": self.spec.get("apiVersion"),
            "kind": _KIND,
            "spec": {"interactive": self._is_interactive()} | self._told_cluster(),
        }
        return {**self.environment, **added, "KUBERNETES_EXEC_INFO": json.dumps(told)}

    def _is_interactive(self) -> bool:
        return self.spec.get("interactiveMode") != "Never" and sys.stdin.isatty()

    def _told_cluster(self) -> dict[str, Any]:
        if not self.spec.get("provideClusterInfo"):
            return {}
        names = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url")
        told = {each: self.cluster[each] for each in names if each in self.cluster}
        if data := self._authority():
            told["certificate-authority-data"] = data
        extensions = {
            each.get("name"): each.get("extension") for each in self.cluster.get("extensions") or ()
        }
        told["config"] = extensions.get("client.authentication.k8s.io/exec")
        return {"cluster": told}

    def _authority(self) -> str:
        """Return the certificate authority as data, also where the kubeconfig names a file."""
        if data := self.cluster.get("certificate-authority-data"):
            return str(data)
        path = self.cluster.get("certificate-authority")
        return b64encode(Path(path).read_bytes()).decode() if path else ""

    def _read(self, command: str, text: str) -> Credential:
        try:
            status = json.loads(text)["status"]
            found = Credential(
                str(status.get("token") or ""),
                str(status.get("clientCertificateData") or ""),
                str(status.get("clientKeyData") or ""),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            found = Credential()
        if not (found.token or found.certificate):
            # What it wrote may be half of a credential.
            raise SettingError(
                f"Credential plugin {command} of {self.origin} wrote no {_KIND} with a token or "
                "a certificate. Try kubectl with the same kubeconfig."
            )
        return found
