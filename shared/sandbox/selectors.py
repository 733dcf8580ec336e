"""Label selectors, by Kubernetes' own grammar (`labels.Parse` of k8s.io/apimachinery)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.names import is_label_value, is_qualified_name
from sandbox.refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.refusals import Refusal

# The last one is empty: the end.
_TOKENS: Final = re.compile(r"[ \t\r\n]*(==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+|\Z)")
_END: Final = ""
_SYMBOLS: Final = frozenset({_END, "=", "==", "!=", "!", "(", ")", ",", "<", ">"})
_OF_SETS: Final = frozenset({"in", "notin"})
_OF_ONE_VALUE: Final = frozenset({"=", "==", "!=", "<", ">"})
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one label must be.

    Args:
        key: the label's name.
        operator: as it is written; `exists` and `!` take no values.
        values: what it is compared with.
    """

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet the requirement."""
        match self.operator:
            case "exists":
                return self.key in labels
            case "!":
                return self.key not in labels
            case "in" | "=" | "==":
                return labels.get(self.key) in self.values
            case "notin" | "!=":
                return labels.get(self.key) not in self.values
            case _:
                return self._compares(labels.get(self.key, ""))

    def _compares(self, text: str) -> bool:
        found, (limit,) = _integer(text), map(_integer, self.values)
        if found is None or limit is None:
            return False
        return found > limit if self.operator == ">" else found < limit


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that must all be met; of two about one label none takes the other's place."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)


def parse(text: str) -> Selector:
    """Read a selector such as `env in (prod, stage), tier!=cache, !legacy`.

    Raises:
        Refusal: it is none (400).
    """
    tokens = _Tokens(text)
    if tokens.next == _END:
        return Selector(())
    found = [_requirement(tokens)]
    while tokens.skip(","):
        found.append(_requirement(tokens))
    tokens.take(_END)
    return Selector(tuple(found))


class _Tokens:
    """The words and symbols of a selector, each taken once."""

    def __init__(self, text: str) -> None:
        self._left: list[str] = _TOKENS.findall(text)[::-1]

    @property
    def next(self) -> str:
        return self._left[-1]

    def skip(self, symbol: str) -> bool:
        """Take the next token if it is `symbol`; say whether it was."""
        return self.next == symbol and self.take(symbol) == symbol

    def take(self, *wanted: str) -> str:
        """Take the next token, which must be one of those."""
        if self.next not in wanted:
            expected = " or ".join(f"'{each}'" for each in wanted)
            raise _malformed(f"found '{self.next}', expected: {expected}")
        return self._left.pop()

    def take_word(self) -> str:
        """Take the next token, which must be no symbol."""
        if self.next in _SYMBOLS:
            raise _malformed(f"found '{self.next}', expected: identifier")
        return self._left.pop()


def _requirement(tokens: _Tokens) -> Requirement:
    is_negated = tokens.skip("!")
    key = tokens.take_word()
    if not is_qualified_name(key):
        raise _malformed(f"'{key}' is not the name of a label")
    if is_negated or tokens.next in {_END, ","}:
        return Requirement(key, "!" if is_negated else "exists")
    operator = tokens.take(*_OF_SETS, *_OF_ONE_VALUE)
    values = _set(tokens) if operator in _OF_SETS else frozenset({_value(tokens)})
    if operator in {"<", ">"} and None in map(_integer, values):
        raise _malformed(f"'{operator}' compares with an integer only")
    return Requirement(key, operator, values)


def _set(tokens: _Tokens) -> frozenset[str]:
    tokens.take("(")
    values = {_value(tokens)}
    while tokens.skip(","):
        values.add(_value(tokens))
    tokens.take(")")
    return frozenset(values)


def _value(tokens: _Tokens) -> str:
    """Take a value, which may be empty: nothing is written then."""
    value = "" if tokens.next in {_END, ",", ")"} else tokens.take_word()
    if not is_label_value(value):
        raise _malformed(f"'{value}' cannot be the value of a label")
    return value


def _integer(text: str) -> int | None:
    """Read an int64, without signs, which neither selectors nor labels can hold."""
    number = int(text) if re.fullmatch(r"[0-9]+", text) else None
    return None if number is None or number > _LARGEST else number


def _malformed(because: str) -> Refusal:
    return bad_request(f"unable to parse requirement: {because}")
