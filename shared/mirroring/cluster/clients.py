"""The few requests that mirroring makes of a Kubernetes API server; no other module makes any."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mirroring.cluster.refusals import refusal
from mirroring.errors import Conflict, Expired, NamespaceGone
from mirroring.names import MANAGER
from mirroring.objects.metadata import Metadata, Namespace, Object
from mirroring.objects.references import NAMESPACE, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mirroring.cluster.connections import Connection
    from mirroring.objects.references import Kind

A = TypeVar("A")
B = TypeVar("B")
Operations = list[dict[str, Any]]
Query = list[tuple[str, str]]
Page = Iterable[dict[str, Any]]

PAGE_SIZE: Final = 500
_WHOLE: Final = "application/json"
_METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_JSON_PATCH: Final = "application/json-patch+json"
_LIST_ATTEMPTS: Final = 3


class Cluster:
    """A Kubernetes cluster, as one event sees it.

    No write can be expressed without the state that it was judged on: a create fails when anything
    has the name, a patch or delete when the object is no longer what was seen.

    Every method may raise an `ApiError`, whose message names the object, the reason and the remedy.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = Lock()
        self.calls = 0

    def in_parallel(self, work: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """Do the same for each item, as many at once as the connection has writers."""
        return list(self._connection.writers.map(work, items))

    def get(self, ref: Ref) -> Object | None:
        """Read an object with its content; None when it is not there."""
        body = self._get(ref, accept=_WHOLE)
        return body and Object.read(ref.kind, body)

    def metadata(self, ref: Ref) -> Metadata | None:
        """Read an object without its content; None when it is not there."""
        body = self._get(ref, accept=_METADATA)
        return body and Metadata.read(ref.kind, body)

    def namespace(self, name: str) -> Namespace | None:
        """Read a namespace; None when it is not there."""
        body = self._get(Ref(NAMESPACE, "", name), accept=_METADATA)
        return body and Namespace.read(body)

    def namespaces(self) -> list[Namespace]:
        """Read all namespaces."""
        return self._list("/api/v1/namespaces", [], lambda page: map(Namespace.read, page))

    def list_metadata(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        name: str = "",
        selector: str = "",
        only: Callable[[Metadata], bool] = lambda _: True,
    ) -> list[Metadata]:
        """Read the metadata of a kind's objects: all, or by namespace, name or labels.

        `only` picks what to keep page by page, so that a whole cluster can be looked through in
        little memory.
        """
        scope = f"/namespaces/{namespace}" if namespace else ""
        query = [("fieldSelector", f"metadata.name={name}")] if name else []
        query += [("labelSelector", selector)] if selector else []
        return self._list(
            f"/api/v1{scope}/{kind.plural}",
            query,
            lambda page: filter(only, (Metadata.read(kind, item) for item in page)),
        )

    def create(self, ref: Ref, body: dict[str, Any]) -> Metadata:
        """Create an object where nothing has its name.

        Raises:
            AlreadyExists: something has.
            NamespaceGone: the namespace is being deleted or is not there.
        """
        path = f"/api/v1/namespaces/{ref.namespace}/{ref.kind.plural}"
        answer = self._send("POST", path, asked=f"create {ref}", body=body)
        return Metadata.read(ref.kind, answer)

    def create_event(self, namespace: str, body: dict[str, Any]) -> None:
        """Create a Kubernetes Event.

        Raises:
            AlreadyExists: it was told before.
        """
        path = f"/api/v1/namespaces/{namespace}/events"
        self._send("POST", path, asked=f"create an Event in {namespace}", body=body)

    def patch(self, seen: Metadata, operations: Operations) -> Metadata:
        """Change an object by a JSON Patch, if it is still what was seen.

        Raises:
            Conflict: it is not, or is gone.
        """
        lock = {
            "op": "replace",
            "path": "/metadata/resourceVersion",
            "value": seen.resource_version,
        }
        answer = self._write("PATCH", seen, [lock, *operations], content_type=_JSON_PATCH)
        return Metadata.read(seen.ref.kind, answer)

    def delete(self, seen: Metadata) -> None:
        """Delete an object, if it is still what was seen.

        Raises:
            Conflict: it is not, or is gone.
        """
        preconditions = {"uid": seen.uid, "resourceVersion": seen.resource_version}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        self._write("DELETE", seen, options)

    def _write(self, method: str, seen: Metadata, body: Any, content_type: str = _WHOLE) -> Any:
        asked = f"{method.lower()} {seen.ref}"
        try:
            return self._send(
                method, _path(seen.ref), asked=asked, body=body, content_type=content_type
            )
        except NamespaceGone as error:
            raise Conflict(f"{seen.ref} is gone. It is looked for again.") from error

    def _get(self, ref: Ref, *, accept: str) -> Any:
        status, body = self._request("GET", _path(ref), headers={"Accept": accept})
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise refusal(f"get {ref}", status, body)
        return json.loads(body)

    def _list(self, path: str, query: Query, read: Callable[[Page], Iterable[B]]) -> list[B]:
        """Read all pages of one state of the cluster; begin again when that state expires."""
        for _ in range(_LIST_ATTEMPTS - 1):
            with suppress(Expired):
                return self._all_pages(path, query, read)
        return self._all_pages(path, query, read)

    def _all_pages(self, path: str, query: Query, read: Callable[[Page], Iterable[B]]) -> list[B]:
        found: list[B] = []
        following = ""
        while True:
            listed = self._page(path, [*query, ("limit", str(PAGE_SIZE)), ("continue", following)])
            # The API server writes an empty list of PartialObjectMetadata as null.
            found.extend(read(listed["items"] or ()))
            following = listed["metadata"].get("continue", "")
            if not following:
                return found

    def _page(self, path: str, query: Query) -> Any:
        headers = {"Accept": _METADATA_LIST, "Accept-Encoding": "gzip"}
        status, body = self._request("GET", path, query=query, headers=headers)
        if status != HTTPStatus.OK:
            raise refusal(f"list {path}", status, body)
        return json.loads(body)

    def _send(
        self, method: str, path: str, *, asked: str, body: Any, content_type: str = _WHOLE
    ) -> Any:
        # Of what was written only the metadata are needed, a fraction of it.
        headers = {"Accept": _METADATA, "Content-Type": content_type}
        query = [("fieldManager", MANAGER)] if method != "DELETE" else []
        status, answer = self._request(
            method, path, query=query, headers=headers, body=json.dumps(body).encode()
        )
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(asked, status, answer, confidential=_values(body))
        return json.loads(answer)

    def _request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        with self._lock:
            self.calls += 1
        return self._connection.request(method, path, **options)


def _path(ref: Ref) -> str:
    scope = f"/namespaces/{ref.namespace}" if ref.namespace else ""
    return f"/api/v1{scope}/{ref.kind.plural}/{ref.name}"


def _values(body: Any) -> Iterator[str]:
    """Every value of the content that a request carries, as sent and as it reads decoded."""
    if isinstance(body, dict):
        carried = [body.get("data"), body.get("binaryData")]
    else:
        carried = [step["value"] for step in body if step["path"] in {"/data", "/binaryData"}]
    for values in carried:
        for value in (values or {}).values():
            yield value
            with suppress(Base64Error, UnicodeDecodeError):
                yield b64decode(value, validate=True).decode()
