"""The cluster, by kubectl: as whoever installs reaches it, with their rights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

from installer.errors import InstallerError
from kubectl_mirror.access.accounts import account_of
from kubectl_mirror.access.clusters import Flags, impersonated
from kubectl_mirror.access.transports import joined
from mirroring.cluster.transports import HttpTransport
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.cluster.protocols import Transport

Manifest = dict[str, Any]


class RefusedError(InstallerError):
    """kubectl did not do it; the message is kubectl's own."""


class Cluster:
    """A cluster that kubectl knows.

    Args:
        context: its name in the user's kubeconfig.
        program: kubectl, by name or path.
    """

    def __init__(self, context: str, program: str = "kubectl") -> None:
        self.context = context
        self._program = program

    def require(self) -> None:
        """See that it can be asked.

        Raises:
            InstallerError: there is no kubectl or no such context, or the cluster does not answer.
        """
        if not shutil.which(self._program):
            raise InstallerError(
                f"There is no {self._program} on PATH. Install it "
                "(https://kubernetes.io/docs/tasks/tools/), or name it: KUBECTL=…"
            )
        known = self._run(self._program, "config", "get-contexts", "--output=name").split()
        if self.context not in known:
            named = (
                f"There is no context {self.context!r}" if self.context else "No context is named"
            )
            raise InstallerError(
                f"{named}. Name one by CONTEXT=…; there are: {', '.join(sorted(known)) or 'none'}."
            )
        self.kubectl("version", "--output=json", "--request-timeout=30s")

    def version(self) -> str:
        """Return what its API server calls itself, as in `v1.36.3`."""
        return str(json.loads(self.kubectl("get", "--raw", "/version"))["gitVersion"])

    def kubectl(self, *arguments: str, fed: str | None = None) -> str:
        """Run kubectl, and return what it says.

        Args:
            arguments: its own, without the context.
            fed: is given to its standard input.

        Raises:
            RefusedError: it failed.
        """
        return self._run(*self.command(*arguments), fed=fed)

    def command(self, *arguments: str) -> list[str]:
        """Return the command by which kubectl does something on this cluster."""
        return [self._program, f"--context={self.context}", *arguments]

    def create(self, manifest: Mapping[str, Any]) -> None:
        """Make an object, which nobody sees in a list of processes.

        Raises:
            RefusedError: it is there, or may not be made.
        """
        self.kubectl("create", "--filename=-", fed=json.dumps(manifest))

    def transport(self) -> Transport:
        """Return a way past kubectl, by which what is written is written as it was seen.

        Raises:
            SettingError: kubectl's kubeconfig cannot be read here, or has no way to the cluster.
        """
        flags = Flags(context=self.context)
        context = flags.chosen()
        meant = impersonated(context, flags)
        return _AsMeant(HttpTransport(account_of(context, os.environ), Settings()), meant)

    def list(self, kinds: str, *flags: str) -> list[Manifest]:
        """Return the objects of some kinds."""
        listed = json.loads(self.kubectl("get", kinds, "--output=json", *flags))
        return list(listed["items"])

    def served(self, api_version: str) -> frozenset[str]:
        """Name the kinds that the API server serves of a version of an API, none where it has none.

        Args:
            api_version: as in manifests: `v1`, `serving.knative.dev/v1`.
        """
        return _served(self, api_version)

    def _run(self, *command: str, fed: str | None = None) -> str:
        done = subprocess.run(  # noqa: S603 (arguments are this package's own)
            command,
            input=fed,
            stdin=subprocess.DEVNULL if fed is None else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise RefusedError(f"kubectl {' '.join(command[1:])}: {said}")
        return done.stdout


class _AsMeant:
    """A transport that says with each request who is meant, as `Transport` says."""

    def __init__(self, transport: Transport, meant: Mapping[str, str]) -> None:
        self._transport, self._meant = transport, meant

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Send a request, as whom the kubeconfig means."""
        sent = joined(headers, self._meant)
        return self._transport.request(
            method, path, query=query, headers=sent, body=body, most=most
        )


@cache
def _served(cluster: Cluster, api_version: str) -> frozenset[str]:
    path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    try:
        listed = json.loads(cluster.kubectl("get", "--raw", path))
    except RefusedError as error:
        if "(NotFound)" in str(error):
            return frozenset()
        raise
    return frozenset(each["kind"] for each in listed["resources"])
