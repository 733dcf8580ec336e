"""A real control plane for tests: etcd, kube-apiserver, kube-controller-manager, and no node."""

from tests.controlplane.audit import Request, Seen, requests_seen, verbs_asked
from tests.controlplane.programs import Programs, find_programs
from tests.controlplane.servers import ControlPlane, running

__all__ = [
    "ControlPlane",
    "Programs",
    "Request",
    "Seen",
    "find_programs",
    "requests_seen",
    "running",
    "verbs_asked",
]
