"""Everything that mirroring raises."""

from __future__ import annotations


class MirroringError(Exception):
    """Something kept kn-mirror from its work: the object, the reason and the remedy."""


class SettingError(MirroringError):
    """An environment variable has a value that cannot be meant."""


class EventError(MirroringError):
    """The request does not carry a CloudEvent that can be read."""


class SelectorError(MirroringError):
    """The text is not a label selector."""


class ChainError(MirroringError):
    """Mirrors of mirrors lead in a circle, so that none has a source."""


class ApiError(MirroringError):
    """The API server did not do what it was asked."""


class Unavailable(ApiError):
    """The API server cannot be reached, is overloaded or failed; it may do it later."""


class Unauthorized(ApiError):
    """The API server does not know the account, or not any more."""


class Forbidden(ApiError):
    """The account, an admission policy or a quota does not permit the request."""


class NamespaceGone(ApiError):
    """The namespace is being deleted or is gone: nothing can or need be done in it."""


class AlreadyExists(ApiError):
    """Something has that name already; look at it before anything else."""


class Conflict(ApiError):
    """The object is no longer what was looked at; nothing was written."""


class Expired(ApiError):
    """A list took longer than the API server keeps its state; it must be begun again."""


class Invalid(ApiError):
    """The API server found the object unacceptable."""
