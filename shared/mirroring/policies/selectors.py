"""Label selectors, by the grammar that Reflector reads in its annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.errors import SelectorError
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.policies.namespaces import NamespaceIndex

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)
# Possessive, as are all that read what tenants write: none takes back what it has read.
_SET: Final = re.compile(r"(?P<key>\S++)\s++(?P<operator>in|notin)\s*+\((?P<values>[^()]*+)\)")
_EQUALITY: Final = re.compile(r"(?P<key>[^=!]++)(?P<operator>==|=|!=)(?P<value>[^=!]*+)")
_UP_TO_PARENTHESIS: Final = re.compile(r"([^()]*+)([()]?+)")
_LONGEST: Final = 4096  # characters
_MOST_REQUIREMENTS: Final = 64


class Requirement(NamedTuple):
    """What one label must be.

    Args:
        key: the label's name.
        values: those it may have; None for any.
        wanted: False turns the requirement into its opposite.
    """

    key: str
    values: frozenset[str] | None
    wanted: bool

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet the requirement. A label that is absent has none of the values."""
        present = self.key in labels and (self.values is None or labels[self.key] in self.values)
        return present is self.wanted


class Selector(NamedTuple):
    """Requirements that must all be met."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def among(self, namespaces: NamespaceIndex) -> set[str]:
        """Pick the namespaces whose labels it matches."""
        found = set(namespaces.names)
        for key, values, wanted in self.requirements:
            labelled = namespaces.labelled(key, values)
            found = found & labelled if wanted else found - labelled
            if not found:
                break
        return found


def parse(text: str) -> Selector:
    """Read a selector such as `env in (prod, stage), tier!=cache, !legacy`.

    Of two `key=value` for one key the later counts, as for Reflector; Kubernetes would never match.

    Raises:
        SelectorError: the text is no selector; the message says which part and why.
    """
    if len(text) > _LONGEST:
        raise SelectorError(f"It is longer than {_LONGEST} characters. Write it shorter.")
    found: dict[object, Requirement] = {}
    parts = _split(text)
    if len(parts) > _MOST_REQUIREMENTS:
        raise SelectorError(f"It has more than {_MOST_REQUIREMENTS} requirements. Write fewer.")
    for part in parts:
        requirement, repeatable = _requirement(part.strip())
        found[requirement.key if repeatable else requirement] = requirement
    return Selector(tuple(found.values()))


def _split(text: str) -> list[str]:
    """Split at each comma that is not in parentheses."""
    parts = [""]
    for read, parenthesis in _UP_TO_PARENTHESIS.findall(text):
        first, *others = [read] if parenthesis == ")" else read.split(",")
        parts[-1] += first
        parts += others
        parts[-1] += parenthesis
    return parts


def _requirement(part: str) -> tuple[Requirement, bool]:
    """Read one part; say also whether a later one for the same key takes its place."""
    if match := _SET.fullmatch(part):
        values = [value.strip() for value in match["values"].split(",")]
        if values == [""]:
            raise SelectorError(
                f"{quoted(part)} lists no values. Write '{match['key'][:63]} in (a, b)'."
            )
        return _checked(part, match["key"], values, wanted=match["operator"] == "in"), False
    if match := _EQUALITY.fullmatch(part):
        wanted = match["operator"] != "!="
        values = [match["value"].strip()]
        return _checked(part, match["key"].strip(), values, wanted=wanted), wanted
    return _checked(part, part.removeprefix("!").strip(), None, wanted=part[:1] != "!"), False


def _checked(part: str, key: str, values: list[str] | None, *, wanted: bool) -> Requirement:
    prefix, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or (slash and not _PREFIX.fullmatch(prefix)):
        raise SelectorError(
            f"{quoted(part)} does not begin with the name of a label. Write 'name=value'."
        )
    for value in values or ():
        if value and not _NAME.fullmatch(value):
            raise SelectorError(
                f"{quoted(value)} in {quoted(part)} cannot be the value of a label."
            )
    return Requirement(key, None if values is None else frozenset(values), wanted)
