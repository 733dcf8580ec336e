"""People of a cluster: accounts of its namespaces, with what they may do there."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.lab.api import Api
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.clusters import Workbench

_RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Grant(NamedTuple):
    """A ClusterRole, and a resource that it permits to create."""

    role: str
    group: str
    resource: str


EDIT: Final = Grant("edit", "", "secrets")
DECLARE: Final = Grant("kn-mirror-declare-sources", "kn-mirror.dev", "sources")
PERMIT: Final = Grant("kn-mirror-permit-mirrors", "kn-mirror.dev", "mirrors")


class Person:
    """A ServiceAccount that may edit what is in its own namespace, as a team may.

    Args:
        bench: the cluster.
        namespace: whose account it is.
    """

    def __init__(self, bench: Workbench, namespace: str) -> None:
        self._bench = bench
        self._subject = {"kind": "ServiceAccount", "namespace": namespace, "name": "person"}
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        bench.create(accounts, {"metadata": {"name": "person"}})
        token = bench.create(f"{accounts}/person/token", {"spec": {}})["status"]["token"]
        self.api = Api(bench.api.url, token=token, ca_file=bench.api.ca_file)
        self.grant(EDIT, namespace)

    def grant(self, grant: Grant, *namespaces: str) -> None:
        """Let the person do something in namespaces, and wait until that is known."""
        for namespace in namespaces:
            path = f"{_RBAC}/namespaces/{namespace}/rolebindings"
            self._bench.create(path, self._binding(grant))
            eventually(partial(self._may, grant, namespace))

    @contextmanager
    def granted_everywhere(self, grant: Grant) -> Iterator[None]:
        """Let the person do something in all namespaces for a while."""
        bindings = f"{_RBAC}/clusterrolebindings"
        made = self._bench.create(bindings, self._binding(grant))
        eventually(lambda: self._may(grant, ""))
        yield
        self._bench.api.request("DELETE", f"{bindings}/{made['metadata']['name']}")
        eventually(lambda: not self._may(grant, ""))

    def _may(self, grant: Grant, namespace: str) -> bool:
        asked = {
            "verb": "create",
            "group": grant.group,
            "resource": grant.resource,
            "namespace": namespace,
        }
        answer = self.api.request("POST", _REVIEWS, {"spec": {"resourceAttributes": asked}})
        return bool(answer.body["status"]["allowed"])

    def _binding(self, grant: Grant) -> dict[str, object]:
        group = "rbac.authorization.k8s.io"
        return {
            "metadata": {"generateName": f"{grant.role}-"},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": grant.role},
            "subjects": [self._subject],
        }
