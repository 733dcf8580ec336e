"""A certificate that signs itself, and signs nothing else; it is trusted by nobody but tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.cli.kubeconfigs import SERVER, encoded

if TYPE_CHECKING:
    from pathlib import Path

CERTIFICATE: Final = """\
-----BEGIN CERTIFICATE-----
MIIBizCCATGgAwIBAgIUMgyApLNB51w2PByBYvBK1rIB28owCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPa24tbWlycm9yIHRlc3RzMCAXDTI2MTEyNjE0NDE1OFoYDzIx
MjYxMTAyMTQ0MTU4WjAaMRgwFgYDVQQDDA9rbi1taXJyb3IgdGVzdHMwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQym4gBetQKmBSxzpj0wlk2zQmnF1rzavA1+LYc
Y6Lq8fa3vTZ0jV2l7IQWLqWb6RtatQPviT6gtTudEr7OOSfro1MwUTAdBgNVHQ4E
FgQUjhoEMC38fiDKc+yFW20+NJ7nIBQwHwYDVR0jBBgwFoAUjhoEMC38fiDKc+yF
W20+NJ7nIBQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAqJpE
4bYHg8mhT6IzrzrYfEYNzc/bFE3xvox5PfKAclICIFZjlKi083Yi+3uoCtObJUN3
dlusgcnnoPoMu2z6a+kH
-----END CERTIFICATE-----
"""

KEY: Final = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrFkJdx86G2+C1+v8
gLGyuqIOOcixt8jMoSP3XAqN0F2hRANCAAQym4gBetQKmBSxzpj0wlk2zQmnF1rz
avA1+LYcY6Lq8fa3vTZ0jV2l7IQWLqWb6RtatQPviT6gtTudEr7OOSfr
-----END PRIVATE KEY-----
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a kubeconfig says of who signs, and of whoever asks."""

    pem: str = CERTIFICATE
    key: str = KEY

    def fields(self, folder: Path, *, is_data: bool) -> dict[str, dict[str, Any]]:
        """Make a kubeconfig's cluster and user; files are written beside it, or it has data."""
        if is_data:
            pem, key = encoded(self.pem.encode()), encoded(self.key.encode())
            return {
                "cluster": {"server": SERVER, "certificate-authority-data": pem},
                "user": {"client-certificate-data": pem, "client-key-data": key},
            }
        (folder / "it.crt").write_text(self.pem)
        (folder / "it.key").write_text(self.key)
        return {
            "cluster": {"server": SERVER, "certificate-authority": "it.crt"},
            "user": {"client-certificate": "it.crt", "client-key": "it.key"},
        }
