"""Questions: which sources and namespaces somebody asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirroring.errors import SettingError
from mirroring.objects.references import MIRRORED_KINDS, Ref, is_namespace_name, is_object_name
from mirroring.ownership.records import record_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mirroring.objects.references import Kind
    from mirroring.planning.inventories import Puzzle

_KINDS = {
    name: kind
    for kind in MIRRORED_KINDS
    for name in (kind.name.lower(), kind.plural, *({"cm"} if kind.name == "ConfigMap" else ()))
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks about.

    Args:
        sources: what they may be called, of every kind that is meant; empty for all.
        namespace: the one that is looked at; empty for all.
    """

    sources: frozenset[Ref] = frozenset()
    namespace: str = ""

    @property
    def is_of_all(self) -> bool:
        """Whether it is about whatever there is."""
        return not (self.sources or self.namespace)

    @classmethod
    def of(
        cls, named: Iterable[str], *, namespace: str, everywhere: bool, kinds: Sequence[Kind]
    ) -> Question:
        """Read what somebody named on the command line.

        Raises:
            SettingError: a name cannot be that of an object.
        """
        refs = frozenset(ref for text in named for ref in refs_of(text, namespace, kinds))
        return cls(refs, "" if everywhere or refs else namespace)

    def concerns(self, puzzle: Puzzle) -> bool:
        """Whether an object whose source cannot be named is among what somebody asks about."""
        return is_about(puzzle, self.sources) and self.namespace in {
            "",
            puzzle.found.ref.namespace,
        }


def is_about(puzzle: Puzzle, sources: frozenset[Ref]) -> bool:
    """Whether an object whose source cannot be named is one of those, or names one of them.

    Args:
        puzzle: the object.
        sources: what somebody asks about; empty for all.
    """
    record = record_of(puzzle.found)
    named = {puzzle.found.ref, *({record.source} if record else ())}
    return not sources or not sources.isdisjoint(named)


def refs_of(text: str, namespace: str, kinds: Sequence[Kind]) -> Sequence[Ref]:
    """Read what somebody calls an object: `name`, `namespace/name`, `secret/name` or all three.

    Raises:
        SettingError: no object can be called so.
    """
    parts = text.split("/")
    kind = kind_of(parts[0]) if len(parts) > 1 else None
    if kind:
        parts, kinds = parts[1:], [kind]
    where, name = parts if len(parts) == 2 else (namespace, *parts)[:2]  # noqa: PLR2004
    if len(parts) > 2 or not (is_namespace_name(where) and is_object_name(name)):  # noqa: PLR2004
        raise SettingError(
            f"{text!r} names no Secret or ConfigMap. Write name, namespace/name, "
            "secret/name or secret/namespace/name."
        )
    return [Ref(each, where, name) for each in kinds]


def kind_of(word: str) -> Kind | None:
    """Return the kind that people call so; None for no kind that is mirrored."""
    return _KINDS.get(word.lower())


def names_a_namespace(text: str) -> bool:
    """Whether somebody said in which namespace an object is, of a kind or of any."""
    before, _, name = text.partition("/")
    return "/" in (name if kind_of(before) else text)


def consumer_of(kind: Kind, text: str, namespace: str) -> Ref:
    """Read what somebody calls an Ingress, Gateway or Certificate: `name` or `namespace/name`.

    Raises:
        SettingError: none can be called so.
    """
    before, slash, after = text.rpartition("/")
    ref = Ref(kind, before if slash else namespace, after)
    if not (is_namespace_name(ref.namespace) and is_object_name(ref.name)):
        raise SettingError(f"{text!r} names no {kind}. Write its name, or namespace/name.")
    return ref
