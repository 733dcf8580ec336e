"""What a pod is given: a service account, and an API server whose certificate it can check."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN: Final = "stand-in"

# Made for these tests alone: of 127.0.0.1, ::1 and localhost, signed by itself, for a century.
CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBrjCCAVSgAwIBAgIUaJbSqnP7UJA6h1dl43hcgDdjEDcwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSdGVzdHMgb2Yga24tbWlycm9yMCAXDTI2MTEyNjAwNDcxNloY
DzIxMjYxMTAyMDA0NzE2WjAdMRswGQYDVQQDDBJ0ZXN0cyBvZiBrbi1taXJyb3Iw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQq/GrXvK/nO/OKbiUZZwm6fRagE9NL
ZZSXpfrnzL97uaudGX7Bcdap3A0M/0fdNkFLg6EVXFlr7UvoWwHuWlJ3o3AwbjAP
BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQUnj80CLwF
mzUtEQMmO3L56oKrvhgwLAYDVR0RBCUwI4cEfwAAAYcQAAAAAAAAAAAAAAAAAAAA
AYIJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIQDWiZJNU/6DVWxAEhqgsWZ+
k/QO7UWTLBlHgMOcwsJDjQIgWSBixSE6Ozri+zR8q5OEMGfL1Lyi75E24UZ2N7au
DUg=
-----END CERTIFICATE-----
"""
_KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEspwBZs7OMKOdSWe
x7wDN4OAmZcnTJLHFBYMPRZ8b7+hRANCAAQq/GrXvK/nO/OKbiUZZwm6fRagE9NL
ZZSXpfrnzL97uaudGX7Bcdap3A0M/0fdNkFLg6EVXFlr7UvoWwHuWlJ3
-----END PRIVATE KEY-----
"""
# The same, by another key.
ANOTHER_CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBrjCCAVSgAwIBAgIUKB5AwWc7RpyD7BkzYgZgYFB7m+4wCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSdGVzdHMgb2Yga24tbWlycm9yMCAXDTI2MTEyNjAwNDcxNloY
DzIxMjYxMTAyMDA0NzE2WjAdMRswGQYDVQQDDBJ0ZXN0cyBvZiBrbi1taXJyb3Iw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT+gcRkkWchfjFPNJpJrgN7nwHdQ/01
dad9txc2cMryUypAtKlxOKCxhhyrgh7zLIcYMaG6DXcBuYEKZKiPGcrjo3AwbjAP
BgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAdBgNVHQ4EFgQU/UfNnrDn
z967E5SQpSbPzSh29cIwLAYDVR0RBCUwI4cEfwAAAYcQAAAAAAAAAAAAAAAAAAAA
AYIJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIETrRLCH7Z31UW1DjjTpwTnC
nohvxp0Di9jlarAX+JgLAiEAxzlvEYMUBDS/xXlPVYf4dTWaqpiuXd0sKFBl+ITj
SEI=
-----END CERTIFICATE-----
"""


def server_tls() -> ssl.SSLContext:
    """Make what a server needs that shows `CERTIFICATE`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        pair = Path(folder, "pair.pem")
        pair.write_text(_KEY + CERTIFICATE)
        context.load_cert_chain(pair)
    return context


def write_account(folder: Path, *, token: str = TOKEN, certificates: str = CERTIFICATE) -> None:
    """Write a service account as kubelet does."""
    (folder / "token").write_text(token)
    (folder / "ca.crt").write_text(certificates)


def variables(host: str, port: int) -> dict[str, str]:
    """Return the environment by which a pod finds its API server."""
    return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(port)}


@dataclass(frozen=True, slots=True)
class Pod:
    """What a function finds in a pod of a sandbox.

    Args:
        account: the folder of the service account.
        url: of the API server.
    """

    account: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the API server is found."""
        parts = urlsplit(self.url)
        return variables(parts.hostname or "", parts.port or 0)

    @property
    def ca_file(self) -> Path:
        """The certificates to trust."""
        return self.account / "ca.crt"


@contextmanager
def running(folder: Path) -> Iterator[Pod]:
    """Run a sandbox that pods can reach; the account is written below the folder."""
    account = folder / "serviceaccount"
    account.mkdir()
    write_account(account)
    with Sandbox.running(tls=server_tls()) as sandbox:
        yield Pod(account, sandbox.url)
