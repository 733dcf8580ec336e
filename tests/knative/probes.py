"""Whether an admission policy is in force, which it is some time after it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.conformance.clusters import ALLOWED, PREFIX
from tests.lab.dataplane.deployments import CONFIG, deployment, deployments_in, environment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.api import Api

PROBED: Final = "probe"
# Where the adapters of kn-mirror's sources are deployed.
DEPLOYMENTS: Final = deployments_in("kn-mirror")
_SECRETS: Final = f"/api/v1/namespaces/{PROBED}/secrets"
_MIRROR: Final = f"{_SECRETS}/mirror"
_EVENTS: Final = f"/api/v1/namespaces/{PROBED}/events"
_RBAC: Final = "rbac.authorization.k8s.io"
_BINDINGS: Final = f"/apis/{_RBAC}/v1/namespaces/{PROBED}/rolebindings"
_INGRESSES: Final = f"/apis/networking.k8s.io/v1/namespaces/{PROBED}/ingresses"
# Who may write an Ingress, and has no token.
_PERSON: Final = "person"
_SERVICE: Final = {"name": "any", "port": {"number": 80}}
_ROLE: Final = {"kn-mirror.dev/role": "mirror"}
_RECORD: Final = {f"{PREFIX}auto-reflects": "True", f"{PREFIX}reflects": "prod/probe"}
_SOURCE: Final = {
    "metadata": {"name": "any", "namespace": "kn-mirror"},
    "spec": {
        "serviceAccountName": "any",
        "namespaceSelector": {},
        "resources": [],
        "mode": "Reference",
    },
}


def prepare(admin: Api) -> None:
    """Make what is asked about, before there is a policy that has its say in that."""
    mirror = {"name": "mirror", "labels": _ROLE, "annotations": _RECORD}
    admin.request("POST", "/api/v1/namespaces", {"metadata": {"name": PROBED}})
    admin.request("POST", _SECRETS, {"metadata": mirror})
    person = {"apiGroup": _RBAC, "kind": "User", "name": _PERSON}
    role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "edit"}
    binding = {"metadata": {"name": "edit"}, "roleRef": role, "subjects": [person]}
    admin.request("POST", _BINDINGS, binding)


class Probes:
    """Asks for what a policy would not have, and for nothing that comes to pass.

    Args:
        admin: may do everything.
        function: one of kn-mirror's accounts.
        user: may write Secrets, by RBAC.
        namespace: that kn-mirror is in.
    """

    def __init__(
        self, admin: Api, function: Api, user: Api, *, namespace: str = "kn-mirror"
    ) -> None:
        self._admin = admin
        self._function = function
        self._user = user
        self._deployments = deployments_in(namespace)
        self.of: Final[Mapping[str, Callable[[], bool]]] = {
            "kn-mirror-index": self._index,
            "kn-mirror-guard": self._guard,
            "kn-mirror-guard-mirrors": self._guard_mirrors,
            "kn-mirror-guard-events": self._guard_events,
            "kn-mirror-guard-heirs": self._guard_heirs,
            "kn-mirror-gate": self._gate,
            "kn-mirror-gate-ingresses": self._gate_ingresses,
            "kn-mirror-protect": self._protect,
            "kn-mirror-steady": self._steady,
        }

    def _index(self) -> bool:
        answer = self._admin.request("POST", f"{_SECRETS}?dryRun=All", _annotated("probe"))
        return "kn-mirror.dev/role" in answer.body.get("metadata", {}).get("labels", {})

    def _guard(self) -> bool:
        body = {"metadata": {"name": "probe"}}
        answer = self._function.request("POST", f"{_SECRETS}?dryRun=All", body)
        return "kn-mirror may create mirrors" in str(answer.body)

    def _gate(self) -> bool:
        answer = self._user.request("POST", f"{_SECRETS}?dryRun=All", _annotated("probe"))
        return "sources.kn-mirror.dev" in str(answer.body)

    def _guard_mirrors(self) -> bool:
        # A mirror to the policy `guard`, which else refuses it first.
        annotations = {**_RECORD, "kn-mirror.dev/place": f"Secret/{PROBED}/probe"}
        labels = {**_ROLE, "app.kubernetes.io/managed-by": "kn-mirror", "owner": "helm"}
        body = {"metadata": {"name": "probe", "labels": labels, "annotations": annotations}}
        answer = self._function.request("POST", f"{_SECRETS}?dryRun=All", body)
        return "by which a tool takes it for its own" in str(answer.body)

    def _guard_events(self) -> bool:
        body = {"metadata": {"name": "probe"}, "involvedObject": {"namespace": PROBED}}
        answer = self._function.request("POST", f"{_EVENTS}?dryRun=All", body)
        return "kn-mirror tells" in str(answer.body)

    def _guard_heirs(self) -> bool:
        # Where there is the policy `index`, too, that has taken it off before.
        metadata = {"name": "probe", "annotations": {"kn-mirror.dev/succeeds": "prod/tls"}}
        answer = self._admin.request("POST", f"{_SECRETS}?dryRun=All", {"metadata": metadata})
        return answer.status == 403 or "annotations" not in answer.body["metadata"]

    def _gate_ingresses(self) -> bool:
        metadata = {"name": "probe", "annotations": {"cert-manager.io/secret-template": "\\"}}
        body = {"metadata": metadata, "spec": {"defaultBackend": {"service": _SERVICE}}}
        answer = self._admin.request(
            "POST", f"{_INGRESSES}?dryRun=All", body, Impersonate_User=_PERSON
        )
        return "sources.kn-mirror.dev" in str(answer.body)

    def _protect(self) -> bool:
        answer = self._user.request("DELETE", f"{_MIRROR}?dryRun=All")
        return "only kn-mirror deletes it" in str(answer.body)

    def _steady(self) -> bool:
        body = deployment(_SOURCE, ["probe"], sink="http://probe")
        answer = self._admin.request("POST", f"{self._deployments}?dryRun=All", body)
        return bool(answer) and "probe" not in environment_of(answer.body)[CONFIG]


def _annotated(name: str) -> dict[str, object]:
    return {"metadata": {"name": name, "annotations": ALLOWED}}
