"""Credential plugins: programs that kubeconfigs name, which say who asks.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
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
    """

    spec: Mapping[str, Any]
    cluster: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)

    def ask(self) -> Credential:
        """Run it; what it asks of whoever is there it writes to stderr.

        Raises:
            SettingError: it is not there, fails, or says nothing that is understood.
        """
        command = [str(self.spec.get("command", "")), *map(str, self.spec.get("args") or ())]
        try:
            done = subprocess.run(  # noqa: S603 (the kubeconfig's owner names it)
                command, env=self._environment(), stdout=subprocess.PIPE, check=False, text=True
            )
        except OSError as error:
            hint = str(self.spec.get("installHint") or "").strip()
            raise SettingError(
                f"The kubeconfig's credential plugin {command[0]} cannot be run: "
                f"{error.strerror}. {hint or 'Install it, or choose another user.'}"
            ) from error
        if done.returncode != 0:
            raise SettingError(
                f"The kubeconfig's credential plugin {command[0]} failed with exit code "
                f"{done.returncode}. Try kubectl with the same kubeconfig."
            )
        return self._read(command[0], done.stdout)

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
        if data := self.cluster.get("certificate-authority-data"):
            told["certificate-authority-data"] = data
        extensions = {
            each.get("name"): each.get("extension") for each in self.cluster.get("extensions") or ()
        }
        told["config"] = extensions.get("client.authentication.k8s.io/exec")
        return {"cluster": told}

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
                f"The kubeconfig's credential plugin {command} wrote no {_KIND} with a token or "
                "a certificate. Try kubectl with the same kubeconfig."
            )
        return found
