"""The account of a pod, as Kubernetes hands it to every container."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from mirroring.cluster.accounts import Account
from mirroring.cluster.proxies import proxy_to
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Where every container finds it.
FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TOKEN_IS_FRESH: Final = 60.0  # seconds, as in client-go; kubelet renews it long before its end

_log = logging.getLogger(__name__)


def is_in_pod(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether Kubernetes has handed over an account."""
    return "KUBERNETES_SERVICE_HOST" in environment and folder.is_dir()


def from_pod(environment: Mapping[str, str], folder: Path) -> Account:
    """Read the pod's account.

    Args:
        environment: names the API server.
        folder: has the token, and by whom the API server's certificate is signed.

    Raises:
        SettingError: a part of it is not there, or is empty.
    """
    certificates = folder / "ca.crt"
    try:
        token = Token(folder / "token")
        if not certificates.read_bytes().strip():
            raise SettingError(_incomplete(f"{certificates} is empty"))
    except OSError as error:
        raise SettingError(_incomplete(str(error))) from error
    server = _server(environment)
    tls = {"cert_reqs": "CERT_REQUIRED", "ca_certs": str(certificates)}
    return Account(server, token, tls, proxy_to(server, environment))


def namespace(folder: Path) -> str:
    """Return the namespace that the pod is in; empty where there is no pod."""
    try:
        return (folder / "namespace").read_text().strip()
    except OSError:
        return ""


class Token:
    """A token in a file, which kubelet replaces long before it expires.

    Args:
        file: holds it.
        clock: tells seconds.

    Raises:
        OSError: the file cannot be read.
        SettingError: there is nothing in it.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._lock = Lock()
        self._header = self._read()

    def header(self) -> str:
        """Return the header `Authorization`; it is read again when a minute has gone by."""
        with self._lock:
            if self._clock() >= self._until:
                self._read_again()
            return self._header

    def renew(self, refused: str) -> bool:
        """Read it again if it is the one that was refused, and say whether it is another now."""
        with self._lock:
            if self._header == refused:
                self._read_again()
            return self._header != refused

    def _read_again(self) -> None:
        """Read it, or stay with the last one, which may still be good."""
        try:
            self._header = self._read()
        except (OSError, SettingError) as error:
            _log.warning("The token cannot be read again: %s", error)

    def _read(self) -> str:
        token = self._file.read_text().strip()
        if not token:
            raise SettingError(_incomplete(f"{self._file} is empty"))
        self._until = self._clock() + _TOKEN_IS_FRESH
        return f"Bearer {token}"


def _server(environment: Mapping[str, str]) -> str:
    names = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
    host, port = (environment.get(name, "") for name in names)
    if not host or not port:
        raise SettingError(_incomplete(f"{' or '.join(names)} is not set"))
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _incomplete(what: str) -> str:
    return (
        f"No way to the API server: {what}. Let the pod have its service account's token "
        "(automountServiceAccountToken)."
    )
