"""The functions, each with the token of its own account, so that the overlay's policies apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.conftest import Handler, handler_of
from tests.knative.installations import NAMESPACE, token_of
from tests.knative.manifests import FUNCTIONS
from tests.lab.controlplane.accounts import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mirroring.reporting.reports import Report
    from tests.lab.clusters import Workbench

_BUILT_IN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system", NAMESPACE})


def write_kubeconfigs(bench: Workbench, folder: Path) -> Mapping[str, Path]:
    """Write the kubeconfig of each function's account; return where it is, by its name."""
    assert bench.api.ca_file
    for account in FUNCTIONS:
        write_kubeconfig(
            folder / account,
            url=bench.api.url,
            ca_file=bench.api.ca_file,
            user=account,
            token=token_of(bench, account),
        )
    return {account: folder / account for account in FUNCTIONS}


class Functions:
    """kn-mirror at work: each event is handled by the function that is for it.

    Args:
        bench: the cluster.
        kubeconfigs: of the functions' accounts.
    """

    def __init__(self, bench: Workbench, kubeconfigs: Mapping[str, Path]) -> None:
        self._bench = bench
        self._of = {account: handler_of(path) for account, path in kubeconfigs.items()}

    @property
    def on_secret_update(self) -> Handler:
        """The one that most events are for."""
        return self._of["on-secret-update"]

    def written(self, kind: str, namespace: str, name: str) -> Report:
        """Somebody wrote an object."""
        return self.on_secret_update.reconcile(namespace, name, kind)

    def deleted(self, kind: str, namespace: str, name: str) -> Report:
        """Somebody deleted an object."""
        return self._of["on-delete-cleanup"].reconcile_deletion(namespace, name, kind)

    def namespace_written(self, name: str) -> Report:
        """Somebody made or changed a namespace."""
        return self._of["on-namespace-create"].reconcile_namespace(name)

    def tick(self) -> Report:
        """PingSource's; it looks at everything."""
        return self._of["on-resync"].resync()

    def catch_up(self) -> list[Report]:
        """Handle the events of everything that is there, and a tick before and after."""
        objects = [
            (kind, *path.split("/", 1))
            for kind in ("Secret", "ConfigMap")
            for path in self._bench.names(kind)
        ]
        namespaces = [each["metadata"]["name"] for each in self._bench.objects("Namespace")]
        return [
            self.tick(),
            *(self.written(*each) for each in objects if each[1] not in _BUILT_IN),
            *(self.namespace_written(each) for each in namespaces if each not in _BUILT_IN),
            self.tick(),
        ]
