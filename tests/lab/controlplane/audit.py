"""Which requests an API server got, by its audit log."""

from __future__ import annotations

import itertools
import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from tests.lab.controlplane.accounts import ADMIN
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.lab.api import Api

# What the server and the controllers do of themselves is left out, and so are probes and discovery.
POLICY: Final[Mapping[str, Any]] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["ResponseStarted"],
    "rules": [
        {"level": "None", "users": ["system:apiserver", "system:kube-controller-manager"]},
        {"level": "None", "nonResourceURLs": ["/*"]},
        {"level": "Metadata"},
    ],
}

_READS: Final = frozenset({"get", "list"})
_RECEIVED: Final = "RequestReceived"


class Audited(Protocol):
    """An API server with an audit log, as `POLICY` makes it."""

    @property
    def audit_log(self) -> Path: ...

    def api(self, user: str = "admin") -> Api: ...


@dataclass(frozen=True, slots=True)
class Request:
    """One request for resources.

    Args:
        verb: Kubernetes' own, as in `list`.
        resource: plural, with the subresource if there is one, as in `namespaces/finalize`.
        namespace: empty for all namespaces.
        name: empty for lists.
        query: option → value.
        status: the status code of the answer.
    """

    verb: str
    resource: str
    namespace: str
    name: str
    query: Mapping[str, str]
    status: int


class Seen:
    """The requests of some users, in the order in which they came; empty until the context ends."""

    def __init__(self) -> None:
        self.requests: tuple[Request, ...] = ()

    @property
    def reads(self) -> tuple[Request, ...]:
        """The gets and lists. A page that continues a list is no read of its own."""
        return tuple(r for r in self.requests if r.verb in _READS and "continue" not in r.query)

    @property
    def writes(self) -> tuple[Request, ...]:
        """Everything that asked for a change, whatever the answer was."""
        return tuple(r for r in self.requests if r.verb not in {*_READS, "watch"})


@contextmanager
def requests_seen(server: Audited, *users: str) -> Iterator[Seen]:
    """Collect the requests of some users that are answered while the context lasts.

    Without any it is everybody but `admin`, whom the tests themselves are.

    The server writes that it received a request before it answers, and how it answered some time
    after. So a request of our own marks the end: what was answered before has been received above
    the marker, and its answer is waited for. Watches, which may never end, are not.
    """
    log = _Log(server.audit_log, start=server.audit_log.stat().st_size)
    seen = Seen()
    yield seen
    marker = f"marker-{uuid.uuid4()}"
    server.api().request("GET", f"/api/v1/namespaces/default/configmaps/{marker}")
    eventually(lambda: marker in map(_name, log.received()))
    before = itertools.takewhile(lambda event: _name(event) != marker, log.received())
    wanted = [each for each in before if _is_of(each, users) and each["verb"] != "watch"]
    awaited = [each["auditID"] for each in wanted]
    eventually(lambda: log.answers().keys() >= set(awaited))
    answers = log.answers()
    seen.requests = tuple(_request(answers[identity]) for identity in awaited)


def verbs_asked(server: Audited, user: str) -> frozenset[tuple[str, str]]:
    """Return what a user ever asked for, watches included: resource and verb."""
    received = _Log(server.audit_log, start=0).received()
    return frozenset(
        (each["objectRef"]["resource"], each["verb"]) for each in received if _user(each) == user
    )


@dataclass(frozen=True, slots=True)
class _Log:
    """An audit log from the byte `start` on."""

    path: Path
    start: int

    def received(self) -> list[Any]:
        """Return the events that say a request came, in the order of their coming."""
        return [event for event in self._events() if event["stage"] == _RECEIVED]

    def answers(self) -> dict[str, Any]:
        """Return the events that say how a request was answered, by the request's identity."""
        return {e["auditID"]: e for e in self._events() if e["stage"] != _RECEIVED}

    def _events(self) -> Iterator[Any]:
        with self.path.open("rb") as file:
            file.seek(self.start)
            # The last line may be half written.
            yield from (json.loads(line) for line in file if line.endswith(b"\n"))


def _name(event: Any) -> str:
    return str(event.get("objectRef", {}).get("name", ""))


def _is_of(event: Any, users: tuple[str, ...]) -> bool:
    return _user(event) in users if users else _user(event) != ADMIN.name


def _user(event: Any) -> str:
    return str(event["user"]["username"])


def _request(event: Any) -> Request:
    target = event["objectRef"]
    subresource = target.get("subresource")
    return Request(
        verb=event["verb"],
        resource=target["resource"] + (f"/{subresource}" if subresource else ""),
        namespace=target.get("namespace", ""),
        name=_name(event),
        query=dict(parse_qsl(urlsplit(event["requestURI"]).query)),
        status=event["responseStatus"]["code"],
    )
