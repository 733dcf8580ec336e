"""A Certificate in the hands of a test: asked for, renewed, looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from tests.certmanager.installations import SELF_SIGNED
from tests.certmanager.manifests import NAMESPACE, resource
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import RefusedError, data_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.clusters import Workbench

PERMISSION: Final = {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}
HOST: Final = "shop.igresc.com"

_APPLY: Final = "application/apply-patch+yaml"
_GROUP: Final = "/apis/cert-manager.io/v1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The seed's wildcard certificate, and the Secret that it becomes.

    Args:
        workbench: the cluster.
        name: of the Certificate; its Secret's ends in `-tls`.
        namespace: of both.
    """

    workbench: Workbench
    name: str
    namespace: str = NAMESPACE

    @property
    def secret(self) -> str:
        """The name of its Secret, and of every mirror."""
        return f"{self.name}-tls"

    @property
    def path(self) -> str:
        """Where the API server has it."""
        return f"{_GROUP}/namespaces/{self.namespace}/certificates/{self.name}"

    def request(
        self,
        *,
        issuer: str = SELF_SIGNED,
        annotations: Mapping[str, str] = PERMISSION,
        labels: Mapping[str, str] | None = None,
        temporary: bool = False,
    ) -> None:
        """Ask for it.

        Args:
            issuer: the name of a ClusterIssuer.
            annotations: what its Secret is annotated with, beside cert-manager's own.
            labels: the same of its labels.
            temporary: whether another pair takes its place until it is there.
        """
        own = {"cert-manager.io/issue-temporary-certificate": "true"} if temporary else {}
        spec = {
            "secretName": self.secret,
            "dnsNames": ["*.igresc.com"],
            # An RSA key takes tenths of a second to make.
            "privateKey": {"algorithm": "ECDSA"},
            "issuerRef": {"kind": "ClusterIssuer", "name": issuer},
            "secretTemplate": {"annotations": annotations, "labels": labels or {}},
        }
        self.workbench.create(
            self.path.rpartition("/")[0],
            resource("Certificate", self.name, spec, annotations=own),
        )

    def issue(self, **options: Any) -> dict[str, bytes]:
        """Ask for it and wait until it is there; return what its Secret holds."""
        self.request(**options)
        eventually(lambda: self._status().get("revision"), within=60)
        return self.held

    def renew(self, *, times: int = 1) -> dict[str, bytes]:
        """Have it renewed, as `cmctl renew` does, and return what its Secret holds then."""
        for _ in range(times):
            eventually(partial(self._is_newer, self._status()["revision"]), within=60)
        return self.held

    def change_template(self, **template: Mapping[str, str | None]) -> None:
        """Change `annotations` or `labels` of its Secret's template; None takes one away."""
        self._send(self.path, {"spec": {"secretTemplate": template}}, content_type=MERGE_PATCH)

    def delete(self) -> None:
        """Delete the Certificate, not its Secret."""
        self.workbench.api.request("DELETE", self.path)

    def delete_secret(self) -> bool:
        """Delete its Secret; return whether there was none any more."""
        own = f"/api/v1/namespaces/{self.namespace}/secrets/{self.secret}"
        return self.workbench.api.request("DELETE", own).status == 404

    def is_forgotten(self) -> bool:
        """Delete its Secret, too; cert-manager may issue it once more until it has noticed.

        So it may into a mirror that a Certificate had taken, which kn-mirror leaves to it.

        Returns:
            Whether neither it nor a mirror is there any more.
        """
        for namespace, found in self.mirrors.items():
            if names.CERTIFICATE in found["metadata"].get("annotations", {}):
                Certificate(self.workbench, self.name, namespace=namespace).delete_secret()
        return self.delete_secret() and not self.mirrors

    @property
    def held(self) -> dict[str, bytes]:
        """What its Secret holds."""
        return self.workbench.data(self.namespace, self.secret) or {}

    @property
    def metadata(self) -> dict[str, Any]:
        """Its Secret's own."""
        found = self.workbench.get("Secret", self.namespace, self.secret)
        return dict(found["metadata"]) if found else {}

    @property
    def mirrors(self) -> dict[str, dict[str, Any]]:
        """The Secrets of that name elsewhere, by namespace."""
        found = self.workbench.objects("Secret", fieldSelector=f"metadata.name={self.secret}")
        by_namespace = {each["metadata"]["namespace"]: each for each in found}
        by_namespace.pop(self.namespace, None)
        return by_namespace

    def mirrored_to(self, namespace: str) -> dict[str, bytes]:
        """What one mirror holds."""
        return self.workbench.data(namespace, self.secret) or {}

    def is_in(self, namespaces: set[str]) -> bool:
        """Whether these namespaces, and no others, have what its Secret holds."""
        mirrored = {name: data_of(each) for name, each in self.mirrors.items()}
        return mirrored == dict.fromkeys(namespaces, self.held)

    def _is_newer(self, revision: int) -> bool:
        """Whether it has been renewed; if cert-manager does not mean to, it is told to, or again.

        It may have been just about to write that it was done with the time before.
        """
        status = self._status()
        conditions = {(each["type"], each["status"]) for each in status["conditions"]}
        if status["revision"] == revision and ("Issuing", "True") not in conditions:
            self._trigger()
        return bool(status["revision"] > revision)

    def _trigger(self) -> None:
        condition = {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "Certificate re-issuance manually triggered",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        self._send(
            f"{self.path}/status?fieldManager=cmctl&force=true",
            {
                "apiVersion": "cert-manager.io/v1",
                "kind": "Certificate",
                "metadata": {"name": self.name},
                "status": {"conditions": [condition]},
            },
            content_type=_APPLY,
        )

    def _status(self) -> dict[str, Any]:
        return dict(self.workbench.api.request("GET", self.path).body.get("status", {}))

    def _send(self, path: str, body: object, *, content_type: str) -> None:
        answer = self.workbench.api.request("PATCH", path, body, content_type=content_type)
        if not answer:
            raise RefusedError(f"{answer.status}: {answer.body}")
