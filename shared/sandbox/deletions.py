"""Deleting objects: at once, or as soon as no finalizer holds them any more.

A namespace takes along what is in it, in the request that deletes it: the controller that does it
in a cluster would do it some seconds later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kinds import NAMESPACE, Ref
from sandbox.refusals import conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.kinds import Body
    from sandbox.stores import Store


def existing(store: Store, ref: Ref) -> Body:
    """Return an object.

    Raises:
        Refusal: it is not there (404).
    """
    found = store.get(ref)
    if found is None:
        raise not_found(ref)
    return found


def delete(store: Store, ref: Ref, preconditions: Mapping[str, Any]) -> Body | None:
    """Delete an object, or mark it for deletion while something holds it.

    Args:
        store: where it is.
        ref: its name.
        preconditions: `uid` and `resourceVersion` that it must have.

    Returns:
        The object that is held; None when it went at once.

    Raises:
        Refusal: it is not there (404) or does not meet the preconditions (409).
    """
    with store.lock:
        found = existing(store, ref)
        for field, wanted in preconditions.items():
            if wanted != found["metadata"][field]:
                raise conflict(ref, f"it has another {field} than the precondition")
        if ref.kind is not NAMESPACE and not found["metadata"].get("finalizers"):
            _remove(store, ref)
            return None
        if "deletionTimestamp" not in found["metadata"]:
            found = store.put(ref, _marked(found, store.now()))
        if ref.kind is NAMESPACE:
            for inner in store.in_namespace(ref.name):
                delete(store, inner, {})
            _release(store, ref)
        return found


def finish(store: Store, ref: Ref) -> None:
    """Remove an object that is marked for deletion, if nothing holds it any more."""
    with store.lock:
        found = existing(store, ref)
        held = found["metadata"].get("finalizers") or found.get("spec", {}).get("finalizers")
        if "deletionTimestamp" in found["metadata"] and not held:
            _remove(store, ref)


def _remove(store: Store, ref: Ref) -> None:
    store.remove(ref)
    _release(store, Ref(NAMESPACE, "", ref.namespace))


def _release(store: Store, namespace: Ref) -> None:
    """Let go of a namespace that is being deleted as soon as nothing is left in it."""
    found = store.get(namespace)
    if found is None or any(store.in_namespace(namespace.name)):
        return
    if "deletionTimestamp" in found["metadata"]:
        others = [name for name in found["spec"]["finalizers"] if name != "kubernetes"]
        if others != found["spec"]["finalizers"]:
            store.put(namespace, {**found, "spec": {"finalizers": others}})
        finish(store, namespace)


def _marked(body: Body, now: str) -> Body:
    metadata = {**body["metadata"], "deletionTimestamp": now, "deletionGracePeriodSeconds": 0}
    marked = {**body, "metadata": metadata}
    return marked | ({"status": {"phase": "Terminating"}} if "status" in body else {})
