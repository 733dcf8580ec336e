"""The API server's refusals, each translated into the error that says what to do about it."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from mirroring.errors import (
    AlreadyExists,
    ApiError,
    Expired,
    Forbidden,
    Invalid,
    NamespaceGone,
    Stale,
    Unauthorized,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BY_STATUS: Final[Mapping[int, tuple[type[ApiError], str]]] = {
    401: (Unauthorized, "Check the service account's token."),
    403: (Forbidden, "Grant what is missing, or have the policy or quota admit it."),
    404: (NamespaceGone, "Nothing need be done there."),
    409: (Stale, "It is read again."),
    410: (Expired, "The list is read again."),
    429: (Unavailable, "It is tried again when the event is delivered again."),
}
# A webhook denies by any status that its author chose; by what the API server says it is known.
_DENIED: Final = re.compile(r'admission webhook ".*" denied the request')
_SHORTEST_SECRET: Final = 4  # shorter values would blot out words of the message


def refusal(asked: str, status: int, body: bytes, *, confidential: Iterable[str] = ()) -> ApiError:
    """Translate a refused request.

    Args:
        asked: what was asked, as in `create Secret dev/tls`.
        status: the HTTP status.
        body: a `metav1.Status`, as far as a proxy in between did not write its own.
        confidential: values that must not appear in the message, whoever quoted them.
    """
    answer = _status_object(body)
    reason = str(answer.get("reason") or f"HTTP {status}")
    message = _without(str(answer.get("message") or ""), confidential)
    error, remedy = _classify(status, reason, message, answer)
    said = f"{reason}: {message}" if message else reason
    return error(
        f"The API server refused to {asked}: {said}. {remedy}",
        status=status,
        reason=reason,
        causes=tuple(_causes(answer)),
    )


def _classify(
    status: int, reason: str, message: str, answer: Mapping[str, Any]
) -> tuple[type[ApiError], str]:
    if _DENIED.match(message):
        return Forbidden, "Have the policy admit it, or the source leave out that namespace."
    if reason == "AlreadyExists":
        return AlreadyExists, "It is looked at before anything else."
    if "NamespaceTerminating" in _causes(answer):
        return NamespaceGone, "Nothing need be done there."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _BY_STATUS[429]
    return _BY_STATUS.get(status, (Invalid, "Correct the source, or what admits objects there."))


def _causes(answer: Mapping[str, Any]) -> list[str]:
    causes = (answer.get("details") or {}).get("causes") or []
    return [str(cause.get("reason")) for cause in causes]


def _status_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _without(message: str, confidential: Iterable[str]) -> str:
    for value in confidential:
        if len(value) >= _SHORTEST_SECRET:
            message = message.replace(value, "…")
    return message.rstrip(".")[:500]
