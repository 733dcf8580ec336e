"""Projections: what a mirror takes of its source, where its owner asks for something else than all.

None of it is Reflector's; its users have asked for it for years (issues 257, 396, 420, 584 there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.globs import LONGEST_LIST, Globs
from mirroring.policies.leaks import holding, is_plain_word
from mirroring.policies.lists import likely
from mirroring.policies.other_tools import holds_object, is_acted_upon, is_taken
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")

# cert-manager adopts a copy that carries its own; the others would make a mirror a source, or a
# mirror of something else.
_NOTHING: Final = Globs(any_one="")
_NEVER: Final = Globs(
    (
        f"{names.REFLECTOR}*",
        "app.kubernetes.io/managed-by",
        "*cert-manager.io/*",
        "kn-mirror.dev/*",
    ),
    any_one="",
)
# What the API server demands of a Secret by its type; any one of several sets will do.
_REQUIRED: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "kubernetes.io/basic-auth": (frozenset({"username"}), frozenset({"password"})),
    "kubernetes.io/dockercfg": (frozenset({".dockercfg"}),),
    "kubernetes.io/dockerconfigjson": (frozenset({".dockerconfigjson"}),),
    "kubernetes.io/ssh-auth": (frozenset({"ssh-privatekey"}),),
    "kubernetes.io/tls": (frozenset({"tls.crt", "tls.key"}),),
}
_MOST_NAMED: Final = 5
_BY_CHANCE: Final = 16  # characters of what was left out are no chance in what was asked for
_MOST_ITEMS: Final = 64  # names and patterns of what is copied
_MOST_ENTRIES: Final = 256  # that patterns are held against; what is named is found among any
_MOST_COPIED: Final = 16 * 1024  # characters, names and values together


@lru_cache(maxsize=1024)
def _is_never_copied(name: str) -> bool:
    return holds_object(name) or _NEVER.match(name)


class Accepted(Enum):
    """What of a source's labels and annotations a namespace takes, by its owner or the operator."""

    ALL = "all that the source asks for"
    WORDS = "nothing that makes an object some tool's own"
    NOTHING = "nothing"


