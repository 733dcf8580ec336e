"""Creating and changing objects, by the rules of the API server."""

from __future__ import annotations

import random
import string
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox import bodies, validation
from sandbox.admissions import Review
from sandbox.applies import applied
from sandbox.deletions import existing, finish
from sandbox.kinds import NAMESPACE, Kind, Ref
from sandbox.managed_fields import Owner, entries, owners_of, written
from sandbox.patches import patched
from sandbox.refusals import (
    already_exists,
    bad_request,
    conflict,
    invalid,
    terminating,
)

if TYPE_CHECKING:
    from sandbox.kinds import Body
    from sandbox.managed_fields import Owners
    from sandbox.stores import Store

_SUFFIX: Final = 5  # characters after a generateName
_OF_SERVER: Final = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Registry:
    """Creates and changes objects; each method is one step, whoever else writes.

    Args:
        store: where they are.
        manager: who writes, as `managedFields` shall name them.
    """

    store: Store
    manager: str

    def create(self, kind: Kind, namespace: str, sent: Any) -> Body:
        """Store a new object under its own or a generated name.

        Raises:
            Refusal: something has the name (409), the namespace is not there (404) or goes away
            (403), or the object is not acceptable (400, 422).
        """
        with self.store.lock:
            body = bodies.read(kind, sent)
            ref = _ref_of_new(kind, namespace, body["metadata"])
            if kind is not NAMESPACE:
                self._check_namespace(ref)
            if self.store.get(ref) is not None:
                raise already_exists(ref)
            if body["metadata"].get("resourceVersion"):
                raise bad_request("resourceVersion should not be set on objects to be created")
            if kind is NAMESPACE:
                body = _new_namespace(ref, body)
            return self._stored(ref, self._born(body), None)

    def replace(self, ref: Ref, sent: Any) -> Body:
        """Store an object in place of the one that is there.

        Raises:
            Refusal: none is there (404), it is another version than the new one names (409), or the
            new one is not acceptable (400, 422).
        """
        with self.store.lock:
            return self._changed(ref, existing(self.store, ref), sent)

    def patch(self, ref: Ref, patch: Any, content_type: str) -> Body:
        """Change an object by a patch.

        Raises:
            Refusal: as `replace`, or the patch cannot be applied (400, 415, 422).
        """
        with self.store.lock:
            before = existing(self.store, ref)
            return self._changed(ref, before, patched(before, patch, content_type))

    def apply(self, ref: Ref, sent: Any, *, force: bool) -> Body:
        """Change or create an object so that it has what a manager declares of it.

        Raises:
            Refusal: as `create` and `replace`, or other managers have other values there (409).
        """
        with self.store.lock:
            before = self.store.get(ref)
            merged, owners = applied(
                ref,
                before or {},
                sent,
                manager=self.manager,
                force=force,
                now=self.store.now(),
            )
            if before is not None:
                return self._changed(ref, before, merged, owners)
            self._check_namespace(ref)
            named = {"metadata": {**merged["metadata"], "name": ref.name, **_namespace_of(ref)}}
            body = bodies.read(ref.kind, merged | named)
            return self._stored(ref, self._born(body), None, owners)

    def finalize(self, ref: Ref, sent: Any) -> Body:
        """Set `spec.finalizers` of a namespace, which lets go of it when none is left.

        Raises:
            Refusal: it is not there (404).
        """
        with self.store.lock:
            spec = bodies.read(NAMESPACE, sent)["spec"]
            stored = self.store.put(ref, {**existing(self.store, ref), "spec": spec})
            finish(self.store, ref)
            return stored

    def _changed(self, ref: Ref, before: Body, sent: Any, owners: Owners | None = None) -> Body:
        body = bodies.read(ref.kind, sent)
        metadata = body["metadata"]
        if metadata.get("name", ref.name) != ref.name:
            raise bad_request(f"the name of the object is not {ref.name}")
        if metadata.get("namespace", ref.namespace) != ref.namespace:
            raise bad_request(f"the namespace of the object is not {ref.namespace}")
        for field in ("uid", "resourceVersion"):
            if metadata.get(field, before["metadata"][field]) != before["metadata"][field]:
                raise conflict(ref, "the object has been modified; please apply your changes to it")
        kept = {name: before["metadata"][name] for name in _OF_SERVER if name in before["metadata"]}
        body["metadata"] = metadata | {"name": ref.name, **_namespace_of(ref)} | kept
        if ref.kind is NAMESPACE:
            body |= {"spec": before["spec"], "status": before["status"]}
            body["metadata"]["labels"] = metadata.get("labels", {}) | {_NAME_LABEL: ref.name}
        return self._stored(ref, body, before, owners)

    def _born(self, body: Body) -> Body:
        at = self.store.now()
        metadata = body["metadata"] | {"uid": str(uuid.uuid4()), "creationTimestamp": at}
        return {**body, "metadata": metadata}

    def _stored(
        self, ref: Ref, after: Body, before: Body | None, owners: Owners | None = None
    ) -> Body:
        """Store what was written, as admission and validation leave it.

        Args:
            ref: the object.
            after: what was written.
            before: what was there.
            owners: of its fields, where what was written was declared by server-side apply.
        """
        if owners is None:
            # What is sent of it holds in place of what was there.
            owners = owners_of(after if after["metadata"].get("managedFields") else before or {})
            # Where they were cleared, nobody is noted until somebody applies.
            if owners or before is None:
                mine = Owner(self.manager)
                owners = written(before or {}, after, owners, mine, now=self.store.now())
        # Of what admission changes nobody is noted as the owner.
        for admit in self.store.admissions:
            after = admit(Review(ref, after, before, self.manager))
        validation.check(ref, after, before)
        fields = entries(owners, group=ref.kind.group)
        after = {**after, "metadata": {**after["metadata"], "managedFields": fields}}
        if before is not None:
            after["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"]
            if after == before:
                return before
        stored = self.store.put(ref, after)
        finish(self.store, ref)
        return stored

    def _check_namespace(self, ref: Ref) -> None:
        namespace = existing(self.store, Ref(NAMESPACE, "", ref.namespace))
        if "deletionTimestamp" in namespace["metadata"]:
            raise terminating(ref)


def _ref_of_new(kind: Kind, namespace: str, metadata: Body) -> Ref:
    if metadata.get("namespace", namespace) != namespace:
        raise bad_request("the namespace of the object does not match the namespace on the request")
    if not metadata.get("name"):
        if not metadata.get("generateName"):
            because = "Required value: name or generateName is required"
            raise invalid(Ref(kind, namespace, ""), "metadata.name", because)
        letters = random.choices(string.ascii_lowercase, k=_SUFFIX)  # noqa: S311 (names no secret)
        metadata["name"] = metadata["generateName"] + "".join(letters)
    ref = Ref(kind, namespace, metadata["name"])
    metadata.update(_namespace_of(ref))
    return ref


def _new_namespace(ref: Ref, body: Body) -> Body:
    labels = body["metadata"].get("labels", {}) | {_NAME_LABEL: ref.name}
    finalizers = [*body["spec"]["finalizers"], "kubernetes"]
    return {
        "metadata": {**body["metadata"], "labels": labels},
        "spec": {"finalizers": list(dict.fromkeys(finalizers))},
        "status": {"phase": "Active"},
    }


def _namespace_of(ref: Ref) -> dict[str, str]:
    return {"namespace": ref.namespace} if ref.namespace else {}
