"""API servers that a play can be given on: the sandbox in memory, or a real one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

from sandbox import kinds
from sandbox.api import Api as SandboxApi
from sandbox.messages import Request
from sandbox.stores import Store
from tests.e2e.actors import admission_policies
from tests.e2e.actors.admissions import Alteration, altering, index, refusing
from tests.e2e.actors.claims import Place
from tests.lab.api import JSON, Answer
from tests.lab.clusters import path_of
from tests.trials import DirectTransport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mirroring.cluster.protocols import Transport
    from mirroring.cluster.transports import HttpTransport
    from tests.lab.api import Api

Labels = dict[str, str]
_BEGINNING: Final = datetime(2026, 3, 1, tzinfo=UTC)
_NAMESPACE: Final = "Namespace"


class Change(NamedTuple):
    """What a watch of everything tells of one write.

    Args:
        kind: of the object.
        place: of the object; a Namespace has its name only.
        before: its labels before; None when it was not there.
        after: its labels now; None when it is gone.
    """

    kind: str
    place: Place
    before: Labels | None
    after: Labels | None


class Client(Protocol):
    """Sends requests, as `tests.lab.api.Api` does."""

    def request(
        self, method: str, path: str, body: object = None, *, content_type: str = JSON
    ) -> Answer: ...


class ApiServer(Protocol):
    """What a play needs of an API server."""

    @property
    def client(self) -> Client:
        """Users' way to it."""

    @property
    def transport(self) -> Transport:
        """kn-mirror's way to it."""

    def changes(self) -> Iterable[Change]:
        """Tell what happened since this was asked last."""

    def now(self) -> datetime:
        """Tell the time."""

    def wait(self, seconds: int) -> None:
        """Let time pass, where it is the test's."""

    def index(self) -> None:
        """Have kn-mirror's own policy label what concerns it."""

    def alter(self, namespace: str, alteration: Alteration) -> None:
        """Have a policy alter whatever is written in a namespace from now on."""

    def refuse_creates(self, namespaces: frozenset[str]) -> None:
        """Have a policy refuse that anything is created in these namespaces, and in no others."""


@dataclass(slots=True)
class InMemory:
    """The sandbox, without HTTP, with a clock that writes drive: each play goes the same way.

    Two writes make a second, so that some are in the same second and some are not.
    """

    waited: int = 0
    store: Store = field(init=False)
    _seen: int = 0
    _refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store = Store(self.now)
        self.store.admissions.append(refusing(self._refused))
        self._seen = self.store.version

    @property
    def client(self) -> Client:
        """Users' way to it."""
        return DirectClient(self.store)

    @property
    def transport(self) -> Transport:
        """kn-mirror's way to it."""
        return DirectTransport(self.store)

    def changes(self) -> Iterator[Change]:
        """Tell what happened since this was asked last, write by write."""
        since, self._seen = self._seen, self.store.version
        if since == self._seen:
            return
        for change in self.store.changes(since, within=0):
            if change.ref.kind in {kinds.SECRET, kinds.CONFIG_MAP, kinds.NAMESPACE}:
                place = Place(change.ref.namespace, change.ref.name)
                yield Change(
                    change.ref.kind.name, place, _labels(change.before), _labels(change.after)
                )

    def everything(self) -> list[tuple[kinds.Ref, dict[str, Any]]]:
        """Return all Secrets and ConfigMaps."""
        return [*self.store.all(kinds.SECRET), *self.store.all(kinds.CONFIG_MAP)]

    def now(self) -> datetime:
        """Tell the time."""
        return _BEGINNING + timedelta(seconds=self.waited + self.store.version // 2)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.waited += seconds

    def index(self) -> None:
        """Have kn-mirror's own policy label what concerns it."""
        self.store.admissions.append(index)

    def alter(self, namespace: str, alteration: Alteration) -> None:
        """Have a policy alter whatever is written in a namespace from now on."""
        self.store.admissions.insert(0, altering(namespace, alteration))

    def refuse_creates(self, namespaces: frozenset[str]) -> None:
        """Have a policy refuse that anything is created in these namespaces, and in no others."""
        self._refused.clear()
        self._refused.update(namespaces)


@dataclass(frozen=True, slots=True)
class DirectClient:
    """Sends requests of users to the sandbox in memory."""

    store: Store

    def request(
        self, method: str, path: str, body: object = None, *, content_type: str = JSON
    ) -> Answer:
        """Send one request, as `tests.lab.api.Api` does."""
        parts = urlsplit(path)
        request = Request(
            method=method,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={"content-type": content_type},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        answer = SandboxApi(self.store).answer(request)
        return Answer(int(answer.code), answer.body, {})


class Listed:
    """A real API server, whose changes are what differs between one list and the next.

    Args:
        api: the administrator's way to it.
        transport: kn-mirror's.
        namespaces: those of the play; others are not looked at.
    """

    def __init__(self, api: Api, transport: HttpTransport, namespaces: frozenset[str]) -> None:
        self.api = api
        self.transport = transport
        self._namespaces = namespaces
        self._seen: Mapping[tuple[str, Place], Mapping[str, Any]] = {}

    @property
    def client(self) -> Client:
        """Users' way to it."""
        return self.api

    def changes(self) -> Iterator[Change]:
        """Tell what is otherwise than when this was asked last."""
        before, now = self._seen, dict(self._look())
        self._seen = now
        for key in sorted(before.keys() | now.keys(), key=lambda key: _version(now.get(key))):
            was, found = before.get(key), now.get(key)
            if was and found and was["uid"] != found["uid"]:
                yield Change(*key, _labels(_whole(was)), None)
                was = None
            if _version(was) != _version(found):
                yield Change(*key, _labels(_whole(was)), _labels(_whole(found)))

    def _look(self) -> Iterator[tuple[tuple[str, Place], Mapping[str, Any]]]:
        for kind in ("Secret", "ConfigMap", _NAMESPACE):
            for found in self.api.request("GET", path_of(kind, "")).body["items"] or ():
                metadata = found["metadata"]
                place = Place(metadata.get("namespace", ""), metadata["name"])
                if (place.namespace or place.name) in self._namespaces:
                    yield (kind, place), metadata

    def now(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC)

    def wait(self, seconds: int) -> None:
        """Do nothing: the time is everybody's."""

    def index(self) -> None:
        """Fail: the account that kn-mirror has here is not one that the policy knows."""
        raise NotImplementedError

    def alter(self, namespace: str, alteration: Alteration) -> None:
        """Have a policy alter whatever is written in a namespace from now on."""
        admission_policies.alter(self.api, namespace, alteration)

    def refuse_creates(self, namespaces: frozenset[str]) -> None:
        """Have a policy refuse that anything is created in these namespaces, and in no others."""
        admission_policies.refuse_creates(self.api, namespaces)


def _version(metadata: Mapping[str, Any] | None) -> int:
    return int(metadata["resourceVersion"]) if metadata else 0


def _whole(metadata: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if metadata is None else {"metadata": metadata}


def _labels(body: Mapping[str, Any] | None) -> Labels | None:
    return None if body is None else dict(body["metadata"].get("labels") or {})
