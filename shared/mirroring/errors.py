"""Everything that mirroring raises."""

from __future__ import annotations

from traceback import walk_tb

from mirroring.codes import Code


class MirroringError(Exception):
    """Something kept kn-mirror from its work: the object, the reason and the remedy."""

    code = Code.FAULT


class SettingError(MirroringError):
    """An environment variable has an invalid value."""

    code = Code.SETTING


class EventError(MirroringError):
    """The request does not carry a CloudEvent that can be read."""


class TooManyEvents(EventError):
    """The request carries more events than are taken at once."""


class SelectorError(MirroringError):
    """The text is not a label selector."""


class ChainError(MirroringError):
    """Mirrors of mirrors lead in a circle, or too far, so that none has a source.

    Args:
        message: the object, the reason and the remedy.
        code: which of the two.
        namespaces: of the objects that it speaks of; empty when that is not known.
    """

    def __init__(
        self, message: str, *, code: Code, namespaces: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.namespaces = namespaces


class ApiError(MirroringError):
    """The API server did not do what it was asked.

    Args:
        message: the object, the reason and the remedy.
        status: of the answer, as in HTTP; 0 when there was none.
        reason: the API server's own word, as in `AlreadyExists`.
        causes: its words for what is behind that, as in `NamespaceTerminating`.
        said: the message for those who may not know what is in the object's namespace; empty where
            it tells nothing of that.
        code: of what was refused, where more is known than by the class.
    """

    code = Code.UNAVAILABLE

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        reason: str = "",
        causes: tuple[str, ...] = (),
        said: str = "",
        code: Code | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.said = said
        self.status = status
        self.reason = reason
        self.causes = causes


class Unavailable(ApiError):
    """The API server cannot be reached, is overloaded or failed; it may do it later."""


class Unauthorized(ApiError):
    """The API server does not know the account, or not any more."""

    code = Code.UNAUTHORIZED


class Forbidden(ApiError):
    """The account, an admission policy or a quota does not permit the request."""

    code = Code.NO_RIGHT


class NamespaceGone(ApiError):
    """The namespace is being deleted or is gone: nothing can or need be done in it."""

    code = Code.NAMESPACE_GOES


class AlreadyExists(ApiError):
    """Something has that name already; look at it before anything else."""

    code = Code.MOVED


class Stale(ApiError):
    """The object is no longer what was looked at; nothing was written."""

    code = Code.MOVED


class TooLarge(ApiError):
    """The answer is longer than what was to be held of it; less can be asked for."""

    code = Code.TOO_LARGE


class Expired(ApiError):
    """A list took longer than the API server keeps its state; it must be begun again."""

    code = Code.EXPIRED


class Invalid(ApiError):
    """The API server found the object unacceptable."""

    code = Code.INVALID


def account_of(error: Exception) -> str:
    """Say what was raised: what the API server is known to have said, or where it happened."""
    if isinstance(error, MirroringError):
        return str(error)
    return f"unexpected {whereabouts(error)}; please report it"


def code_of(error: Exception) -> Code:
    """Return the code of what `account_of` says."""
    return error.code if isinstance(error, MirroringError) else Code.FAULT


def whereabouts(error: Exception) -> str:
    """Name an exception's type and the innermost line of the library that it passed.

    Its text is left out: nobody knows what is in it.
    """
    places = [
        f"{frame.f_globals['__name__']}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_globals["__name__"].startswith("mirroring.")
    ]
    return " at ".join([type(error).__name__, *places[-1:]])
