"""The programs that there are, and which version of each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.programs.building import Program
from tests.programs.modules import Own, Published

_HERE: Final = Path(__file__).parent

# Not to be built as it was published: it names modules of its own that it does not carry.
KUBERNETES: Final = Own(_HERE / "kubernetes", named_after="k8s.io/kubernetes")

# Released as Knative 1.22.2.
EVENTING: Final = Published(
    "knative.dev/eventing", "v0.49.2", "h1:eUrW+9EHznHGS/cwO/SpCIVqY+ZRyoRO+n0RLnYlIj0="
)
# Released as Knative 1.23.0.
SERVING: Final = Published(
    "knative.dev/serving", "v0.50.0", "h1:9XUQq2yqUPN1YZUuGH6nF8IMvuumNvGXzCrSTYu44bA="
)


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


def eventing(name: str) -> Program:
    """Return a program below Knative Eventing's `cmd/`, as in `broker/ingress`."""
    return Program(EVENTING, f"knative.dev/eventing/cmd/{name}")


def serving(name: str) -> Program:
    """Return a program below Knative Serving's `cmd/`, as in `queue`."""
    return Program(SERVING, f"knative.dev/serving/cmd/{name}", tags=("nostackdriver",))
