"""The programs that there are, and which version of each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab.programs.building import Program
from tests.lab.programs.modules import Own, Published

_HERE: Final = Path(__file__).parent

# Not to be built as it was published: it names modules of its own that it does not carry.
KUBERNETES: Final = Own(_HERE / "kubernetes", named_after="k8s.io/kubernetes")

# As a module it carries the server, and a command that is not built for itself.
ETCD: Final = Own(_HERE / "etcd", named_after="go.etcd.io/etcd/server/v3")

# Released as Knative 1.22.2.
EVENTING: Final = Published(
    "knative.dev/eventing", "v0.49.2", "h1:eUrW+9EHznHGS/cwO/SpCIVqY+ZRyoRO+n0RLnYlIj0="
)
# Released as Knative 1.23.0.
SERVING: Final = Published(
    "knative.dev/serving", "v0.50.0", "h1:9XUQq2yqUPN1YZUuGH6nF8IMvuumNvGXzCrSTYu44bA="
)
KOURIER: Final = Published(
    "knative.dev/net-kourier", "v0.48.0", "h1:elioeQg/w1I2NrlUuyEuLrmRbHc4LpJUwykETSrDmvs="
)
# Debian's is older than what kubelet speaks.
CONTAINERD: Final = Published(
    "github.com/containerd/containerd/v2",
    "v2.2.1",
    "h1:TpyxcY4AL5A+07dxETevunVS5zxqzuq7ZqJXknM11yk=",
)
COREDNS: Final = Published(
    "github.com/coredns/coredns", "v1.13.1", "h1:yhYvf/QVwHNjBK65RkC8d9VW91dP9XKem3BOon4eokg="
)

# As a module it carries its controllers, and not the command that runs them.
CERT_MANAGER: Final = Own(
    _HERE / "cert_manager", named_after="github.com/cert-manager/cert-manager"
)

HELM: Final = Published(
    "helm.sh/helm/v4", "v4.3.1", "h1:UndCoLe9UPmNoL7IvWzaUXveL7T5t/ijoorEmgJdI9g="
)

KREW: Final = Published(
    "sigs.k8s.io/krew", "v0.4.3", "h1:nvV4ifUM+wuy8ITy32FAib240lXSbMeHOxizqVy6+U0="
)

# Its command is in Kubernetes' own module, with much else.
KUBECTL: Final = Own(_HERE / "kubectl", named_after="k8s.io/kubectl")


def kubernetes(name: str) -> Program:
    """Return a program below Kubernetes' `cmd/`, as in `kube-apiserver`."""
    major, minor, _ = KUBERNETES.version.removeprefix("v").split(".")
    stamps = {"gitVersion": KUBERNETES.version, "gitMajor": major, "gitMinor": minor}
    return Program(
        KUBERNETES,
        f"k8s.io/kubernetes/cmd/{name}",
        tags=("providerless",),
        # Of Kubernetes' own build what a client can tell the difference by.
        stamps={f"k8s.io/component-base/version.{key}": value for key, value in stamps.items()},
    )


def etcd() -> Program:
    """Return what Kubernetes stores in."""
    return Program(ETCD, "kn-mirror.dev/tests/programs/etcd/cmd/etcd")


def kubectl() -> Program:
    """Return kubectl, for machines that have none."""
    return Program(KUBECTL, "kn-mirror.dev/tests/programs/kubectl/cmd/kubectl")


def helm() -> Program:
    """Return Helm, which from its version 4 on applies by the API server and without force."""
    return Program(HELM, f"{HELM.path}/cmd/helm")


def krew(name: str) -> Program:
    """Return a program below krew's `cmd/`: itself, or what its reviewers hold manifests to."""
    return Program(KREW, f"{KREW.path}/cmd/{name}")


def eventing(name: str) -> Program:
    """Return a program below Knative Eventing's `cmd/`, as in `broker/ingress`."""
    return Program(EVENTING, f"knative.dev/eventing/cmd/{name}")


def serving(name: str) -> Program:
    """Return a program below Knative Serving's `cmd/`, as in `queue`."""
    return Program(SERVING, f"knative.dev/serving/cmd/{name}", tags=("nostackdriver",))


def kourier() -> Program:
    """Return the controller of the ingress that is made for Serving."""
    return Program(KOURIER, f"{KOURIER.path}/cmd/kourier")


def containerd(name: str) -> Program:
    """Return a program below containerd's `cmd/`, as in `ctr`."""
    return Program(
        CONTAINERD,
        f"{CONTAINERD.path}/cmd/{name}",
        # File systems that need libraries in C, and traces that nobody looks at.
        tags=("no_btrfs", "no_zfs", "no_devmapper", "no_tracing"),
        stamps={f"{CONTAINERD.path}/version.Version": CONTAINERD.version},
    )


def coredns() -> Program:
    """Return the DNS server of clusters."""
    return Program(COREDNS, COREDNS.path)


def cert_manager() -> Program:
    """Return those of cert-manager's controllers that issue and renew, in one program."""
    version = {"github.com/cert-manager/cert-manager/pkg/util.AppVersion": CERT_MANAGER.version}
    return Program(
        CERT_MANAGER, "kn-mirror.dev/tests/programs/cert_manager/cmd/cert-manager", stamps=version
    )
