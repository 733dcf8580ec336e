"""Changes: what can be written, none without the state that it was judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirroring.objects.content import Content
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref


@dataclass(frozen=True, slots=True, repr=False)
class Post:
    """Create an object where nothing has its name.

    Args:
        ref: its name.
        body: the object, as JSON.
        content: what of it must not stand in any message.
        is_rehearsal: whether the API server is only asked, by all its policies and quotas.
    """

    ref: Ref
    body: bytes
    content: Content
    is_rehearsal: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Patch:
    """Change an object, if it is still what was seen.

    Args:
        seen: the state in which it was judged.
        body: a JSON Patch, which is refused for any other state.
        content: what of it must not stand in any message; None when it holds none.
        tells: whether what is there after it is asked for, though it holds content.
    """

    seen: Metadata
    body: bytes
    content: Content | None = None
    tells: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an object, if it is still what was seen."""

    seen: Metadata


Change = Post | Patch | Delete
