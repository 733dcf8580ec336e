"""Lists of patterns for names of namespaces, with the meaning that Reflector gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Final, Self

from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

# Seconds; a healthy pattern matches a thousand names in some milliseconds.
TIME_LIMIT: Final = 0.05  # for one name
TIME_LIMIT_OF_ALL: Final = 0.3  # for all names by all patterns of a list

_PLAIN: Final = re.compile(r"[a-z0-9-]+")
# `[a-z-[aeiou]]` takes the vowels out in .NET; here it would silently mean something else.
_CLASS_SUBTRACTION: Final = re.compile(r"\[[^\]]*-\[")
# Counts multiply where they are nested, and are written out when the pattern is compiled: four of
# a thousand take all memory there is.
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_MOST_REPETITIONS: Final = 10_000
_LONGEST: Final = 1000  # characters
_MOST_PROBLEMS: Final = 10
_MOST_LISTED: Final = 20
_LONE_STAR: Final = re.compile(r"(?<![.)\]])\*")


@dataclass(slots=True)
class _Budget:
    """The seconds that the patterns of one list have taken."""

    spent: float = 0.0


@dataclass(slots=True)
class Pattern:
    """One pattern. It is broken when it does not compile, or once it took too long.

    A broken pattern matches nothing, and is not tried on further names.
    """

    text: str
    problem: str = ""
    _compiled: regex.Pattern[str] | None = field(default=None, repr=False)
    _budget: _Budget = field(default_factory=_Budget, repr=False, compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether it is a name and nothing else."""
        return _PLAIN.fullmatch(self.text) is not None

    @property
    def is_out_of_time(self) -> bool:
        """Whether the patterns of its list have taken all the time there is."""
        return self._budget.spent > TIME_LIMIT_OF_ALL

    def spans(self, name: str) -> bool:
        """Whether the first match of a search spans the whole name: less than a full match.

        `a|ab` does not span `ab`, as the first match is `a` (Reflector's rule, to the letter).
        """
        if self.is_plain:
            return self.text == name
        return not self.problem and self._search(name)

    def _search(self, name: str) -> bool:
        # Most sources name their namespaces plainly; they need not wait for the engine to load.
        import regex  # noqa: PLC0415

        self.problem = self._reason_to_refuse()
        if self.problem:
            return False
        start = perf_counter()
        try:
            self._compiled = self._compiled or regex.compile(self.text)
            found = self._compiled.search(name, timeout=TIME_LIMIT)
        except regex.error as error:
            self.problem = f"{self.text!r} is not a regular expression: {error.msg}{self._hint()}"
            return False
        except RecursionError:
            self.problem = f"{self.text!r} is nested too deeply. Write it more simply."
            return False
        except TimeoutError:
            self.problem = f"{self.text!r} took too long to match {name!r}. Write it more simply."
            return False
        finally:
            self._budget.spent += perf_counter() - start
        return found is not None and found.end() - found.start() == len(name)

    def _reason_to_refuse(self) -> str:
        """Say why the pattern is not tried, or not any more; empty when it is."""
        counts = (int(most or least) for least, most in _COUNT.findall(self.text[:_LONGEST]))
        if len(self.text) > _LONGEST:
            return f"{self.text[:40]!r}… is longer than {_LONGEST} characters. Write it shorter."
        if prod(max(count, 1) for count in counts) > _MOST_REPETITIONS:
            return f"{self.text!r} repeats too often. A name has no more than 63 characters."
        if _CLASS_SUBTRACTION.search(self.text):
            return (
                f"{self.text!r} subtracts one class of characters from another, which only .NET "
                "does. Write it with a lookahead, as in '(?![aeiou])[a-z]'."
            )
        if self.is_out_of_time:
            return f"{self.text!r} took too long to match all names. Write it more simply."
        return ""

    def _hint(self) -> str:
        meant = _LONE_STAR.sub(".*", self.text)
        return f". Did you mean {meant!r}?" if meant != self.text else ""


@dataclass(frozen=True, slots=True)
class PatternList:
    """Patterns of which one must match, as in `dev,stage-.*`."""

    patterns: tuple[Pattern, ...]
    _names: frozenset[str] = field(init=False, repr=False, compare=False)
    _expressions: tuple[Pattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort out the plain names, which may be many."""
        plain = frozenset(each.text for each in self.patterns if each.is_plain)
        object.__setattr__(self, "_names", plain)
        object.__setattr__(
            self, "_expressions", tuple(each for each in self.patterns if each.text not in plain)
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split at every comma, inside a pattern too; blanks around an item and blank items go.

        Never fails: what is wrong with a pattern shows when it is matched.
        """
        budget = _Budget()
        items = [item.strip() for item in text.split(",")]
        patterns = tuple(Pattern(item, _budget=budget) for item in items if item)
        return cls(patterns)

    def judge(self, name: str) -> Verdict:
        """Decide whether one of the patterns matches; unknown when none does and one is broken."""
        if name in self._names:
            return yes(f"{name!r} spans {name!r}")
        for pattern in self._expressions:
            if pattern.spans(name):
                return yes(f"{pattern.text!r} spans {name!r}")
            if pattern.is_out_of_time:
                break
        if problem := next(self.problems(), None):
            return unknown(problem)
        listed = ",".join(pattern.text for pattern in self.patterns[:_MOST_LISTED])
        return no(f"{listed!r} does not span {name!r}" if listed else "it lists nothing")

    def problems(self) -> Iterator[str]:
        """Say what is wrong with patterns that were found broken; of many, with the first."""
        broken = (pattern.problem for pattern in self._expressions if pattern.problem)
        return islice(broken, _MOST_PROBLEMS)
