"""A certificate authority in the cluster: a root that signs itself, and the issuer that uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.certmanager.installations import SELF_SIGNED, is_so
from tests.certmanager.manifests import NAMESPACE, resource
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.lab.clusters import Workbench

_GROUP: Final = "/apis/cert-manager.io/v1"
_ISSUERS: Final = f"{_GROUP}/clusterissuers"
_ROOTS: Final = f"{_GROUP}/namespaces/{NAMESPACE}/certificates"


@dataclass(frozen=True, slots=True)
class Authority:
    """A ClusterIssuer, and the root's Certificate and Secret of the same name."""

    workbench: Workbench
    name: str

    def announce(self) -> None:
        """Write the issuer, which has no root yet and issues nothing."""
        spec = {"ca": {"secretName": self.name}}
        self.workbench.create(_ISSUERS, resource("ClusterIssuer", self.name, spec))

    def open(self) -> None:
        """Have the root issued, and wait until the issuer has found it."""
        root = {
            "isCA": True,
            "commonName": self.name,
            "secretName": self.name,
            "privateKey": {"algorithm": "ECDSA"},
            "issuerRef": {"kind": "ClusterIssuer", "name": SELF_SIGNED},
        }
        self.workbench.create(_ROOTS, resource("Certificate", self.name, root))
        path = f"{_ISSUERS}/{self.name}"
        eventually(lambda: is_so(self.workbench.api, path, "Ready"), within=60)

    def remove(self) -> None:
        """Delete all of it."""
        secret = f"/api/v1/namespaces/{NAMESPACE}/secrets/{self.name}"
        for path in (f"{_ISSUERS}/{self.name}", f"{_ROOTS}/{self.name}", secret):
            self.workbench.api.request("DELETE", path)
