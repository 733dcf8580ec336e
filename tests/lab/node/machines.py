"""A machine that is a cluster: a control plane with all controllers, and one node."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.lab.controlplane import ControlPlane, accounts
from tests.lab.controlplane.flags import apiserver_flags, audit_flags, etcd_flags
from tests.lab.controlplane.servers import grant_rights, write_files
from tests.lab.kubectl import Kubectl
from tests.lab.node import addresses
from tests.lab.node.enclosures import Enclosure, enclosure
from tests.lab.node.pods import is_ready
from tests.lab.node.runtimes import SOCKET, Runtime, containerd
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.lab.api import Api
    from tests.lab.controlplane import User
    from tests.lab.figures import Figures
    from tests.lab.node.programs import NodePrograms

NODE: Final = "node"

_DEADLINE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A cluster of one node, which the host reaches at the node's address and its Services'.

    Args:
        enclosure: where all of it runs.
        plane: its control plane.
        runtime: what runs its containers.
    """

    enclosure: Enclosure
    plane: ControlPlane
    runtime: Runtime

    @property
    def api(self) -> Api:
        """The API server, as its administrator."""
        return self.plane.api()

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl, as its administrator uses it."""
        return Kubectl(self.plane.kubeconfig, self.enclosure.folder / "kubectl")

    def roll_out(self, namespace: str, *, within: int) -> None:
        """Wait until every Deployment of a namespace has all its pods ready.

        Raises:
            KubectlError: it takes longer.
        """
        status = ("rollout", "status", "deployment", f"--timeout={within}s")
        self.kubectl(f"--namespace={namespace}", *status)

    @property
    def pod_logs(self) -> Path:
        """The folder with what every container said, in the way of kubelet."""
        return self.enclosure.folder / "pods"


@contextmanager
def machine(
    programs: NodePrograms, figures: Figures, users: Iterable[User] = ()
) -> Iterator[Machine]:
    """Run a machine until the context ends; nothing is left of it.

    Args:
        programs: what it is made of.
        figures: takes the times.
        users: who may come in besides `admin`.

    Raises:
        ProgramError: one of the programs does not start.
    """
    everybody = (*accounts.BUILT_IN, *users)
    with ExitStack() as stack:
        with figures.timed("namespaces"):
            place = stack.enter_context(enclosure())
        with figures.timed("containerd"):
            runtime = stack.enter_context(containerd(place, programs))
        with figures.timed("API server"):
            plane = stack.enter_context(_control_plane(place, programs, everybody))
        with figures.timed("node ready"):
            stack.enter_context(_node(place, plane, programs))
        yield Machine(place, plane, runtime)


@contextmanager
def _control_plane(
    place: Enclosure, programs: NodePrograms, users: tuple[User, ...]
) -> Iterator[ControlPlane]:
    own = programs.control_plane
    url, etcd_url = f"https://{addresses.NODE}:6443", f"http://{addresses.NODE}:2379"
    apiserver = place.process(
        own.kube_apiserver,
        *apiserver_flags(place.folder, url, etcd_url=etcd_url, services=addresses.SERVICES),
        *audit_flags(place.folder),
        "--allow-privileged",
        "--kubelet-preferred-address-types=InternalIP",
    )
    plane = ControlPlane(url, etcd_url, place.folder, accounts.new_tokens(users), apiserver)
    write_files(plane, users)
    etcd = place.started(own.etcd, *etcd_flags(place.folder, etcd_url, peer_port=2380))
    kubeconfig = plane.kubeconfig_for("system:kube-controller-manager")
    controllers = (
        f"--kubeconfig={kubeconfig}",
        f"--root-ca-file={plane.ca_file}",
        f"--service-account-private-key-file={place.folder / 'signing.key'}",
        "--leader-elect=false",
        "--secure-port=0",
    )
    scheduler = (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--cert-dir={place.folder / 'scheduler'}",
        "--leader-elect=false",
    )
    with etcd, apiserver.running():
        plane.await_ready()
        grant_rights(plane.api(), users)
        with (
            place.started(own.kube_controller_manager, *controllers),
            place.started(programs.kube_scheduler, *scheduler),
        ):
            yield plane


@contextmanager
def _node(place: Enclosure, plane: ControlPlane, programs: NodePrograms) -> Iterator[None]:
    kubelet = (
        f"--config={_written(place, 'kubelet', _kubelet(place))}",
        f"--kubeconfig={plane.kubeconfig}",
        f"--root-dir={place.folder / 'kubelet'}",
        f"--cert-dir={place.folder / 'kubelet-certificates'}",
        f"--hostname-override={NODE}",
        f"--node-ip={addresses.NODE}",
    )
    proxy = f"--config={_written(place, 'kube-proxy', _kube_proxy(plane))}"
    with (
        place.started(programs.kubelet, *kubelet) as process,
        place.started(programs.kube_proxy, proxy),
    ):
        api = plane.api()
        process.await_condition(lambda: _is_ready(api), within=_DEADLINE)
        # Pods of a namespace are refused until a controller has made its account.
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        eventually(lambda: plane.answers(account), within=_DEADLINE)
        yield


def _written(place: Enclosure, name: str, configuration: dict[str, Any]) -> Path:
    path = place.folder / f"{name}.json"
    path.write_text(json.dumps(configuration))
    return path


def _kubelet(place: Enclosure) -> dict[str, Any]:
    resolver = place.folder / "resolv.conf"
    # Names outside of the cluster are nobody's business here.
    resolver.write_text("nameserver 127.0.0.1\n")
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "failSwapOn": False,
        # What it finds of pods that just run it writes up to half as much again later.
        "syncFrequency": "10s",
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "clusterDNS": [addresses.DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(resolver),
        "podLogsDir": str(place.folder / "pods"),
        "volumePluginDir": str(place.folder / "volume-plugins"),
        # Images cannot be had a second time, and the host's disk may be fuller than kubelet likes.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
        },
    }


def _kube_proxy(plane: ControlPlane) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(plane.kubeconfig)},
        "clusterCIDR": addresses.PODS,
        "hostnameOverride": NODE,
        # The limits on connections are the whole kernel's.
        "conntrack": {"maxPerCore": 0},
    }


def _is_ready(api: Api) -> bool:
    answer = api.request("GET", f"/api/v1/nodes/{NODE}")
    return bool(answer) and is_ready(answer.body)
