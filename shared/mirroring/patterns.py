"""Lists of patterns for names of namespaces, with the meaning that Reflector gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from mirroring.verdicts import Verdict, no, unknown, yes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex

TIME_LIMIT: Final = 0.05  # seconds that one match may take; a healthy one takes microseconds

_PLAIN: Final = re.compile(r"[a-z0-9-]+")
# `[a-z-[aeiou]]` takes the vowels out in .NET; here it would silently mean something else.
_CLASS_SUBTRACTION: Final = re.compile(r"\[[^\]]*-\[")
_LONE_STAR: Final = re.compile(r"(?<![.)\]])\*")


@dataclass(slots=True)
class Pattern:
    """One pattern. It is broken when it does not compile, or once it took too long for a name.

    A broken pattern matches nothing, and is not tried on further names.
    """

    text: str
    problem: str = ""
    _compiled: regex.Pattern[str] | None = field(default=None, repr=False)

    def spans(self, name: str) -> bool:
        """Whether the first match of a search spans the whole name: less than a full match.

        `a|ab` does not span `ab`, as the first match is `a` (Reflector's rule, to the letter).
        """
        if _PLAIN.fullmatch(self.text):
            return self.text == name
        return not self.problem and self._search(name)

    def _search(self, name: str) -> bool:
        # Most sources name their namespaces plainly; they need not wait for the engine to load.
        import regex  # noqa: PLC0415

        if _CLASS_SUBTRACTION.search(self.text):
            self.problem = (
                f"{self.text!r} subtracts one class of characters from another, which only .NET "
                "does. Write it with a lookahead, as in '(?![aeiou])[a-z]'."
            )
            return False
        try:
            self._compiled = self._compiled or regex.compile(self.text)
            found = self._compiled.search(name, timeout=TIME_LIMIT)
        except regex.error as error:
            self.problem = f"{self.text!r} is not a regular expression: {error.msg}{self._hint()}"
            return False
        except TimeoutError:
            self.problem = f"{self.text!r} took too long to match {name!r}. Write it more simply."
            return False
        return found is not None and found.end() - found.start() == len(name)

    def _hint(self) -> str:
        meant = _LONE_STAR.sub(".*", self.text)
        return f". Did you mean {meant!r}?" if meant != self.text else ""


@dataclass(frozen=True, slots=True)
class PatternList:
    """Patterns of which one must match, as in `dev,stage-.*`."""

    patterns: tuple[Pattern, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split at every comma, inside a pattern too; blanks around an item and blank items go.

        Never fails: what is wrong with a pattern shows when it is matched.
        """
        items = (item.strip() for item in text.split(","))
        return cls(tuple(Pattern(item) for item in items if item))

    def judge(self, name: str) -> Verdict:
        """Decide whether one of the patterns matches; unknown when none does and one is broken."""
        for pattern in self.patterns:
            if pattern.spans(name):
                return yes(f"{pattern.text!r} spans {name!r}")
        if problem := next(self.problems(), None):
            return unknown(problem)
        listed = ",".join(pattern.text for pattern in self.patterns)
        return no(f"{listed!r} does not span {name!r}" if listed else "it lists nothing")

    def problems(self) -> Iterator[str]:
        """Say what is wrong with each pattern that was found broken."""
        return (pattern.problem for pattern in self.patterns if pattern.problem)
