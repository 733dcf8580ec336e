"""The API server's refusals, each translated into the error that says what to do about it."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from mirroring.codes import Code
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
from mirroring.policies.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.content import Content

_BY_STATUS: Final[Mapping[int, tuple[type[ApiError], str]]] = {
    401: (Unauthorized, "Check the token, or whatever else says who asks."),
    403: (Forbidden, "Grant what is missing, or have the policy or quota admit it."),
    404: (NamespaceGone, "Nothing need be done there."),
    409: (Stale, "It is read again."),
    410: (Expired, "The list is read again."),
    429: (Unavailable, "It may do so later."),
}
# Of these no policy or quota is asked.
_READS: Final = ("get ", "list ")
# A webhook denies by any status that its author chose; by what the API server says it is known.
_DENIED: Final = re.compile(r'admission webhook ".*" denied the request')
# What comes after these are the words of whoever denied, or could not be asked.
_OTHERS: Final = (
    r'.*?(?:denied (?:the )?request|failed calling webhook "[^"]*"|an error on the server(?= \())'
)
# A quota's name, and how much of it others have taken.
_QUOTA: Final = r"exceeded quota: .*"
_OVER_QUOTA: Final = re.compile(r'" is forbidden: exceeded quota: ')
_POLICY_DENIED: Final = re.compile(
    r"(?:[^']*: )?ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request"
)
_LONGEST: Final = 500  # characters of a message
# What else stands there is a word of whoever denied.
_REASONS: Final = frozenset(
    {
        *("AlreadyExists", "BadRequest", "Conflict", "Expired", "Forbidden", "Gone", "Invalid"),
        *("InternalError", "MethodNotAllowed", "NotAcceptable", "NotFound", "StorageReadError"),
        *("RequestEntityTooLarge", "ServerTimeout", "ServiceUnavailable", "Timeout"),
        *("TooManyRequests", "Unauthorized", "UnsupportedMediaType"),
    }
)


def refusal(
    asked: str, status: int, body: bytes, *, sent: Content | None = None, is_quoted: bool = True
) -> ApiError:
    """Translate a refused request.

    Args:
        asked: what was asked, as in `create Secret dev/tls`.
        status: the HTTP status.
        body: a `metav1.Status`, as far as a proxy in between did not write its own.
        sent: content that must not appear in the message, whoever quoted it; None for none.
        is_quoted: whether to quote webhooks and policies; not where they were shown content that is
            not known here.
    """
    answer = _status_object(body)
    reason, message = str(answer.get("reason") or ""), str(answer.get("message") or "")
    error, remedy = _classify(status, reason, message, answer)
    if error is Forbidden and asked.startswith(_READS):
        remedy = "Grant that right."
    known = reason if reason in _REASONS else f"HTTP {status}"
    quoted = _quoted(message, sent, is_quoted=is_quoted)
    told, said = (
        f"The API server refused to {asked}: {': '.join(filter(None, (known, each)))}. {remedy}"
        for each in (quoted, re.sub(_QUOTA, "exceeded quota", quoted, flags=re.DOTALL))
    )
    causes, code = tuple(_causes(answer)), _code(error, message)
    return error(told, status=status, reason=known, causes=causes, said=said, code=code)


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


def _code(error: type[ApiError], message: str) -> Code:
    """Return the code of a refusal: whose word it is, as far as the API server says so."""
    if error in (Forbidden, Invalid):
        if _DENIED.match(message) or _POLICY_DENIED.match(message):
            return Code.DENIED
        if _OVER_QUOTA.search(message):
            return Code.OVER_QUOTA
    return error.code


def _causes(answer: Mapping[str, Any]) -> list[str]:
    causes = (answer.get("details") or {}).get("causes") or []
    return [str(cause.get("reason")) for cause in causes]


def _status_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _quoted(message: str, sent: Content | None, *, is_quoted: bool) -> str:
    """Quote a message, but for what it quotes itself."""
    if not is_quoted and (own := re.match(_OTHERS, message, re.DOTALL)):
        message = f"{own[0]}; its own log has its words"
    cut = message[:_LONGEST].rstrip(".")
    return redacted(cut, sent) if sent else cut
