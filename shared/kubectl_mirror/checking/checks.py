"""Checks: what has to hold, who looks whether it does, and what came of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.errors import ApiError, Forbidden, account_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.checking.subjects import Subject

WELL: Final = 0  # exit codes
ILL: Final = 1
UNSEEN: Final = 2


class Result(Enum):
    """What came of a check, the worst last."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"  # it could not be seen
    ERROR = "error"

    @property
    def rank(self) -> int:
        """How bad it is."""
        return [*Result].index(self)


class Finding(NamedTuple):
    """One thing that a check found.

    Args:
        result: how bad it is.
        because: what is wrong, naming the object; of what is well a remark, such as a version.
        mend: the command that mends it, or what to do; empty where nothing is to be done.
    """

    result: Result
    because: str
    mend: str = ""


Look = Callable[["Subject"], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to hold.

    Args:
        code: stands for it in docs/codes.md, and never for anything else.
        category: what it is about.
        title: what has to hold, as a sentence.
        look: finds what does not; nothing where it holds.
        before: whether it has to hold before kn-mirror is installed.
        bears: whether the later ones say nothing where it does not hold, but for those `before`.
    """

    code: str
    category: str
    title: str
    look: Look
    before: bool = False
    bears: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    Args:
        check: it.
        findings: what was found, the worst first.
        may_change: whether waiting may help.
        is_denied: whether who asks may not look.
    """

    check: Check
    findings: Sequence[Finding] = ()
    may_change: bool = False
    is_denied: bool = False

    @property
    def result(self) -> Result:
        """The worst that was found."""
        return self.findings[0].result if self.findings else Result.OK


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What came of all checks, in their order."""

    checked: Sequence[Checked]

    @property
    def code(self) -> int:
        """The exit code: 1 where something is wrong, 2 where only something could not be seen."""
        results = {each.result for each in self.checked}
        if Result.ERROR in results:
            return ILL
        return UNSEEN if Result.UNKNOWN in results else WELL

    @property
    def may_change(self) -> bool:
        """Whether waiting may help."""
        return any(each.may_change for each in self.checked)

    @property
    def categories(self) -> Iterator[tuple[str, Sequence[Checked]]]:
        """The same by category."""
        for name, found in groupby(self.checked, lambda each: each.check.category):
            yield name, [*found]


def examined(
    checks: Iterable[Check], subject: Subject, begins: Callable[[Check], None] = lambda _: None
) -> Iterator[Checked]:
    """Look at a cluster by each check on its own: what is raised makes that one unknown.

    Args:
        checks: in their order.
        subject: the cluster.
        begins: is told of each check before it looks.
    """
    is_borne = True
    for check in checks:
        if check.before or is_borne:
            begins(check)
            found = _examined(check, subject)
            is_borne = is_borne and not _fails_to_bear(found)
            yield found


def _fails_to_bear(checked: Checked) -> bool:
    return checked.check.bears and checked.result is Result.ERROR


def _examined(check: Check, subject: Subject) -> Checked:
    try:
        found = sorted(check.look(subject), key=lambda each: -each.result.rank)
    except Forbidden as error:
        mend = "Ask as somebody who may, or have that right granted."
        return Checked(check, [Finding(Result.UNKNOWN, str(error), mend)], is_denied=True)
    except Exception as error:
        finding = Finding(Result.UNKNOWN, account_of(error))
        return Checked(check, [finding], may_change=isinstance(error, ApiError))
    return Checked(check, found, bool(found) and found[0].result is Result.ERROR)
