"""Installing: from a checkout to a mirror that was seen."""

from __future__ import annotations

import secrets
import shlex
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from installer import proofs
from installer.clusters import RefusedError
from installer.errors import InstallerError
from installer.overlays import Overlay, chosen
from installer.parts import WORKING, left_over
from mirroring import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from installer.clusters import Cluster, Manifest
    from installer.images import Delivery

    Say = Callable[[str], None]

_KEY: Final = "kn-mirror-content-hash"
_READY_WITHIN: Final = 300  # seconds
_WEBHOOKS_WITHIN: Final = 120  # seconds
_PAUSE: Final = 2.0  # seconds
_UNANSWERED: Final = "failed calling webhook"
_PARTS: Final = ",".join(each.name for each in WORKING)


def install(cluster: Cluster, delivery: Delivery, *, overlay: str, proof: bool, say: Say) -> None:
    """Build the image, bring it to the cluster, apply the overlay, and see that it is at work.

    Args:
        cluster: where to.
        delivery: how the image gets there.
        overlay: by the user: the name of one, or a folder; empty for the one that fits.
        proof: whether a source is mirrored in the end.
        say: is told what is done.

    Raises:
        InstallerError: it does not go on.
    """
    start = time.monotonic()
    cluster.require()
    _require_rights(cluster)
    found, why = chosen(cluster, overlay)
    say(f"Overlay {found.name}: {why}.")
    delivery.require(cluster)
    say(f"Image {delivery.image}: building.")
    apply(cluster, found, _rendered(cluster, found, delivery), say)
    if proof:
        proofs.clear(cluster)
        made, gone = proofs.prove(cluster)
        say(
            f"Proved: a Secret in a new namespace was mirrored into another in {made} ms, and its "
            f"mirror was gone {gone} ms after it; nothing is left of them."
        )
    say(f"kn-mirror is installed, after {time.monotonic() - start:.0f} s.")


def next_steps(cluster: Cluster) -> str:
    """Say what is next for who has installed it: something to mirror, and the command to ask."""
    return (
        "Next, annotate a Secret or ConfigMap that others are to have (README.md, Annotations):\n"
        f"  kubectl --context={shlex.quote(cluster.context)} annotate secret NAME "
        f"--namespace=NAMESPACE {names.ALLOWED}=true {names.AUTO_ENABLED}=true "
        f"{names.AUTO_NAMESPACES}=NAMESPACES\n"
        "and get `kubectl mirror`, which says what came of it (docs/commands/getting.md):\n"
        "  make dist && install build/dist/kubectl-mirror.pyz ~/.local/bin/kubectl-mirror"
    )


def _rendered(cluster: Cluster, overlay: Overlay, delivery: Delivery) -> str:
    """Bring the image to the cluster, and return the overlay with it."""
    with tempfile.TemporaryDirectory(prefix="kn-mirror-") as name:
        folder = Path(name)
        overlay.write(folder, delivery.image)
        if delivery.registry:
            delivery.push(folder)
        else:
            delivery.load(cluster, folder)
        return cluster.kubectl("kustomize", name)


def apply(cluster: Cluster, overlay: Overlay, manifests: str, say: Say) -> None:
    """Apply an overlay, and wait until all of it is ready.

    Args:
        cluster: where.
        overlay: as it was read.
        manifests: what is applied: the same with the image that the cluster has.
        say: is told what is done.

    Raises:
        InstallerError: the API server does not take it, or it does not become ready.
    """
    namespace = str(overlay.namespace["metadata"]["name"])
    _ensure_key(cluster, overlay, namespace, say)
    _apply(cluster, manifests, say)
    say(f"Applied to namespace {namespace}; waiting until it is ready.")
    _await_ready(cluster, namespace)
    if others := " ".join(left_over(cluster, overlay.objects, namespace)):
        say(
            "Of another overlay there is more, which stays as it is. If you do not want it: "
            f"kubectl --context={cluster.context} --namespace={namespace} delete {others}"
        )


def _apply(cluster: Cluster, manifests: str, say: Say) -> None:
    """Apply manifests, again where Knative has just begun and its webhooks do not answer yet."""
    deadline = time.monotonic() + _WEBHOOKS_WITHIN
    while True:
        try:
            cluster.kubectl("apply", "--filename=-", fed=manifests)
        except RefusedError as error:
            if _UNANSWERED not in str(error) or time.monotonic() > deadline:
                raise
            say("A webhook of the cluster's does not answer yet; once more in a moment.")
            time.sleep(_PAUSE)
        else:
            return


def _require_rights(cluster: Cluster) -> None:
    try:
        cluster.kubectl("auth", "can-i", "*", "*", "--all-namespaces")
    except RefusedError as error:
        raise InstallerError(
            "Installing takes the rights of a cluster's administrator, since it makes ClusterRoles "
            f"and admission policies; you have not got them in context {cluster.context}. Have a "
            "context of theirs, or hand them the one file of `make pins push release IMAGE=…` "
            "(docs/install.md)."
        ) from error


def _ensure_key(cluster: Cluster, overlay: Overlay, namespace: str, say: Say) -> None:
    """Make the key that hashes are signed with before anything is signed, unless there is one."""
    metadata = overlay.namespace["metadata"]
    if not cluster.kubectl("get", "namespace", namespace, "--ignore-not-found", "--output=name"):
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    where = f"--namespace={namespace}"
    if cluster.kubectl("get", "secret", _KEY, where, "--ignore-not-found", "--output=name"):
        return
    key = {f"{datetime.now(UTC):%Y-%m-%d}": secrets.token_hex(32)}
    named = {"name": _KEY, "namespace": namespace}
    cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": named, "stringData": key})
    say(f"Secret {namespace}/{_KEY}: made, with a key that hashes are signed with.")


def _await_ready(cluster: Cluster, namespace: str) -> None:
    where = f"--namespace={namespace}"
    try:
        cluster.kubectl(
            "wait", "--for=condition=Ready", f"--timeout={_READY_WITHIN}s", "--all", _PARTS, where
        )
    except RefusedError as error:
        parts = "".join(f"\n  {each}" for each in _unready(cluster.list(_PARTS, where)))
        raise InstallerError(
            f"Not all of kn-mirror is ready after {_READY_WITHIN} s:{parts or error}\n"
            f"Look at its Pods: kubectl --context={cluster.context} get pods {where}"
        ) from error


def _unready(objects: Iterable[Manifest]) -> list[str]:
    """Say of each object that is not ready why, in its own words."""
    return [
        f"{each['kind']} {each['metadata']['name']}: {_reason(each)}"
        for each in objects
        if _condition(each).get("status") != "True"
    ]


def _reason(found: Manifest) -> str:
    condition = _condition(found)
    said = (condition.get("reason"), condition.get("message"))
    return ": ".join(each for each in said if each) or "nothing is said of it yet"


def _condition(found: Manifest) -> dict[str, str]:
    conditions = found.get("status", {}).get("conditions", ())
    return next((dict(each) for each in conditions if each["type"] == "Ready"), {})