@dataclass(frozen=True)
class MetadataFilter:
    """Which labels or annotations are copied: names, with `*` for any characters.

    By a pattern only plain words about an object, by which no tool acts; by its full name anything
    but what would make a mirror something else, or is known to hold a whole object. Nothing of a
    list that is too long, nor of what would be too much.

    Args:
        globs: they.
        accepted: what of it a namespace takes.
        kept: names that are copied there as they were before anybody was asked.
    """

    globs: Globs = _NOTHING
    accepted: Accepted = Accepted.ALL
    kept: frozenset[str] = frozenset()
    _last: list[_Picked] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read patterns that are separated by commas."""
        found = Globs.of(text, any_one="")
        if len(found.patterns) > _MOST_ITEMS:
            problem = f"the list has more than {_MOST_ITEMS} items. Write fewer"
            found = Globs(any_one="", problem=problem)
        return cls(found)

    def __bool__(self) -> bool:
        """Whether anything may be copied."""
        return bool(self.globs)

    def pick(self, entries: Mapping[str, str]) -> Mapping[str, str]:
        """Pick what is to be copied."""
        return self._pick(entries).entries if self else {}

    def within(self, accepted: Accepted, kept: Iterable[str]) -> MetadataFilter:
        """Return what a namespace takes of it, where only some is consented to."""
        return replace(self, accepted=accepted, kept=frozenset(kept), _last=[])

    def taken(self) -> list[str]:
        """Name what is asked for in full by which a tool takes an object for its own."""
        return sorted(filter(is_taken, self.globs.names))

    def names(self, key: str) -> bool:
        """Whether an entry is asked for by its full name."""
        return key in self.globs.names

    def problems(self, annotation: str, entries: Mapping[str, str]) -> Iterator[str]:
        """Say what is asked for that is never copied, what cannot be a name, and what is too much.

        Args:
            annotation: the one that the patterns are from.
            entries: what is picked from.
        """
        if problem := self.globs.problem or (self and self._pick(entries).problem):
            yield f"{annotation}: {problem}"
        for pattern in self.globs.patterns:
            if meant := likely(pattern):
                yield f"{annotation}: {meant}"
            elif "*" not in pattern and _is_never_copied(pattern):
                yield f"{annotation} names {quoted(pattern)}, which is never copied"

    def _pick(self, entries: Mapping[str, str]) -> _Picked:
        """Pick, or say what was picked of the same before: every mirror asks for it."""
        if not self._last or self._last[0].of is not entries:
            self._last[:] = [self._picked_of(entries)]
        return self._last[0]

    def _picked_of(self, entries: Mapping[str, str]) -> _Picked:
        is_many = len(entries) > _MOST_ENTRIES
        keys = entries.keys() & self.globs.names if is_many else entries
        picked = {key: entries[key] for key in keys if self._picks(key, entries[key])}
        if sum(len(key) + len(value) for key, value in picked.items()) > _MOST_COPIED:
            problem = f"what it picks is longer than {_MOST_COPIED} characters. Name less"
            return _Picked(entries, {}, problem)
        if is_many and len(self.globs.names) < len(self.globs.patterns):
            problem = f"of more than {_MOST_ENTRIES} patterns pick none. Name them in full"
            return _Picked(entries, picked, problem)
        return _Picked(entries, picked)

    def _picks(self, key: str, value: str) -> bool:
        if _is_never_copied(key) or not (key in self.kept or self._is_accepted(key)):
            return False
        if self.names(key):
            return True
        return not is_acted_upon(key) and is_plain_word(value) and self.globs.match(key)

    def _is_accepted(self, key: str) -> bool:
        if self.accepted is Accepted.WORDS:
            return not is_taken(key)
        return self.accepted is Accepted.ALL


class _Picked(NamedTuple):
    """What was picked.

    Args:
        of: from what.
        entries: what is copied.
        problem: what is not, and why.
    """

    of: Mapping[str, str]
    entries: Mapping[str, str]
    problem: str = ""


class Copies(NamedTuple):
    """Which labels and annotations mirrors have of their source."""

    labels: MetadataFilter
    annotations: MetadataFilter


@dataclass(frozen=True, slots=True)
class Projection:
    """What a mirror takes of its source.

    Args:
        keys: the name in the mirror, by the key in the source; None for all keys as they are.
        labels: those that are copied.
        annotations: those that are copied.
        problem: why the owner's wishes cannot be met, whatever the source holds.
    """

    keys: Mapping[str, str] | None = None
    labels: MetadataFilter = field(default_factory=MetadataFilter)
    annotations: MetadataFilter = field(default_factory=MetadataFilter)
    problem: str = ""

    @classmethod
    def read(cls, annotated: Mapping[str, str]) -> Self:
        """Read a source's annotations. Never fails."""
        keys, problem = _read_keys(annotated.get(names.KEYS, ""))
        return cls(
            keys=keys,
            labels=MetadataFilter.parse(annotated.get(names.COPY_LABELS, "")),
            annotations=MetadataFilter.parse(annotated.get(names.COPY_ANNOTATIONS, "")),
            problem=problem,
        )

    @property
    def copies(self) -> bool:
        """Whether any label or annotation may be copied."""
        return bool(self.labels or self.annotations)

    @property
    def asked_copies(self) -> Copies:
        """What is copied."""
        return Copies(self.labels, self.annotations)

    def copying(self, copies: Copies) -> Projection:
        """Return the same with other labels and annotations."""
        return replace(self, labels=copies.labels, annotations=copies.annotations)

    def of(self, content: Content) -> Content:
        """Return what of a content the mirror gets.

        Its type is `Opaque` unless it has all keys under their own names, or those at least that
        the API server demands of the type.
        """
        if self.keys is None:
            return content
        fields = {name: dict(self._chosen(values)) for name, values in content.fields.items()}
        type_ = content.type if self._keeps_type(content) else "Opaque"
        return Content(fields, type_, immutable=content.immutable)

    def _keeps_type(self, content: Content) -> bool:
        held = {key for values in content.fields.values() for key in values}
        own = {key for key, name in (self.keys or {}).items() if key == name} & held
        demanded = _REQUIRED.get(content.type, ())
        return not content.type or own == held or any(each <= own for each in demanded)

    def withheld(self, annotations: Mapping[str, str], content: Content) -> frozenset[str]:
        """Name the annotations that are not copied, since they hold what mirrors shall not have.

        By a pattern none is that holds any value of the content; by its full name none that holds
        a value which the mirror does not get.

        Args:
            annotations: the source's own.
            content: all of it.
        """
        picked = self.annotations.pick(annotations)
        named = {key: value for key, value in picked.items() if self.annotations.names(key)}
        found = holding({key: picked[key] for key in picked.keys() - named.keys()}, content)
        if self.keys is None:
            return found
        return found | holding(named, self._left_out(content), shortest=_BY_CHANCE)

    def _left_out(self, content: Content) -> Content:
        return Content(
            {
                field: {key: value for key, value in values.items() if key not in (self.keys or {})}
                for field, values in content.fields.items()
            }
        )

    def problems(self, labels: Mapping[str, str], annotations: Mapping[str, str]) -> list[str]:
        """Say what its owner ought to correct, though it can be met; both are the source's."""
        return [
            *self.labels.problems(names.COPY_LABELS, labels),
            *self.annotations.problems(names.COPY_ANNOTATIONS, annotations),
        ]

    def _chosen(self, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for key, name in (self.keys or {}).items():
            if key in values:
                yield name, values[key]

    def missing_keys(self, content: Content) -> str:
        """Say which keys it asks for that a content lacks, or nothing."""
        held = {key for values in content.fields.values() for key in values}
        missing = sorted((self.keys or {}).keys() - held)
        if self.problem or not missing:
            return self.problem
        named = ", ".join(map(quoted, missing[:_MOST_NAMED]))
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        return f"{names.KEYS} names {named}{more}, which it does not hold"


def _read_keys(text: str) -> tuple[dict[str, str] | None, str]:
    """Read `key, other=name-in-mirror`; return a problem instead where it cannot be read."""
    if not text.strip():
        return None, ""
    if len(text) > LONGEST_LIST:
        return None, f"{names.KEYS} is longer than {LONGEST_LIST} characters. Name fewer keys."
    keys: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, renamed, name = (each.strip() for each in part.partition("="))
        if not _DATA_KEY.fullmatch(name if renamed else key) or not key:
            remedy = likely(part) or f"{quoted(part)} is no key. Write 'key' or 'key=name'."
            return None, f"{names.KEYS}: {remedy}"
        keys[key] = name if renamed else key
    if not keys or len(set(keys.values())) < len(keys):
        return None, f"{names.KEYS} names no key, or two by one name. Write 'key, other=name'."
    return keys, ""
