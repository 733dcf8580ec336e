"""Clusters in the memory of the test's own process, so that very many can be tried.

The sandbox's API is called without HTTP in between.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from mirroring import names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.errors import TooLarge
from mirroring.objects.references import SECRET, Ref
from mirroring.reconciling.mirroring import Mirroring
from mirroring.reporting.reports import Report
from sandbox import kinds
from sandbox.api import Api
from sandbox.messages import Request
from sandbox.registries import Registry
from sandbox.stores import Store
from tests.stand_ins import OneByOne
from tests.strategies import OWN, TARGETS, Found, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DATA: Final = {"key": "bmV3"}
OLDER: Final = {"key": "b2xk"}
LEFT_THERE: Final[Mapping[Found, dict[str, str]]] = {
    Found.FOREIGN: {},
    Found.STALE: {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"},
    Found.ORPHAN: {names.REFLECTS: "gone/tls", names.AUTO_REFLECTS: "True"},
    Found.PULLED: {names.REFLECTS: "prod/tls"},
}


class DirectTransport:
    """A transport to a store in the same process."""

    def __init__(self, store: Store) -> None:
        self._api = Api(store)
        self.before: Callable[[], object] = int

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
        """Let the test act, then answer."""
        self.before()
        request = Request(
            method=method,
            path=unquote(path),
            query=dict(query),
            headers={name.lower(): value for name, value in headers.items()},
            body=body or b"",
        )
        answer = self._api.answer(request)
        return answer.code, _bounded(json.dumps(answer.body).encode(), most)


def _bounded(body: bytes, most: int) -> bytes:
    if 0 < most < len(body):
        # Else it would be held for as long as the error is.
        del body
        raise TooLarge("It is longer than it may be.")
    return body


class Trial:
    """A cluster, and kn-mirror at work in it."""

    def __init__(self, world: World) -> None:
        self.store = Store()
        self.as_user = Registry(self.store, "user")
        for name in (OWN, *TARGETS):
            env = world.labels.get(name)
            metadata = {"name": name, "labels": {"env": env} if env else {}}
            self.as_user.create(kinds.NAMESPACE, "", {"metadata": metadata})
        self.make_secret(OWN, world.annotations, DATA)
        for name, found in world.found.items():
            if found is not Found.NOTHING:
                self.make_secret(name, LEFT_THERE[found], OLDER)

    def handle(self, about: str, name: str = "") -> None:
        """Handle one event."""
        self.handle_on(DirectTransport(self.store), about, name)

    def handle_on(self, transport: DirectTransport, about: str, name: str = "") -> None:
        """Handle one event by way of a transport that the test has in hand."""
        mirroring = Mirroring(Cluster(Connection(transport, OneByOne())), Report())
        if about == "namespace":
            mirroring.reconcile_namespace(name)
        elif about == "secret":
            mirroring.reconcile(Ref(SECRET, name, "tls"))
        else:
            mirroring.resync()

    def secret(self, namespace: str) -> dict[str, Any] | None:
        """Return what has the mirror's name."""
        return self.store.get(kinds.Ref(kinds.SECRET, namespace, "tls"))

    def data(self, namespace: str) -> dict[str, str] | None:
        """Return what is in it."""
        found = self.secret(namespace)
        return found and found["data"]

    def make_secret(
        self, namespace: str, annotations: dict[str, str], data: Any, *, name: str = "tls"
    ) -> None:
        """Make a Secret as a user."""
        metadata = {"name": name, "annotations": annotations}
        self.as_user.create(kinds.SECRET, namespace, {"metadata": metadata, "data": data})

    def change_secret(self, namespace: str, change: dict[str, Any], *, name: str = "tls") -> None:
        """Change a Secret as a user, by a merge patch."""
        ref = kinds.Ref(kinds.SECRET, namespace, name)
        self.as_user.patch(ref, change, "application/merge-patch+json")
