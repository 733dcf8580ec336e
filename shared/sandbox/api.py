"""The API: what is done for each request, and what is answered."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sandbox.deletions import delete, existing
from sandbox.kinds import CONFIG_MAP, NAMESPACE, SECRET
from sandbox.lists import Selection, page
from sandbox.messages import APPLY, Answer, Target
from sandbox.refusals import Refusal
from sandbox.registries import Registry
from sandbox.representations import Representation
from sandbox.watches import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.kinds import Body
    from sandbox.messages import Request
    from sandbox.stores import Store

    _Handler = Callable[[Target, Request, Representation], Answer]

_VERBS: Final = ["create", "delete", "get", "list", "patch", "update", "watch"]
_SHORT_NAMES: Final = {CONFIG_MAP: ["cm"], NAMESPACE: ["ns"]}
_ABOUT_ITSELF: Final[Mapping[str, Any]] = {
    "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0-sandbox"},
    "/livez": "ok",
    "/readyz": "ok",
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {
                "name": kind.plural,
                "singularName": kind.name.lower(),
                "namespaced": kind is not NAMESPACE,
                "kind": kind.name,
                "verbs": _VERBS,
                "shortNames": _SHORT_NAMES.get(kind, []),
            }
            for kind in (CONFIG_MAP, NAMESPACE, SECRET)
        ],
    },
}


class Api:
    """Answers requests from what a store holds.

    Args:
        store: the objects.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, request: Request) -> Answer:
        """Do what a request asks; a refusal is an answer like any other."""
        try:
            if request.is_dry_run:
                query = {name: value for name, value in request.query.items() if name != "dryRun"}
                asked = replace(request, query=query, is_rehearsed=True)
                return Api(self._store.copy()).answer(asked)
            if request.path in _ABOUT_ITSELF and request.method == "GET":
                return Answer(HTTPStatus.OK, _ABOUT_ITSELF[request.path])
            target = Target.parse(request.path)
            accept = request.headers.get("accept", "*/*")
            form = Representation.accepted(target.kind, accept)
            return self._handler(target, request.method)(target, request, form)
        except Refusal as refusal:
            return Answer(refusal.code, refusal.status)

    def _handler(self, target: Target, method: str) -> _Handler:
        handlers: dict[str, _Handler]
        handlers = {"GET": self._list, "POST": self._create, "DELETE": self._delete_all}
        if target.subresource:
            handlers = {"PUT": self._finalize}
        elif target.name:
            handlers = {
                "GET": self._get,
                "PUT": self._replace,
                "PATCH": self._patch,
                "DELETE": self._delete,
            }
        elif target.kind is NAMESPACE:
            del handlers["DELETE"]
        elif not target.namespace:
            handlers = {"GET": self._list}
        if method not in handlers:
            message = "the server does not allow this method on the requested resource"
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
        return handlers[method]

    def _get(self, target: Target, _request: Request, form: Representation) -> Answer:
        return Answer(HTTPStatus.OK, form.one(existing(self._store, target.ref)))

    def _list(self, target: Target, request: Request, form: Representation) -> Answer:
        if request.query.get("watch") in {"true", "1"}:
            selection = Selection.of(request, target)
            events = watch(self._store, target.kind, selection, request, form.one)
            return Answer(HTTPStatus.OK, stream=events)
        bodies, metadata = page(self._store, target, request)
        return Answer(HTTPStatus.OK, form.many(bodies, metadata))

    def _create(self, target: Target, request: Request, form: Representation) -> Answer:
        registry = Registry(self._store, request.manager)
        body = registry.create(target.kind, target.namespace, request.decoded())
        return Answer(HTTPStatus.CREATED, form.one(body))

    def _replace(self, target: Target, request: Request, form: Representation) -> Answer:
        registry = Registry(self._store, request.manager)
        return Answer(HTTPStatus.OK, form.one(registry.replace(target.ref, request.decoded())))

    def _patch(self, target: Target, request: Request, form: Representation) -> Answer:
        registry = Registry(self._store, request.manager)
        if request.content_type == APPLY:
            is_there = self._store.get(target.ref) is not None
            force = request.query.get("force") == "true"
            body = registry.apply(target.ref, request.decoded(), force=force)
            return Answer(HTTPStatus.OK if is_there else HTTPStatus.CREATED, form.one(body))
        body = registry.patch(target.ref, request.decoded(), request.content_type)
        return Answer(HTTPStatus.OK, form.one(body))

    def _finalize(self, target: Target, request: Request, form: Representation) -> Answer:
        registry = Registry(self._store, request.manager)
        return Answer(HTTPStatus.OK, form.one(registry.finalize(target.ref, request.decoded())))

    def _delete(self, target: Target, request: Request, form: Representation) -> Answer:
        options = request.decoded() or {}
        uid = existing(self._store, target.ref)["metadata"]["uid"]
        held = delete(self._store, target.ref, options.get("preconditions") or {})
        if held is not None:
            return Answer(HTTPStatus.OK, form.one(held))
        details = {"name": target.name, "kind": target.kind.plural, "uid": uid}
        return Answer(HTTPStatus.OK, _success(details))

    def _delete_all(self, target: Target, request: Request, form: Representation) -> Answer:
        with self._store.lock:
            bodies, metadata = page(self._store, target, request)
            for body in bodies:
                delete(self._store, replace(target, name=body["metadata"]["name"]).ref, {})
        return Answer(HTTPStatus.OK, form.many(bodies, metadata))


def _success(details: Body) -> Body:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }
