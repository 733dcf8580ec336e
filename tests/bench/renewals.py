"""How long a renewed Secret takes to every namespace, and how much memory that takes."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.bench.bare import BareClient, Write
from tests.bench.figures import Memory, Ratio
from tests.bench.serving import BenchError, event, served
from tests.lab.clusters import Workbench, encode, path_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.bench.serving import Serving
    from tests.lab.controlplane import ControlPlane

_TARGETS: Final = 1000
_THREADS: Final = 16  # as many as a function writes by unless it is told otherwise
_ROUNDS: Final = 7
_GOAL: Final = 1.25
_MEMORY_GOAL: Final = 120.0

_SOURCE_NAMESPACE: Final = "cert-manager"
_SOURCE: Final = "wildcard-igresc-com-tls"
_BARE: Final = "bare"
_REFLECTOR: Final = "reflector.v1.k8s.emberstack.com"
_ANNOTATIONS: Final[Mapping[str, str]] = {
    f"{_REFLECTOR}/reflection-allowed": "true",
    f"{_REFLECTOR}/reflection-auto-enabled": "true",
}


def measure_renewals(plane: ControlPlane, folder: Path) -> list[Ratio | Memory]:
    """Renew a certificate with 1,000 mirrors, in turns with 1,000 bare patches; return the medians.

    The bare patches are those of the renewal just measured, sent to Secrets that were made like its
    mirrors.

    Args:
        plane: is filled with namespaces.
        folder: for what the function says.
    """
    cluster = Workbench(plane.api())
    _create_namespaces(cluster)
    kubeconfig = plane.kubeconfig_for("functions")
    bare_client = BareClient(kubeconfig, _THREADS)
    ours, bare = [], []
    with served("functions.on_secret_update:app", kubeconfig, folder) as serving:
        serving.send(event("add", "Secret", _SOURCE_NAMESPACE, _SOURCE))
        mirror = _a_mirror(cluster)
        bare_client.send(list(_copies(cluster, mirror)))
        for _ in range(_ROUNDS):
            ours.append(_renew(cluster, serving))
            renewed = _a_mirror(cluster)
            bare.append(bare_client.send(list(_patches(cluster, mirror, renewed))))
            mirror = renewed
        worker, arbiter = serving.peak_memory()
    return [
        Ratio(f"renewal of {_TARGETS} mirrors", median(ours), median(bare), _GOAL),
        Memory("peak memory of that, worker", worker, _MEMORY_GOAL),
        Memory("peak memory of that, gunicorn's arbiter", arbiter),
    ]


def _create_namespaces(cluster: Workbench) -> None:
    """Create the source, and as many namespaces as make it 1,000 targets."""
    cluster.namespace(_SOURCE_NAMESPACE)
    cluster.secret(
        _SOURCE_NAMESPACE,
        _SOURCE,
        _certificate(),
        annotations=_ANNOTATIONS,
        type="kubernetes.io/tls",
    )
    wanted = _TARGETS + 1 - len(cluster.objects("Namespace"))
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(cluster.namespace, (f"team-{number:04}" for number in range(wanted))))
    # Kubernetes' controllers put this into every namespace; it must not be timed with ours.
    given = {"fieldSelector": "metadata.name=kube-root-ca.crt"}
    eventually(lambda: len(cluster.names("ConfigMap", **given)) > _TARGETS, within=120)


def _certificate() -> dict[str, bytes]:
    """Make as many bytes as a certificate with its chain and its key have."""
    return {"tls.crt": secrets.token_bytes(3600), "tls.key": secrets.token_bytes(1700)}


def _renew(cluster: Workbench, serving: Serving) -> float:
    """Change the source; return the seconds until the last mirror has followed."""
    data = {key: encode(value) for key, value in _certificate().items()}
    start = time.perf_counter()
    cluster.patch("Secret", _SOURCE_NAMESPACE, _SOURCE, {"data": data})
    serving.send(event("update", "Secret", _SOURCE_NAMESPACE, _SOURCE))
    seconds = time.perf_counter() - start
    followed = sum(found["data"] == data for found in _all_of_name(cluster, _SOURCE))
    if followed != _TARGETS + 1:
        raise BenchError(f"{_TARGETS + 1 - followed} of {_TARGETS} mirrors did not follow")
    return seconds


def _a_mirror(cluster: Workbench) -> dict[str, Any]:
    mirror = cluster.get("Secret", "default", _SOURCE)
    if mirror is None:
        raise BenchError(f"Secret default/{_SOURCE} is not there: the first event made no mirror")
    return mirror


def _all_of_name(cluster: Workbench, name: str) -> list[dict[str, Any]]:
    return cluster.objects("Secret", fieldSelector=f"metadata.name={name}")


def _copies(cluster: Workbench, mirror: Mapping[str, Any]) -> Iterator[Write]:
    """Make, beside each mirror, a Secret just like it that is none by its name and its keys."""
    metadata = mirror["metadata"]
    body = {
        "metadata": {
            "name": _BARE,
            "labels": _foreign(metadata["labels"]),
            "annotations": _foreign(metadata["annotations"]),
        },
        "type": mirror["type"],
        "data": mirror["data"],
    }
    for found in _all_of_name(cluster, _SOURCE):
        namespace = found["metadata"]["namespace"]
        if namespace != _SOURCE_NAMESPACE:
            yield Write("POST", path_of("Secret", namespace), body)


def _foreign(keys: Mapping[str, str]) -> dict[str, str]:
    return {f"bare-{key}": value for key, value in keys.items()}


def _patches(
    cluster: Workbench, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Write]:
    """Do to each copy what a renewal has done to a mirror: `before` became `after`."""
    there = before["metadata"]["annotations"]
    changed = dict(after["metadata"]["annotations"].items() - there.items())
    operations = [
        {"op": "add", "path": "/data", "value": after["data"]},
        *(
            {"op": "add", "path": f"/metadata/annotations/{key.replace('/', '~1')}", "value": value}
            for key, value in _foreign(changed).items()
        ),
    ]
    for copy in _all_of_name(cluster, _BARE):
        seen = copy["metadata"]
        version = seen["resourceVersion"]
        lock = {"op": "replace", "path": "/metadata/resourceVersion", "value": version}
        path = path_of("Secret", seen["namespace"], _BARE)
        yield Write("PATCH", path, [lock, *operations])
