"""Hands: a cluster as it is for people and tools, in as few words as it takes to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.e2e.actors.claims import Place
from tests.lab.api import JSON, JSON_PATCH, MERGE_PATCH
from tests.lab.clusters import data_of, encode, path_of

if TYPE_CHECKING:
    from tests.e2e.actors.servers import Client

Body = dict[str, Any]
Content = dict[str, str]

APPLY: Final = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Hands:
    """A cluster in somebody's hands: what is refused comes to nothing, as a tool would log it.

    Args:
        client: the way to it.
        kind: of all objects that are handled.
    """

    client: Client
    kind: str

    def get(self, place: Place) -> Body | None:
        """Return an object."""
        answer = self.client.request("GET", path_of(self.kind, *place))
        return answer.body if answer else None

    def places(self) -> set[Place]:
        """Return where there are objects."""
        listed = self.client.request("GET", path_of(self.kind, "")).body["items"] or ()
        return {Place(each["metadata"]["namespace"], each["metadata"]["name"]) for each in listed}

    def create(self, place: Place, body: Body, *, by: str) -> Body | None:
        """Create an object."""
        path = f"{path_of(self.kind, place.namespace)}?{urlencode({'fieldManager': by})}"
        return self._send("POST", path, _named(place, body))

    def replace(self, place: Place, body: Body, *, by: str) -> Body | None:
        """Put an object in the place of one that is there, whatever its version."""
        return self._send("PUT", self._path(place, by), _named(place, body))

    def patch(self, place: Place, change: object, *, by: str) -> Body | None:
        """Change an object by a merge patch, or by a JSON patch when `change` is a list."""
        content_type = JSON_PATCH if isinstance(change, list) else MERGE_PATCH
        return self._send("PATCH", self._path(place, by), change, content_type)

    def apply(self, place: Place, body: Body, *, by: str, force: bool) -> Body | None:
        """Apply a manifest on the server's side."""
        sent = {"apiVersion": "v1", "kind": self.kind, **_named(place, body)}
        return self._send(
            "PATCH", f"{self._path(place, by)}&force={str(force).lower()}", sent, APPLY
        )

    def delete(self, place: Place) -> None:
        """Delete an object, if it is there."""
        self.client.request("DELETE", path_of(self.kind, *place))

    def fields(self, content: Content) -> Body:
        """Return content as objects of the kind hold it."""
        if self.kind == "Secret":
            return {"data": {key: encode(value) for key, value in content.items()}}
        return {"data": dict(content)}

    def content(self, place: Place) -> Content | None:
        """Return what an object holds."""
        found = self.get(place)
        return None if found is None else content_of(found, self.kind)

    def _path(self, place: Place, by: str) -> str:
        return f"{path_of(self.kind, *place)}?{urlencode({'fieldManager': by})}"

    def _send(self, method: str, path: str, body: object, content_type: str = JSON) -> Body | None:
        answer = self.client.request(method, path, body, content_type=content_type)
        return answer.body if answer else None


def content_of(body: Body, kind: str) -> Content:
    """Return what an object holds, decoded."""
    return {key: value.decode() for key, value in data_of({**body, "kind": kind}).items()}


def annotations_of(body: Body) -> dict[str, str]:
    """Return an object's annotations."""
    return dict(body["metadata"].get("annotations") or {})


def labels_of(body: Body) -> dict[str, str]:
    """Return an object's labels."""
    return dict(body["metadata"].get("labels") or {})


def bare(body: Body) -> Body:
    """Return of an object what `kubectl get -o yaml` has and somebody would apply elsewhere."""
    metadata = {key: dict(body["metadata"].get(key) or {}) for key in ("labels", "annotations")}
    kept = ("data", "binaryData", "type", "immutable")
    return {"metadata": metadata, **{key: body[key] for key in kept if key in body}}


def _named(place: Place, body: Body) -> Body:
    return {**body, "metadata": {**body.get("metadata", {}), "name": place.name}}
