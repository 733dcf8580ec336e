"""Formats for programs: the same as a table shows, with all that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.asking.surveys import Mirror, Row


def document(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what `-o json` and `-o yaml` show, as kubectl shows a list."""
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "SourceStatusList",
        "items": [_source(row) for row in rows],
    }


def written(found: Mapping[str, Any], output: str) -> Iterator[str]:
    """Write a document as JSON or YAML."""
    if output == "json":
        yield json.dumps(found, indent=2)
        return
    import yaml  # noqa: PLC0415 (whoever asks for a table need not wait for it)

    yield yaml.safe_dump(found, sort_keys=False).rstrip()


def _source(row: Row) -> dict[str, Any]:
    return {
        "kind": row.ref.kind.name,
        "namespace": row.ref.namespace,
        "name": row.ref.name,
        "inSync": row.is_well,
        "counts": {state.value: count for state, count in sorted(_counts(row))},
        "problems": row.plan.problems,
        "mirrors": [_mirror(mirror) for mirror in row.mirrors],
    }


def _counts(row: Row) -> Iterator[tuple[Any, int]]:
    yield from ((state, count) for state, count in row.counts.items())


def _mirror(mirror: Mirror) -> dict[str, Any]:
    return {
        "namespace": mirror.ref.namespace,
        "name": mirror.ref.name,
        "state": mirror.state.value,
        "because": mirror.step.because,
    }
