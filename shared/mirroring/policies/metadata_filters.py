"""Filters of metadata: which of a source's labels and annotations its mirrors get.

None of it is Reflector's; its users have asked for it for years (issues 396 and 420 there).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from mirroring import names
from mirroring.codes import Code, Reason
from mirroring.objects.globs import Globs
from mirroring.policies.leaks import is_plain_word
from mirroring.policies.lists import likely
from mirroring.policies.other_tools import holds_object, is_acted_upon, is_taken
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# cert-manager adopts a copy that carries its own; the others would make a mirror a source, or a
# mirror of something else.
_NOTHING: Final = Globs(any_one="")
_CERT_MANAGERS: Final = "*cert-manager.io/*"
_NEVER: Final = Globs(
    (
        f"{names.REFLECTOR}*",
        "app.kubernetes.io/managed-by",
        _CERT_MANAGERS,
        "kn-mirror.dev/*",
    ),
    any_one="",
)
_MOST_ITEMS: Final = 64  # names and patterns of what is copied
_MOST_ENTRIES: Final = 256  # that patterns are held against; what is named is found among any
_MOST_COPIED: Final = 16 * 1024  # characters, names and values together


@lru_cache(maxsize=1024)
def _is_never_copied(name: str) -> bool:
    return holds_object(name) or _NEVER.match(name)


def speaks_of_content(name: str) -> bool:
    """Whether a label or annotation of this name tells of the very content that it stands beside.

    It comes with that content, from cert-manager or in what a tool keeps of a whole object, and is
    wrong of any other.
    """
    return holds_object(name) or Globs((_CERT_MANAGERS,), any_one="").match(name)


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

    def problems(self, annotation: str, entries: Mapping[str, str]) -> Iterator[Reason]:
        """Say what is asked for that is never copied, what cannot be a name, and what is too much.

        Args:
            annotation: the one that the patterns are from.
            entries: what is picked from.
        """
        if problem := self.globs.problem or (self and self._pick(entries).problem):
            yield Reason(f"{annotation}: {problem}", Code.UNREADABLE_COPIES)
        for pattern in self.globs.patterns:
            if meant := likely(pattern):
                yield Reason(f"{annotation}: {meant}", Code.UNREADABLE_COPIES)
            elif "*" not in pattern and _is_never_copied(pattern):
                because = f"{annotation} names {quoted(pattern)}, which is never copied"
                yield Reason(because, Code.NEVER_COPIED)

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
