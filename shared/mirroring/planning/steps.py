"""Steps: what a plan consists of, each with the reason a person would want to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref


@dataclass(frozen=True)
class Step:
    """What is done about one target.

    Args:
        target: what it is done to, whether it exists or not.
        because: why.
    """

    target: Ref
    because: str


class Create(Step):
    """A mirror is wanted and nothing has its name."""


class Keep(Step):
    """The mirror is as it should be, or it cannot be decided that it is not."""


class Leave(Step):
    """No mirror is wanted and none of ours is there."""


class Clash(Step):
    """A mirror is wanted where an object is that is not proven ours."""


@dataclass(frozen=True)
class StepOnFound(Step):
    """What is done about an object in the very state in which it was found.

    Args:
        target: its name.
        because: why.
        seen: the state.
    """

    seen: Metadata

    def __init__(self, seen: Metadata, because: str) -> None:
        super().__init__(seen.ref, because)
        object.__setattr__(self, "seen", seen)


class Update(StepOnFound):
    """The mirror is ours and not as the source is."""


class Inspect(StepOnFound):
    """The mirror is ours, and somebody may have changed it: read it, write if it differs."""


class Delete(StepOnFound):
    """The mirror is ours and not wanted."""


class Fill(StepOnFound):
    """The pull mirror may have the content of its source and has not."""


class Refuse(StepOnFound):
    """The pull mirror may not have the content of its source, or there is none."""


class Register(StepOnFound):
    """The pull mirror is as it should be, but could not be found by its label."""
