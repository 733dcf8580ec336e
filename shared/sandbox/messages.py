"""Requests to the sandbox and its answers, without the protocol that carries them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sandbox.kinds import CONFIG_MAP, EVENT, LEASE, NAMESPACE, SECRET, Kind, Ref
from sandbox.refusals import Refusal, bad_request, unsupported_media_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS: Final = {kind.plural: kind for kind in (SECRET, CONFIG_MAP, NAMESPACE, EVENT, LEASE)}
_PATH: Final = re.compile(
    r"(?P<root>/apis?/(?:[^/]+/)?v1)(?:/namespaces/(?P<namespace>[^/]+))?"
    rf"/(?P<plural>{'|'.join(_KINDS)})(?:/(?P<name>[^/]+))?(?:/(?P<subresource>finalize))?"
)
_JSON: Final = re.compile(r"application/(?:[a-z-]+\+)?json")
APPLY: Final = "application/apply-patch+yaml"  # as whose body JSON is taken, which is YAML, too


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks.

    Args:
        method: of HTTP.
        path: decoded, without the query.
        query: the options; of one that is given twice the last.
        headers: their names in lower case.
        body: as it was sent.
        is_rehearsed: whether it is answered from a copy, so that nothing is kept.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    is_rehearsed: bool = False

    @property
    def is_dry_run(self) -> bool:
        """Whether it is only asked what would come of it; the options of a deletion say that alone.

        Raises:
            Refusal: as `decoded`.
        """
        if self.is_rehearsed:
            return False
        if self.method == "DELETE" and self.body:
            return bool((self.decoded() or {}).get("dryRun"))
        return "dryRun" in self.query

    @property
    def content_type(self) -> str:
        """The body's media type, without parameters; JSON where none is said."""
        return self.headers.get("content-type", "application/json").partition(";")[0].strip()

    @property
    def manager(self) -> str:
        """Who writes, by the same rule as the API server's."""
        agent = self.headers.get("user-agent", "").partition("/")[0]
        return self.query.get("fieldManager") or agent or "unknown"

    def decoded(self) -> Any:
        """Decode the body; an empty one is None.

        Raises:
            Refusal: it is not JSON (400), or does not claim to be (415).
        """
        is_json = _JSON.fullmatch(self.content_type) or self.content_type == APPLY
        if self.body and not is_json:
            raise unsupported_media_type("application/json")
        try:
            return json.loads(self.body) if self.body else None
        except ValueError as error:
            raise bad_request("the body of the request is not JSON") from error

    def number(self, option: str, default: int) -> int:
        """Read an option that is a number.

        Raises:
            Refusal: it is none (400).
        """
        text = self.query.get(option) or str(default)
        if not text.isdecimal():
            raise bad_request(f"{option} is no number")
        return int(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets.

    Args:
        code: the HTTP status.
        body: is sent as JSON.
        stream: is sent piece by piece in place of the body.
    """

    code: HTTPStatus
    body: Any = field(default=None, repr=False)
    stream: Iterator[Any] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means.

    Args:
        kind: of objects.
        namespace: the only one that is meant; empty for all, and for Namespaces themselves.
        name: the only object that is meant; empty for all.
        subresource: `finalize` or nothing.
    """

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def ref(self) -> Ref:
        """The object that is meant, where it is one."""
        return Ref(self.kind, self.namespace, self.name)

    @classmethod
    def parse(cls, path: str) -> Target:
        """Read a path.

        Raises:
            Refusal: the sandbox has nothing there (404).
        """
        match = _PATH.fullmatch(path)
        parts = {key: value or "" for key, value in match.groupdict().items()} if match else {}
        kind = _KINDS.get(parts.pop("plural", ""))
        target = cls(kind, **parts) if kind and kind.root == parts.pop("root") else None
        if target is None or not target.is_served:
            message = "the server could not find the requested resource"
            raise Refusal(HTTPStatus.NOT_FOUND, "NotFound", message)
        return target

    @property
    def is_served(self) -> bool:
        """Whether the API has such a path for this kind."""
        if self.kind is NAMESPACE:
            return not self.namespace and bool(self.name or not self.subresource)
        return not self.subresource and bool(self.namespace or not self.name)
