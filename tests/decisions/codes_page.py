"""The page that says what each code means, and what mends it: docs/codes.md."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from textwrap import fill, indent
from typing import TYPE_CHECKING, Final

from mirroring.codes import Code
from mirroring.meanings import GROUPS, MEANINGS
from tests.cli.states import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROJECT: Final = Path(__file__).parents[2]
PATH: Final = _PROJECT / "docs" / "codes.md"
# What each check of `kubectl mirror doctor` means, beside the checks; links are the page's.
CHECKS: Final = _PROJECT / "shared" / "kubectl_mirror" / "checking" / "codes.md"

_KEPT: Final = "\0"  # a blank at which no line ends
_OPENING: Final = """\
# Codes

Each reason has a code, which stays when its words change: search, count and silence by it. A
target's line in the [audit log](audit-log.md) has it as `code`, a Kubernetes Event at the end of
its message, as in `(KM401)`. Where an Event says less than the log, as its readers may not know
more, it has the code of what it says. [Decisions](decisions.md) shows when each is given. What is
quoted is what `kubectl mirror explain` says of Secret prod/tls, its mirror dev/tls and its pull
mirror dev/tls-pull.

`make tables` writes this page from `shared/mirroring/meanings.py`, and of the checks of
`kubectl mirror doctor` from `shared/kubectl_mirror/checking`. No code is ever given another
meaning.
"""


def page() -> str:
    """Write the page: a heading for each code, so that it is an anchor."""
    groups = groupby(Code, lambda code: code.value[:3])
    reasons = (f"\n## {GROUPS[of]}\n{_group(codes)}" for of, codes in groups)
    checks = f"\n## Checks of doctor\n\n{CHECKS.read_text()}"
    return _OPENING + "".join(reasons) + checks


def _group(codes: Iterable[Code]) -> str:
    return "".join(_entry(code) for code in codes)


def _entry(code: Code) -> str:
    title, means, remedy = MEANINGS[code]
    told = "\n\n".join(_filled(text) for text in (f"**{title}.** {means}", remedy))
    return f"\n### {code.value}\n\n{told}\n{_example(code)}"


def _example(code: Code) -> str:
    """Quote what is said of Secret prod/tls, where it is in such a state."""
    said = examples().get(code, "").replace("*", r"\*")
    quoted = fill(said, 98, break_long_words=False, break_on_hyphens=False)
    return f"\n{indent(quoted, '> ')}\n" if said else ""


def _filled(text: str) -> str:
    """Fill lines, and keep in one what is quoted."""
    kept = "`".join(
        part.replace(" ", _KEPT) if number % 2 else part
        for number, part in enumerate(text.split("`"))
    )
    return fill(kept, 100, break_long_words=False, break_on_hyphens=False).replace(_KEPT, " ")
