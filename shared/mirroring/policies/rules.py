"""What a source permits, read from its annotations as Reflector reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

from mirroring import names
from mirroring.codes import Code, Reason
from mirroring.errors import SelectorError
from mirroring.ownership.records import is_true
from mirroring.policies import selectors
from mirroring.policies.patterns import PatternList
from mirroring.verdicts import Answer, Verdict, no, unknown, yes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mirroring.objects.metadata import Namespace
    from mirroring.policies.namespaces import NamespaceIndex
    from mirroring.policies.selectors import Selector

    ReadList = Callable[[str], PatternList]


@dataclass(frozen=True, slots=True)
class Selection:
    """One side of the rules: namespaces chosen by name, by label, or by either.

    Args:
        side: the annotation's name without its prefix, for the reasons that are given.
        names: the patterns that a name may match; None when names are not looked at.
        labels: the selector that labels may match, or why it is none; None when labels are not
            looked at.
        refuses: the code of what it says of a namespace that is not chosen.
    """

    side: str
    names: PatternList | None = None
    labels: Selector | SelectorError | None = None
    refuses: Code = Code.NOT_CHOSEN

    @classmethod
    def parse(
        cls,
        side: str,
        names: str,
        labels: str,
        *,
        refuses: Code = Code.NOT_CHOSEN,
        read_list: ReadList = PatternList.parse,
    ) -> Self:
        """Take the two annotations of a side; a blank one is not looked at. Never fails."""
        return cls(
            side=side,
            names=read_list(names) if names.strip() else None,
            labels=_parse_selector(labels) if labels.strip() else None,
            refuses=refuses,
        )

    def judge(self, namespace: Namespace) -> Verdict:
        """Decide whether the namespace is chosen; what is malformed neither chooses nor forbids.

        Reflector ORs names and labels; with neither, every namespace is chosen.
        """
        if self.labels is None:
            if self.names is None:
                return _unrestricted(self.side)
            return self._judge_name(self.names, namespace)
        by_label = self._judge_labels(self.labels, namespace)
        if self.names is None:
            return by_label
        by_name = self._judge_name(self.names, namespace)
        return _decide((Answer.YES, Answer.UNKNOWN, Answer.NO), by_name, by_label)

    def candidates(self, namespaces: NamespaceIndex) -> set[str] | frozenset[str]:
        """Pick the namespaces that are chosen."""
        if self.names is None and self.labels is None:
            return namespaces.names
        named = self.names.candidates(namespaces) if self.names else frozenset[str]()
        if self.labels is None or isinstance(self.labels, SelectorError):
            return named
        return named | self.labels.among(namespaces)

    def problems(self) -> list[Reason]:
        """Say what is malformed, and what judging has found too slow."""
        found: list[Reason] = []
        if self.names:
            found += (Reason(each, Code.UNREADABLE_PATTERN) for each in self.names.problems)
            found += (Reason(each, Code.SLOW_PATTERN) for each in self.names.slow)
        told = [Reason(f"{self.side}: {because}", code) for because, code in found]
        if isinstance(self.labels, SelectorError):
            told.append(Reason(f"{self._labels_side}: {self.labels}", Code.UNREADABLE_SELECTOR))
        return told

    @property
    def _labels_side(self) -> str:
        return f"{self.side}-selector"

    def _judge_name(self, patterns: PatternList, namespace: Namespace) -> Verdict:
        answer, because, code = patterns.judge(namespace.name)
        code = self.refuses if answer is Answer.NO else code
        return Verdict(answer, f"{self.side}: {because}", code)

    def _judge_labels(self, selector: Selector | SelectorError, namespace: Namespace) -> Verdict:
        side = self._labels_side
        if isinstance(selector, SelectorError):
            return unknown(f"{side}: {selector}", Code.UNREADABLE_SELECTOR)
        if selector.matches(namespace.labels):
            return yes(f"{side} matches the labels of {namespace.name!r}", Code.CHOSEN)
        return no(f"{side} does not match the labels of {namespace.name!r}", self.refuses)


@cache
def _unrestricted(side: str) -> Verdict:
    return yes(f"{side} is not restricted", Code.CHOSEN)


def _parse_selector(text: str) -> Selector | SelectorError:
    try:
        return selectors.parse(text)
    except SelectorError as error:
        return error


def _decide(order: tuple[Answer, ...], one: Verdict, other: Verdict) -> Verdict:
    """Take the answer that comes first in `order`, with the reasons of all who gave it."""
    if one.answer is other.answer:
        return Verdict(one.answer, f"{one.because}, {other.because}", one.code)
    return min(one, other, key=lambda each: order.index(each.answer))


@dataclass(frozen=True, slots=True)
class Rules:
    """Where mirrors of a source may be.

    `allowed` limits who may hold a mirror at all, `auto` where one is made automatically; a
    namespace gets one only where both choose it, so auto is never wider than allowed.
    """

    allowed: Selection
    auto: Selection
    auto_enabled: bool

    @classmethod
    def read(cls, annotated: Mapping[str, str], *, read_list: ReadList = PatternList.parse) -> Self:
        """Read the rules out of a source's annotations. Malformed ones harm only themselves.

        Args:
            annotated: the annotations.
            read_list: reads the lists, within what they may cost together.
        """
        return cls(
            allowed=Selection.parse(
                "reflection-allowed-namespaces",
                annotated.get(names.ALLOWED_NAMESPACES, ""),
                annotated.get(names.ALLOWED_NAMESPACES_SELECTOR, ""),
                refuses=Code.NOT_ALLOWED,
                read_list=read_list,
            ),
            auto=Selection.parse(
                "reflection-auto-namespaces",
                annotated.get(names.AUTO_NAMESPACES, ""),
                annotated.get(names.AUTO_NAMESPACES_SELECTOR, ""),
                read_list=read_list,
            ),
            auto_enabled=is_true(annotated.get(names.AUTO_ENABLED)),
        )

    def permits(self, namespace: Namespace) -> Verdict:
        """Decide whether the namespace may hold a mirror that somebody made there."""
        return self.allowed.judge(namespace)

    def permits_auto(self, namespace: Namespace) -> Verdict:
        """Decide whether the namespace gets a mirror automatically."""
        if not self.auto_enabled:
            return no("reflection-auto-enabled is not true", Code.NOT_AUTOMATIC)
        allowed, chosen = self.allowed.judge(namespace), self.auto.judge(namespace)
        return _decide((Answer.NO, Answer.UNKNOWN, Answer.YES), allowed, chosen)

    def candidates(self, namespaces: NamespaceIndex) -> set[str] | frozenset[str]:
        """Pick the namespaces that get a mirror automatically."""
        if not self.auto_enabled:
            return frozenset()
        return self.auto.candidates(namespaces) & self.allowed.candidates(namespaces)

    def problems(self) -> list[Reason]:
        """Say what the owner of the source ought to correct."""
        return [*self.allowed.problems(), *self.auto.problems()]
