"""Audit lines as tests read them: held to their schema, each of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[1] / "shared" / "mirroring" / "reporting" / "audit.schema.json"

# How a line begins that tells of an event.
OF_AN_EVENT: Final = '{"audit": "event",'


def read_audit(text: str) -> list[dict[str, Any]]:
    """Read what a function wrote to stdout.

    Raises:
        AssertionError: a line is not what the schema promises.
    """
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        problems = [error.message for error in _validator().iter_errors(line)]
        if problems:
            raise AssertionError(f"{line}: {problems}")
    return lines


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
