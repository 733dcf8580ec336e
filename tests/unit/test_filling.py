"""Filling: a pull mirror is written, and left to those who apply it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mirroring import names
from mirroring.codes import Code
from mirroring.errors import Stale
from mirroring.objects.field_owners import Fields
from mirroring.objects.metadata import Object
from mirroring.objects.references import SECRET, Ref
from mirroring.planning.manifests import Manifest
from mirroring.planning.steps import Op, Step
from mirroring.reconciling.filling import Filling
from tests.unit.examples import CONTENT, metadata, source

if TYPE_CHECKING:
    from mirroring.objects.changes import Change
    from mirroring.objects.metadata import Metadata

COPY = Ref(SECRET, "dev", "copy")
SEEN = metadata(COPY, annotations={names.REFLECTS: "prod/tls"})
OURS = {"manager": "kn-mirror", "fieldsV1": {"f:data": {"f:tls.crt": {}}}}
WRITTEN = replace(
    SEEN,
    resource_version="2",
    fields=Fields(is_applied=True, withheld=True),
    managed=json.dumps([OURS]).encode(),
)


class Applying:
    """An API server on which Helm applies what kn-mirror writes."""

    def __init__(self, *, is_faster: bool = False) -> None:
        self._is_faster = is_faster
        self.changes: list[Change] = []

    def apply(self, change: Change) -> Metadata | None:
        self.changes.append(change)
        if len(self.changes) == 1:
            return WRITTEN
        if self._is_faster:
            raise Stale("Helm was faster.")
        return replace(WRITTEN, fields=Fields(is_applied=True), managed=b"")


def fill(writer: Applying) -> Metadata | None:
    filling = Filling(lambda seen: Object(seen, CONTENT), writer.apply)
    return filling.write(
        Step(Op.UPDATE, COPY, "it was not filled yet", Code.UNFILLED, SEEN, declared=True),
        Manifest(source(), "2026-01-01T00:00:00+00:00"),
    )


def test_what_was_written_is_given_up_in_the_state_in_which_it_was_written() -> None:
    writer = Applying()

    now = fill(writer)

    [_, given_up] = writer.changes
    assert getattr(given_up, "seen", None) == WRITTEN
    assert getattr(given_up, "content", CONTENT) is None
    assert now
    assert not now.fields.withheld


def test_where_somebody_was_faster_the_pull_mirror_is_filled_all_the_same() -> None:
    assert fill(Applying(is_faster=True)) == WRITTEN
