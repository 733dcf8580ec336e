"""The adapters of ApiServerSources, and what Deployments and a kubelet would do for them.

Each has a Pod, as the source's Deployment would make it, whose status follows the process. A
process that ends is started again in the same Pod.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

import urllib3

from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import Workbench
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.dataplane.deployments import LABELS, deployment, deployments_in, environment_of
from tests.lab.dataplane.parts import ADAPTER
from tests.lab.programs import built
from tests.lab.programs.processes import Process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.lab.api import Api
    from tests.lab.controlplane import ControlPlane
    from tests.lab.dataplane.controllers import Broker
    from tests.lab.dataplane.parts import Parts

_CONTAINER: Final = {
    "name": "receive-adapter",
    "image": "knative.dev/eventing/cmd/apiserver_receive_adapter",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
# Seconds between two looks at a process, and from its start until it counts as ready; a kubelet
# that has to start the same container for the third time waits ten and more.
_PERIOD: Final = 1.0
_LOOK: Final = 0.02


class Adapter:
    """One adapter with its Pod."""

    def __init__(
        self,
        source: Mapping[str, Any],
        told: Mapping[str, str],
        plane: ControlPlane,
        folder: Path,
    ) -> None:
        self.name = source["metadata"]["name"]
        self.told = told
        self._namespace = f"/api/v1/namespaces/{source['metadata']['namespace']}"
        self._api = plane.api()
        self._pod = f"apiserversource-{self.name}"
        account = source["spec"]["serviceAccountName"]
        kubeconfig = folder / f"{self._pod}.kubeconfig"
        _write_kubeconfig(kubeconfig, plane, f"{self._namespace}/serviceaccounts/{account}")
        self._account = account
        self.process = Process(
            built(ADAPTER),
            folder=folder,
            name=self._pod,
            environment={**told, "KUBECONFIG": str(kubeconfig)},
        )
        self._stopped = Event()
        self._may_run = Event()
        self._may_run.set()
        self._starts = 0

    @contextmanager
    def running(self) -> Iterator[Adapter]:
        """Run it until the context ends, and again whenever it ends before."""
        self._make_pod()
        thread = Thread(target=self._keep_running)
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            thread.join()

    @property
    def watches(self) -> bool:
        """Whether it has begun to watch, as it says itself."""
        return self.process.ended is None and "STARTING" in self.process.log.read_text()

    @contextmanager
    def dead(self) -> Iterator[None]:
        """Kill it, and let it be started again when the context ends."""
        self._may_run.clear()
        self.process.kill()
        try:
            yield
        finally:
            self._may_run.set()

    def _keep_running(self) -> None:
        while not self._stopped.is_set():
            self._may_run.wait()
            self.process.start()
            self._tell(ready=False)
            if not self._stopped.wait(_PERIOD) and self.process.ended is None:
                self._tell(ready=True)
            while self.process.ended is None and not self._stopped.wait(_LOOK):
                pass
            self.process.kill()
            self._starts += 1

    def _make_pod(self) -> None:
        body = {
            "metadata": {"name": self._pod, "labels": LABELS},
            "spec": {"serviceAccountName": self._account, "containers": [_CONTAINER]},
        }
        answer = self._api.request("POST", f"{self._namespace}/pods", body)
        assert answer, answer.body

    def _tell(self, *, ready: bool) -> None:
        """Write the Pod's status, as soon as the API server takes it."""
        container = {
            "name": _CONTAINER["name"],
            "image": _CONTAINER["image"],
            "imageID": "",
            "ready": ready,
            "restartCount": self._starts,
            "state": {"running": {}},
        }
        condition = {"type": "Ready", "status": str(ready)}
        now = {"phase": "Running", "conditions": [condition], "containerStatuses": [container]}
        while not self._stopped.is_set():
            try:
                path = f"{self._namespace}/pods/{self._pod}/status"
                if self._api.request("PATCH", path, {"status": now}, content_type=MERGE_PATCH):
                    return
            except urllib3.exceptions.HTTPError:
                pass
            self._stopped.wait(_LOOK)


@contextmanager
def running_adapters(
    plane: ControlPlane, parts: Parts, broker: Broker, folder: Path, namespaces: Sequence[str]
) -> Iterator[Mapping[str, Adapter]]:
    """Run the adapter of every ApiServerSource that sends to a Broker, by name.

    Args:
        plane: the control plane.
        parts: the programs of the Broker.
        broker: where events go.
        folder: for what is written.
        namespaces: what Knative's controller would name to adapters that watch all of them.
    """
    api, sink = plane.api(), broker.url(parts)
    sources = api.request("GET", f"{broker.sources}/apiserversources").body["items"]
    with ExitStack() as stack:
        adapters = [
            Adapter(source, _told(source, api, sink, namespaces), plane, folder)
            for source in sources
        ]
        for adapter in adapters:
            stack.enter_context(adapter.running())
        yield {adapter.name: adapter for adapter in adapters}


def _told(
    source: Mapping[str, Any], api: Api, sink: str, namespaces: Sequence[str]
) -> dict[str, str]:
    """Return what an adapter is told by its Deployment, as the API server would store that."""
    wanted = deployment(source, namespaces, sink=sink)
    path = deployments_in(source["metadata"]["namespace"])
    answer = api.request("POST", f"{path}?dryRun=All", wanted)
    assert answer, answer.body
    return environment_of(answer.body)


def _write_kubeconfig(path: Path, plane: ControlPlane, account: str) -> None:
    answer = Workbench(plane.api()).create(f"{account}/token", {"spec": {}})
    token, user = answer["status"]["token"], account.rpartition("/")[2]
    write_kubeconfig(path, url=plane.url, ca_file=plane.ca_file, user=user, token=token)
