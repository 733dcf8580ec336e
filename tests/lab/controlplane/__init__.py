"""A real control plane for tests: etcd, kube-apiserver, kube-controller-manager, and no node."""

from tests.lab.controlplane.accounts import User
from tests.lab.controlplane.audit import Request, Seen, requests_seen, verbs_asked
from tests.lab.controlplane.programs import Programs, find_programs
from tests.lab.controlplane.servers import ControlPlane, running

__all__ = [
    "ControlPlane",
    "Programs",
    "Request",
    "Seen",
    "User",
    "find_programs",
    "requests_seen",
    "running",
    "verbs_asked",
]
