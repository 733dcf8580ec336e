"""Lists of patterns for names of namespaces, with the meaning that Reflector gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from math import prod
from time import thread_time
from typing import TYPE_CHECKING, Final, Self

from mirroring.policies.lists import likely
from mirroring.policies.quoting import quoted
from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    import regex

    from mirroring.policies.namespaces import NamespaceIndex

# Seconds of this thread's own processor time: what other threads do meanwhile is not the pattern's
# fault. A healthy pattern looks through a thousand names in a millisecond.
TIME_LIMIT: Final = 0.05  # for one name by one pattern
TIME_LIMIT_OF_ALL: Final = 0.3  # for all names by all patterns of a list
# More for each search, so that long lists may look at many namespaces: five times what a plain one
# takes among busy threads; but not without end.
_PER_SEARCH: Final = 2e-5
_MOST_OF_ALL: Final = 5.0

_PLAIN: Final = re.compile(r"[a-z0-9-]+")
# `[a-z-[aeiou]]` takes the vowels out in .NET; here it would silently mean something else.
_CLASS_SUBTRACTION: Final = re.compile(r"\[[^\]]*-\[")
# Counts multiply where they are nested, and are written out when the pattern is compiled: four of
# a thousand take all memory there is.
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_REPETITIONS: Final = 10_000
_LONGEST: Final = 1000  # characters
_LONGEST_REASON: Final = 200  # characters that the engine says
_MOST_PROBLEMS: Final = 10
_MOST_LISTED: Final = 20
_LONE_STAR: Final = re.compile(r"(?<![.)\]])\*")
# What a name must begin with, so that the others need not be searched.
_PREFIX: Final = re.compile(r"\^?([a-z0-9-]*)(?![*?{])")
_ANY_BEGINNING: Final = re.compile(r"\||\(\?[a-zA-Z-]")


@dataclass(frozen=True)
class Pattern:
    """One pattern that is more than a name."""

    text: str

    @cached_property
    def prefix(self) -> str:
        """What every name that it spans begins with, as far as that is easily seen."""
        match = None if _ANY_BEGINNING.search(self.text) else _PREFIX.match(self.text)
        return match[1] if match else ""

    @cached_property
    def is_prefix(self) -> bool:
        """Whether it spans all that begins so, as `dev-.*` does: no engine is needed to tell."""
        return self.text == f"{self.prefix}.*"

    @cached_property
    def problem(self) -> str:
        """Why it can never be matched; empty when it can."""
        refused = self._reason_to_refuse()
        if refused or self.is_prefix:
            return refused
        return self._compiled if isinstance(self._compiled, str) else ""

    @cached_property
    def suspicion(self) -> str:
        """Why it is no pattern that anybody would mean, though it can be matched; or nothing."""
        return likely(self.text)

    def search(self, name: str) -> regex.Match[str] | None:
        """Find the first match in a name, of a pattern that has no problem.

        Raises:
            TimeoutError: it took `TIME_LIMIT` of this thread's processor time.
        """
        if isinstance(self._compiled, str):
            return None
        start = thread_time()
        while True:
            try:
                # The engine's clock is the whole process's; it keeps Python's lock, so that taking
                # it again among busy threads costs no search.
                return self._compiled.search(name, timeout=TIME_LIMIT, concurrent=False)
            except TimeoutError:
                if thread_time() - start >= TIME_LIMIT / 2:
                    raise

    def _reason_to_refuse(self) -> str:
        counts = (int(most or least) for least, most in _COUNT.findall(self.text[:_LONGEST]))
        if len(self.text) > _LONGEST:
            return f"{quoted(self.text)} is longer than {_LONGEST} characters. Write it shorter."
        if prod(max(count, 1) for count in counts) > _MOST_REPETITIONS:
            return f"{quoted(self.text)} repeats too often. A name has no more than 63 characters."
        if _CLASS_SUBTRACTION.search(self.text):
            return (
                f"{quoted(self.text)} subtracts one class of characters from another, which only "
                ".NET does. Write it with a lookahead, as in '(?![aeiou])[a-z]'."
            )
        return ""

    @cached_property
    def _compiled(self) -> regex.Pattern[str] | str:
        """The expression, or why it is none."""
        # Most sources name their namespaces plainly; they need not wait for the engine to load.
        import regex  # noqa: PLC0415

        try:
            return regex.compile(self.text)
        except regex.error as error:
            because = f"is not a regular expression: {error.msg[:_LONGEST_REASON]}"
            return f"{quoted(self.text)} {because}{self._hint()}"
        except RecursionError:
            return f"{quoted(self.text)} is nested too deeply. Write it more simply."

    def _hint(self) -> str:
        meant = _LONE_STAR.sub(".*", self.text)
        return f". Did you mean {quoted(meant)}?" if meant != self.text else ""


@dataclass(slots=True)
class _Search:
    """What searching by the patterns of one list has cost, and what it came to."""

    spent: float = 0.0  # seconds
    searches: int = 0
    too_slow: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def is_out_of_time(self) -> bool:
        return self.spent > min(TIME_LIMIT_OF_ALL + self.searches * _PER_SEARCH, _MOST_OF_ALL)


@dataclass(frozen=True)
class PatternList:
    """Patterns of which one must match, as in `dev,stage-.*`.

    It remembers what it decided, so that sources with the same list share it.
    """

    texts: tuple[str, ...]
    _search: _Search = field(default_factory=_Search, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split at every comma, inside a pattern too; blanks around an item and blank items go.

        Never fails: what is wrong with a pattern is among its `problems`.
        """
        return cls(tuple(filter(None, (item.strip() for item in text.split(",")))))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(text for text in self.texts if _PLAIN.fullmatch(text))

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        return tuple(Pattern(text) for text in self.texts if text not in self._names)

    @cached_property
    def _healthy(self) -> tuple[Pattern, ...]:
        return tuple(pattern for pattern in self._patterns if not pattern.problem)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with its patterns, whatever is matched; of many, with the first."""
        found = (pattern.suspicion or pattern.problem for pattern in self._patterns)
        return tuple(islice(filter(None, found), _MOST_PROBLEMS))

    @property
    def slow(self) -> tuple[str, ...]:
        """What was found too slow, as far as names have been judged."""
        return tuple(islice(self._search.too_slow.values(), _MOST_PROBLEMS))

    def candidates(self, namespaces: NamespaceIndex) -> set[str] | frozenset[str]:
        """Pick the names that may be other than a clear no; never too few."""
        if self.problems or self._search.too_slow:
            return namespaces.names
        prefixes = {pattern.prefix for pattern in self._patterns}
        if "" in prefixes:
            return namespaces.names
        return set(self._names & namespaces.names).union(
            *(namespaces.beginning_with(prefix) for prefix in prefixes)
        )

    def judge(self, name: str) -> Verdict:
        """Decide whether one of the patterns matches; unknown when none does and one is broken."""
        if name in self._names:
            return yes(f"{name!r} spans {name!r}")
        if not self._patterns:
            return self._no(name)
        decided = self._search.verdicts.get(name)
        if decided is None:
            decided = self._search.verdicts[name] = self._judge(name)
        return decided

    def _judge(self, name: str) -> Verdict:
        start = thread_time()
        try:
            for pattern in self._healthy:
                if self._spans(pattern, name):
                    return yes(f"{quoted(pattern.text)} spans {name!r}")
                if self._search.is_out_of_time:
                    break
        finally:
            self._search.spent += thread_time() - start
        for problem in (*self._search.too_slow.values(), *self.problems):
            return unknown(problem)
        return self._no(name)

    def _no(self, name: str) -> Verdict:
        listed = ",".join(self.texts[:_MOST_LISTED])
        return no(f"{quoted(listed)} does not span {name!r}" if listed else "it lists nothing")

    def _spans(self, pattern: Pattern, name: str) -> bool:
        """Whether the first match of a search spans the whole name: less than a full match.

        `a|ab` does not span `ab`, as the first match is `a` (Reflector's rule, to the letter).
        """
        search = self._search
        if pattern.text in search.too_slow or not name.startswith(pattern.prefix):
            return False
        if search.is_out_of_time:
            search.too_slow[pattern.text] = (
                f"{quoted(pattern.text)} took too long to match all names. Write it more simply."
            )
            return False
        if pattern.is_prefix:
            return True
        search.searches += 1
        try:
            found = pattern.search(name)
        except TimeoutError:
            search.spent += TIME_LIMIT
            search.too_slow[pattern.text] = (
                f"{quoted(pattern.text)} took too long to match {name!r}. Write it more simply."
            )
            return False
        return found is not None and found.end() - found.start() == len(name)


# Lists that are looked at one after another share what was decided; beyond a few it is forgotten,
# as it has an entry for every namespace.
@lru_cache(maxsize=4)
def pattern_list(text: str) -> PatternList:
    """Read a list, or return what was read of the same text just before."""
    return PatternList.parse(text)
