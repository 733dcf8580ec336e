"""Misreadings: annotations that look like kn-mirror's or Reflector's, are none, and what was meant.

Nobody acts on them, so nobody would say anything. What a newer kn-mirror may write is not told, but
only what is close to a name that this one knows.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from mirroring import names
from mirroring.codes import Code, Reason
from mirroring.objects.globs import Globs
from mirroring.ownership.records import names_a_source, record_of
from mirroring.policies.lists import likely
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mirroring.objects.metadata import Metadata

_OURS: Final = names.KEYS.partition("/")[0] + "/"
_KNOWN: Final = frozenset(value for name, value in vars(names).items() if name.isupper())
_BOOLEANS: Final = (names.ALLOWED, names.AUTO_ENABLED, names.RECREATE, names.REPAIR)
# What owners write on a Secret or ConfigMap, by its name without a prefix.
_MEANT: Final[Mapping[str, str]] = {
    name.partition("/")[2]: name
    for name in (
        *_BOOLEANS,
        names.ALLOWED_NAMESPACES,
        names.ALLOWED_NAMESPACES_SELECTOR,
        names.AUTO_NAMESPACES,
        names.AUTO_NAMESPACES_SELECTOR,
        names.REFLECTS,
        names.REFLECTED_VERSION,
        names.KEYS,
        names.COPY_LABELS,
        names.COPY_ANNOTATIONS,
        names.NAME,
        names.ADOPT,
    )
}
_MEANT_OF_NAMESPACES: Final[Mapping[str, str]] = {names.ACCEPT.partition("/")[2]: names.ACCEPT}
# Reflector's, of version 5 and before, on a Certificate.
_FORMER: Final = "secret-"
_CLOSE: Final = 0.75  # as difflib measures it
_MOST: Final = 5  # that are told of one object
_MOST_ITEMS: Final = 1000  # of a list that are looked at


def misread(found: Metadata) -> list[Reason]:
    """Say what somebody has written on an object that is not understood, with what was meant.

    Nothing of a mirror that kn-mirror made: what stands there nobody meant for kn-mirror to read.
    """
    if not any(map(_concerns, found.annotations)):
        return []
    record = record_of(found)
    if record and record.automatic:
        return []
    told = [*_unknown(found.annotations, _MEANT), *_booleans(found.annotations)]
    reflects = found.annotations.get(names.REFLECTS, "")
    if reflects.strip() and not names_a_source(found):
        because = f"reflects: {quoted(reflects)} is not 'namespace/name'"
        told.append(Reason(because, Code.UNREADABLE_REFLECTS))
    return told


def misread_of_namespace(annotations: Mapping[str, str]) -> tuple[Reason, ...]:
    """Say the same of a namespace."""
    if not any(map(_concerns, annotations)):
        return ()
    accepted = Globs.parse(annotations.get(names.ACCEPT, ""))
    said = filter(None, (accepted.problem, *map(likely, accepted.patterns[:_MOST_ITEMS])))
    odd = (Reason(f"{names.ACCEPT}: {each}", Code.UNREADABLE_ACCEPT) for each in said)
    return (*_unknown(annotations, _MEANT_OF_NAMESPACES), *islice(odd, _MOST))


def _concerns(name: str) -> bool:
    """Whether a name may be meant for kn-mirror, at a glance."""
    return "emberstack" in name or "mirror" in name or "reflect" in name


def _unknown(annotations: Iterable[str], meant: Mapping[str, str]) -> list[Reason]:
    unknown = (name for name in sorted(annotations) if _concerns(name) and name not in _KNOWN)
    told = (_told(name, meant) for name in islice(unknown, 2 * _MOST))
    return [Reason(each, Code.UNKNOWN_ANNOTATION) for each in islice(filter(None, told), _MOST)]


def _told(name: str, meant: Mapping[str, str]) -> str:
    """Say what a name stands for that is not known; nothing where that is anybody's guess."""
    prefix, slash, part = name.rpartition("/")
    close = _closest(part, meant)
    if f"{prefix}{slash}" not in {names.REFLECTOR, _OURS} and not _is_misplaced(
        prefix, part, close
    ):
        return ""
    if close:
        return f"{quoted(name)} is no annotation that is read. Did you mean {close}?"
    if f"{prefix}{slash}" == names.REFLECTOR:
        return f"{quoted(name)} is no annotation that is read; README.md explains those that are."
    return ""


def _is_misplaced(prefix: str, part: str, close: str) -> bool:
    """Whether a name would be right with another prefix."""
    is_alike = "emberstack" in prefix or "kn-mirror" in prefix
    return close.endswith(f"/{part}") and (
        is_alike or (not prefix and close.startswith(names.REFLECTOR))
    )


def _closest(part: str, meant: Mapping[str, str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 (most annotations are known)

    written = part.lower().replace("_", "-").removeprefix(_FORMER)
    for found in get_close_matches(written, meant, n=1, cutoff=_CLOSE):
        return meant[found]
    return ""


def _booleans(annotations: Mapping[str, str]) -> Iterator[Reason]:
    for name in _BOOLEANS:
        value = annotations.get(name, "").strip()
        if value and value.lower() not in {"true", "false"}:
            said = f"{quoted(value)} is neither 'true' nor 'false', and counts as not written"
            yield Reason(f"{name.partition('/')[2]}: {said}", Code.NEITHER_TRUE_NOR_FALSE)
