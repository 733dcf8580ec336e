"""Settings: the environment variables that change how a function works."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, as a person who sets it has to know it.

    Args:
        name: of the variable.
        default: what holds when it is not set.
        allowed: what it may be, in words.
        meaning: what it changes.
        read: makes the value of the text; raises `ValueError` for what is not allowed.
    """

    name: str
    default: object
    allowed: str
    meaning: str
    read: Callable[[str], object]

    def value(self, environment: Mapping[str, str]) -> object:
        """Read the variable; an empty one is one that is not set.

        Raises:
            SettingError: the value is not allowed.
        """
        text = environment.get(self.name, "").strip()
        try:
            return self.read(text) if text else self.default
        except ValueError as error:
            raise SettingError(
                f"{self.name} is {text[:80]!r}. Set it to {self.allowed}, or leave it out for "
                f"{self.default}."
            ) from error


def _number(name: str, default: int, *, least: int, most: int, meaning: str) -> Any:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    allowed = f"a whole number from {least} to {most}"
    return _field(Variable(name, default, allowed, meaning, read))


def _choice(name: str, default: str, *, choices: tuple[str, ...], meaning: str) -> Any:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(text)
        return text.lower()

    return _field(Variable(name, default, f"one of {', '.join(choices)}", meaning, read))


def _field(variable: Variable) -> Any:
    return field(default=variable.default, metadata={"variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a function works, where that can be chosen."""

    writers: int = _number(
        "KN_MIRROR_WRITERS",
        16,
        least=1,
        most=64,
        meaning="how many mirrors are written at the same time",
    )
    threads: int = _number(
        "KN_MIRROR_THREADS",
        8,
        least=1,
        most=64,
        meaning="how many events one process handles at the same time",
    )
    request_timeout: int = _number(
        "KN_MIRROR_REQUEST_TIMEOUT",
        10,
        least=1,
        most=300,
        meaning="seconds that the API server has for one answer",
    )
    request_retries: int = _number(
        "KN_MIRROR_REQUEST_RETRIES",
        4,
        least=0,
        most=10,
        meaning="how often one request is sent again before the event is put back",
    )
    log_level: str = _choice(
        "KN_MIRROR_LOG_LEVEL",
        "info",
        choices=_LOG_LEVELS,
        meaning="the least important messages on stderr; the audit log on stdout is always whole",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read all settings.

        Raises:
            SettingError: a variable has a value that is not allowed.
        """
        return cls(
            **{each.name: each.metadata["variable"].value(environment) for each in fields(cls)}
        )


def variables() -> tuple[Variable, ...]:
    """Every environment variable that is read, for documentation."""
    return tuple(each.metadata["variable"] for each in fields(Settings))
