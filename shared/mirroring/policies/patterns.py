"""Lists of patterns for names of namespaces, with the meaning that Reflector gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import islice
from time import thread_time
from typing import TYPE_CHECKING, Final, Self

from mirroring.codes import Code
from mirroring.objects.globs import LONGEST_LIST
from mirroring.policies.budgets import Budget, Share
from mirroring.policies.expressions import MOST_WRITTEN_OUT, Pattern, load_engine
from mirroring.policies.quoting import quoted
from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.policies.namespaces import NamespaceIndex


_MOST_PATTERNS: Final = 50  # of a list that need an engine
# What is free, as so many searches: reading each item of a list, and compiling a pattern.
_READING: Final = 1
_COMPILING: Final = 15
_NAME: Final = re.compile(r"[a-z0-9-]{1,63}")
# What spans all that begins so: no engine is needed to tell.
_BEGINNING: Final = re.compile(r"[a-z0-9-]*+\.\*")
_MOST_WRITTEN_OUT_OF_ALL: Final = 20_000  # of a list's, 3 MiB when they are compiled
_MOST_PROBLEMS: Final = 10
_MOST_LISTED: Final = 20


@dataclass(frozen=True)
class PatternList:
    """Patterns of which one must match, as in `dev,stage-.*`.

    It remembers what it decided, so that sources with the same list share it.

    Args:
        texts: the patterns.
        refused: why the list is not read; empty when it is.
        share: what its searches may cost.
    """

    texts: tuple[str, ...]
    refused: str = ""
    share: Share = field(default_factory=lambda: Budget().share(), repr=False, compare=False)
    _too_slow: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _verdicts: dict[str, Verdict] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, budget: Budget | None = None) -> Self:
        """Split at every comma, inside a pattern too; blanks around an item and blank items go.

        Never fails: what is wrong with a pattern is among its `problems`.
        """
        share, start = (budget or Budget()).share(), thread_time()
        if len(text) > LONGEST_LIST:
            refused = f"the list is longer than {LONGEST_LIST} characters. Write patterns for names"
            return cls((), refused, share)
        items = dict.fromkeys(map(str.strip, text.split(",")))
        found = cls(tuple(filter(None, items)), share=share)
        _ = found._patterns
        share.add(thread_time() - start, searches=_READING * len(items))
        return found

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(text for text in self.texts if _NAME.fullmatch(text))

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        others = (text for text in self.texts if text not in self._names)
        return tuple(text[:-2] for text in others if _BEGINNING.fullmatch(text))

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        others = (text for text in self.texts if text not in self._names)
        return tuple(Pattern(text) for text in others if not _BEGINNING.fullmatch(text))

    @cached_property
    def _oversize(self) -> str:
        if len(self._patterns) > _MOST_PATTERNS:
            return f"the list has more than {_MOST_PATTERNS} expressions. Write names, or fewer"
        written_out = sum(min(each.written_out, MOST_WRITTEN_OUT) for each in self._patterns)
        if written_out > _MOST_WRITTEN_OUT_OF_ALL:
            return "its expressions repeat too often together. Write them more simply"
        return self.refused

    @cached_property
    def _healthy(self) -> tuple[Pattern, ...]:
        """The patterns that can be searched by, as far as there is time to compile them."""
        return tuple(each for each in self._tried if not each.problem)

    @cached_property
    def _tried(self) -> tuple[Pattern, ...]:
        if self._oversize or not self._patterns:
            return ()
        load_engine()
        tried: list[Pattern] = []
        for pattern in self._patterns:
            if self.share.left <= 0:
                self._too_slow[pattern.text] = _over(pattern)
                break
            if not self.share.suffices_for(pattern.text):
                self._too_slow[pattern.text] = _overlong(pattern)
                continue
            start = thread_time()
            _ = pattern.problem
            self.share.add(thread_time() - start, searches=_COMPILING)
            tried.append(pattern)
        return tuple(tried)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with its patterns, whatever is matched; of many, with the first."""
        if self._oversize:
            return (self._oversize,)
        found = (pattern.suspicion or pattern.problem for pattern in self._tried)
        return tuple(islice(filter(None, found), _MOST_PROBLEMS))

    @property
    def slow(self) -> tuple[str, ...]:
        """What was found too slow, as far as names have been judged."""
        return tuple(islice(self._too_slow.values(), _MOST_PROBLEMS))

    def candidates(self, namespaces: NamespaceIndex) -> set[str]:
        """Pick the names that a pattern matches."""
        found = set(self._names & namespaces.names)
        for beginning in self._beginnings:
            found.update(namespaces.beginning_with(beginning))
        for pattern in self._healthy:
            for name in namespaces.beginning_with(pattern.prefix):
                if pattern.text in self._too_slow:
                    break
                if name not in found and self.judge(name):
                    found.add(name)
        return found

    def judge(self, name: str) -> Verdict:
        """Decide whether one of the patterns matches; unknown when none does and one is broken."""
        if name in self._names:
            return yes(f"{name!r} spans {name!r}", Code.CHOSEN)
        if name.startswith(self._beginnings):
            beginning = next(each for each in self._beginnings if name.startswith(each))
            return yes(f"{quoted(f'{beginning}.*')} spans {name!r}", Code.CHOSEN)
        if not self._patterns and not self.refused:
            return self._no(name)
        decided = self._verdicts.get(name)
        if decided is None:
            decided = self._verdicts[name] = self._judge(name)
        return decided

    def _judge(self, name: str) -> Verdict:
        for pattern in self._healthy:
            if self._spans(pattern, name):
                return yes(f"{quoted(pattern.text)} spans {name!r}", Code.CHOSEN)
        for problem in self._too_slow.values():
            return unknown(problem, Code.SLOW_PATTERN)
        for problem in self.problems:
            return unknown(problem, Code.UNREADABLE_PATTERN)
        return self._no(name)

    def _no(self, name: str) -> Verdict:
        listed = f"{self._listed} does not span {name!r}" if self.texts else "it lists nothing"
        return no(listed, Code.NOT_CHOSEN)

    @cached_property
    def _listed(self) -> str:
        return quoted(",".join(self.texts[:_MOST_LISTED]))

    def _spans(self, pattern: Pattern, name: str) -> bool:
        """Whether the first match of a search spans the whole name: less than a full match.

        `a|ab` does not span `ab`, as the first match is `a` (Reflector's rule, to the letter).
        """
        if pattern.text in self._too_slow or not name.startswith(pattern.prefix):
            return False
        left = self.share.left
        if left <= 0:
            self._too_slow[pattern.text] = _over(pattern)
            return False
        start = thread_time()
        try:
            found = pattern.search(name, left)
        except TimeoutError:
            self._too_slow[pattern.text] = (
                f"{quoted(pattern.text)} took too long to match {name!r}. Write it more simply."
            )
            return False
        finally:
            self.share.add(thread_time() - start, searches=1)
        return found is not None and found.end() - found.start() == len(name)


def _over(pattern: Pattern) -> str:
    return f"{quoted(pattern.text)} took too long to match all names. Write it more simply."


def _overlong(pattern: Pattern) -> str:
    return (
        f"{quoted(pattern.text)} was not tried: it is long, and all that one event had to read "
        "took too long together. Write names, or beginnings such as 'dev-.*'."
    )


def lists_of_an_event() -> Callable[[str], PatternList]:
    """Return what reads the lists of an event, within one budget.

    Lists that are looked at one after another share what was decided; beyond a few it is forgotten,
    as it has an entry for every namespace.
    """
    return lru_cache(maxsize=4)(partial(PatternList.parse, budget=Budget()))
