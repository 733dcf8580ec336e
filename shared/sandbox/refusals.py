"""What the sandbox refuses, and how the API server words it: a `Status` of meta/v1."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.kinds import Ref


class Refusal(Exception):
    """A request that is not carried out.

    Args:
        code: the HTTP status.
        reason: the API's word for it, as in `AlreadyExists`.
        message: for people.
        ref: the object that it is about.
        causes: what is wrong with it, each as `reason`, `field` and `message`.
    """

    def __init__(
        self,
        code: HTTPStatus,
        reason: str,
        message: str,
        *,
        ref: Ref | None = None,
        causes: Iterable[dict[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.ref = ref
        self.causes = tuple(causes)

    @property
    def status(self) -> dict[str, Any]:
        """The body of the answer."""
        details: dict[str, Any] = {}
        if self.ref:
            details |= {"name": self.ref.name, "kind": self.ref.kind.plural}
        if self.causes:
            details["causes"] = list(self.causes)
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "details": details,
            "code": int(self.code),
        }


def bad_request(message: str) -> Refusal:
    """The request itself is wrong, whatever the cluster holds."""
    return Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def not_found(ref: Ref) -> Refusal:
    """Nothing has that name."""
    message = f'{ref.kind.plural} "{ref.name}" not found'
    return Refusal(HTTPStatus.NOT_FOUND, "NotFound", message, ref=ref)


def already_exists(ref: Ref) -> Refusal:
    """Something has that name."""
    message = f'{ref.kind.plural} "{ref.name}" already exists'
    return Refusal(HTTPStatus.CONFLICT, "AlreadyExists", message, ref=ref)


def conflict(ref: Ref, because: str) -> Refusal:
    """The object is not in the state that the request was made for."""
    message = f'Operation cannot be fulfilled on {ref.kind.plural} "{ref.name}": {because}'
    return Refusal(HTTPStatus.CONFLICT, "Conflict", message, ref=ref)


def terminating(ref: Ref) -> Refusal:
    """Nothing can be made in a namespace that is being deleted."""
    because = f"namespace {ref.namespace} is being terminated"
    message = (
        f'{ref.kind.plural} "{ref.name}" is forbidden: unable to create new content in '
        f"namespace {ref.namespace} because it is being terminated"
    )
    cause = {"reason": "NamespaceTerminating", "message": because, "field": "metadata.namespace"}
    return Refusal(HTTPStatus.FORBIDDEN, "Forbidden", message, ref=ref, causes=[cause])


def invalid(ref: Ref, field: str, because: str, *, reason: str = "FieldValueInvalid") -> Refusal:
    """The object that would come of it is not acceptable.

    Args:
        ref: the object.
        field: its path, as in `data[tls.crt]`.
        because: what is wrong with it; never the value, which may be secret.
        reason: the API's word for the cause.
    """
    message = f'{ref.kind} "{ref.name}" is invalid: {field}: {because}'
    cause = {"reason": reason, "message": because, "field": field}
    code = HTTPStatus.UNPROCESSABLE_ENTITY
    return Refusal(code, "Invalid", message, ref=ref, causes=[cause])


def unsupported_media_type(*accepted: str) -> Refusal:
    """The body is of a kind that is not read here."""
    message = f"the body of the request was in an unknown format - accepted: {', '.join(accepted)}"
    return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)


def expired(message: str) -> Refusal:
    """What is asked for is no longer known."""
    return Refusal(HTTPStatus.GONE, "Expired", message)
