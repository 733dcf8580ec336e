"""Admission: what the API server lets others say about a write before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.kinds import Body, Ref


@dataclass(frozen=True, slots=True)
class Review:
    """A write that is about to be stored.

    Args:
        ref: the object.
        after: what it would become.
        before: what it is; None when it is new.
        manager: who writes.
    """

    ref: Ref
    after: Body
    before: Body | None
    manager: str


# Returns what is stored instead; raises a `Refusal` where nothing shall be.
Admission = Callable[[Review], "Body"]
