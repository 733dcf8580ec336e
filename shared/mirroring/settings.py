"""Settings: the environment variables that change how a function works."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self

from mirroring.errors import SettingError
from mirroring.objects.globs import Globs
from mirroring.objects.references import MIRRORED_KINDS, Kind
from mirroring.policies.limits import Consent, Limits, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GLOB: Final = re.compile(r"[a-z0-9*?-]+")
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
        reflector: the name that Reflector has for the same; ours counts where both are set.
        translate: turns Reflector's value into ours.
    """

    name: str
    default: object
    allowed: str
    meaning: str
    read: Callable[[str], object]
    reflector: str = ""
    translate: Callable[[str], str] = str

    @property
    def shown_default(self) -> str:
        """The default, as one would write it."""
        many = self.default if isinstance(self.default, tuple) else (self.default,)
        return ",".join(map(str, many))

    def value(self, environment: Mapping[str, str]) -> object:
        """Read the variable; an empty one is one that is not set.

        Raises:
            SettingError: the value is not allowed.
        """
        name, text = self.name, environment.get(self.name, "").strip()
        if not text and self.reflector:
            name, text = self.reflector, self.translate(_any_case(environment, self.reflector))
        try:
            return self.read(text) if text else self.default
        except ValueError as error:
            raise SettingError(
                f"{name} is {text[:80]!r}. Set it to {self.allowed}, or leave it out for "
                f"{self.shown_default or 'none'}."
            ) from error


def _any_case(environment: Mapping[str, str], name: str) -> str:
    """Read a variable as .NET does, which tells no capital letter from a small one."""
    values = (value for key, value in environment.items() if key.lower() == name.lower())
    return next(values, "").strip()


def _number(name: str, default: int, *, least: int, most: int, meaning: str) -> Any:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    allowed = f"a whole number from {least} to {most}"
    return _field(Variable(name, default, allowed, meaning, read))


def _choice(
    name: str,
    default: str,
    *,
    choices: tuple[str, ...],
    meaning: str,
    reflector: str = "",
    translate: Callable[[str], str] = str,
) -> Any:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(text)
        return text.lower()

    allowed = f"one of {', '.join(choices)}"
    return _field(Variable(name, default, allowed, meaning, read, reflector, translate))


def _globs(name: str, *, meaning: str, reflector: str = "") -> Any:
    def read(text: str) -> Globs:
        found = Globs.parse(text)
        # What names nothing would open what was to be closed.
        if found.problem or not found or not all(map(_GLOB.fullmatch, found.patterns)):
            raise ValueError(found.problem)
        return found

    allowed = "names with `*` and `?`, separated by commas"
    return _field(Variable(name, Globs(), allowed, meaning, read, reflector))


def _kinds(name: str, *, meaning: str) -> Any:
    def read(text: str) -> tuple[Kind, ...]:
        by_name = {kind.name.lower(): kind for kind in MIRRORED_KINDS}
        try:
            return tuple(by_name[part.strip().lower()] for part in text.split(","))
        except KeyError as error:
            raise ValueError(text) from error

    names = [kind.name for kind in MIRRORED_KINDS]
    allowed = f"{' or '.join(names)}, or both separated by a comma"
    return _field(Variable(name, MIRRORED_KINDS, allowed, meaning, read))


def _folder(name: str, default: str, *, meaning: str) -> Any:
    return _field(Variable(name, default, "the path of a folder", meaning, str))


def _log_level(serilog: str) -> str:
    known = {"verbose": "debug", "information": "info", "fatal": "error"}
    return known.get(serilog.lower(), serilog)


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
    resync_delay: int = _number(
        "KN_MIRROR_RESYNC_DELAY",
        1,
        least=0,
        most=30,
        meaning="seconds that on-resync waits for further events, which share one resync",
    )
    deadline: int = _number(
        "KN_MIRROR_DEADLINE",
        100,
        least=5,
        most=3600,
        meaning="seconds after which an event ends in good order; its next delivery goes on",
    )
    full_resync_interval: int = _number(
        "KN_MIRROR_FULL_RESYNC_INTERVAL",
        3600,
        least=0,
        most=86400,
        meaning="seconds between two resyncs that look at everything, not only at what has a label",
    )
    log_level: str = _choice(
        "KN_MIRROR_LOG_LEVEL",
        "info",
        choices=_LOG_LEVELS,
        meaning="the least important messages on stderr; the audit log on stdout is always whole",
        reflector="ES_Serilog__MinimumLevel__Default",
        translate=_log_level,
    )
    hash_keys: str = _folder(
        "KN_MIRROR_HASH_KEYS",
        "/etc/kn-mirror/hash-keys",
        meaning="where the keys are that hashes of contents are signed with, a file each",
    )
    kinds: tuple[Kind, ...] = _kinds("KN_MIRROR_KINDS", meaning="what is mirrored")
    included_sources: Globs = _globs(
        "KN_MIRROR_SOURCE_NAMESPACES",
        meaning="the only namespaces whose sources are followed; unset means all",
    )
    excluded_sources: Globs = _globs(
        "KN_MIRROR_EXCLUDED_SOURCE_NAMESPACES",
        meaning="namespaces whose sources are not followed",
        reflector="ES_Reflector__Watcher__ExcludedNamespaces",
    )
    included_targets: Globs = _globs(
        "KN_MIRROR_TARGET_NAMESPACES",
        meaning="the only namespaces that mirrors are written in; unset means all",
    )
    excluded_targets: Globs = _globs(
        "KN_MIRROR_EXCLUDED_TARGET_NAMESPACES",
        meaning="namespaces that mirrors are not written in",
    )

    platform: Globs = _globs(
        "KN_MIRROR_PLATFORM_NAMESPACES",
        meaning="namespaces whose sources come first where others want the same place, "
        "and take it over",
    )
    consent: str = _choice(
        "KN_MIRROR_CONSENT",
        Consent.NAMESPACES.value,
        choices=tuple(each.value for each in Consent),
        meaning="who says where a source has what Reflector has not, mirrors of another name and "
        "copies of labels: each namespace, by `kn-mirror.dev/accept`, or the source alone",
    )

    reserved: Globs = _globs(
        "KN_MIRROR_RESERVED_NAMESPACES",
        meaning="namespaces that get a new mirror only where their `kn-mirror.dev/accept` names "
        "the source; where any is set, kn-mirror's own is one",
    )

    @property
    def limits(self) -> Limits:
        """What kn-mirror looks at."""
        return Limits(
            sources=Side(self.included_sources, self.excluded_sources),
            targets=Side(self.included_targets, self.excluded_targets),
            kinds=self.kinds,
            platform=self.platform,
            consent=Consent(self.consent),
            reserved=self.reserved,
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
