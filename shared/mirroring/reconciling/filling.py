"""Filling: what is written of pull mirrors, which their owners and owners' tools write, too."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mirroring.codes import Code
from mirroring.errors import Stale
from mirroring.names import EDITED
from mirroring.planning import drift
from mirroring.planning.manifests import cede
from mirroring.planning.steps import Op
from mirroring.planning.stubs import holds_stub, may_hold_unnoted_stub, stub_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.objects.changes import Change
    from mirroring.objects.metadata import Metadata, Object
    from mirroring.planning.manifests import Manifest
    from mirroring.planning.steps import Step


@dataclass(frozen=True, slots=True)
class Filling:
    """Writes pull mirrors.

    Args:
        read: reads an object, and raises `Stale` when it is no longer what was seen.
        apply: writes, as `Writer.apply` does.
    """

    read: Callable[[Metadata], Object]
    apply: Callable[[Change], Metadata | None]

    def decide(self, step: Step, manifest: Manifest) -> Step:
        """Say what a comparison comes to, which needs what is there; other steps stay.

        A stub of its owner's is filled; whatever else is there stays until the source changes.
        """
        seen, source = step.seen, manifest.source.content
        if step.op is not Op.COMPARE or seen is None or source is None:
            return step
        held = self.read(seen).content
        if held.fields == source.fields:
            stays, code = "but it is the source's", Code.IN_SYNC
        elif holds_stub(seen, held, source, keys=manifest.source.hash_keys):
            because = f"{step.because}, and it holds nothing but what reserves its keys"
            return step._replace(op=Op.UPDATE, because=because, code=Code.STUB)
        else:
            stays, code = "which stays until the source changes", Code.OWNERS_CONTENT
        because = f"{step.because}, {stays}"
        return step._replace(op=_beside_content(seen), because=because, code=code)

    def write(self, step: Step, manifest: Manifest) -> Metadata | None:
        """Write; return what is there now, or None when there was nothing to write.

        What was written is left at once to those who apply it. Where one of them was faster, that
        is an event of its own.
        """
        change = manifest.change(self._with_stub(step, manifest))
        now = self.apply(change) if change else None
        left = cede(now) if now else None
        with suppress(Stale):
            return self.apply(left) if left else now
        return now

    def _with_stub(self, step: Step, manifest: Manifest) -> Step:
        """Note on a pull mirror, when it is filled first, what its owner's manifest holds."""
        seen, source = step.seen, manifest.source.content
        if step.op is not Op.UPDATE or not seen or not source or not may_hold_unnoted_stub(seen):
            return step
        held, keys = self.read(seen).content, manifest.source.hash_keys
        noted = {**seen.annotations, **stub_note(seen, held, source, keys=keys)}
        return step._replace(seen=replace(seen, annotations=noted))


def _beside_content(seen: Metadata) -> Op:
    """Say what is done of a pull mirror whose content stays."""
    if EDITED in seen.labels or not drift.of_index(seen):
        return Op.NOTE
    return Op.KEEP if drift.of_ceding(seen) else Op.CEDE
