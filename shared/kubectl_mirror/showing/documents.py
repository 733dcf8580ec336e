"""Documents for programs, written part by part: those of a large cluster are long."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Each:
    """Entries of a document, each of which is made when it is written.

    Args:
        of: what they are made of.
        make: makes one.
    """

    of: Sequence[Any]
    make: Callable[[Any], Mapping[str, Any]]


def as_json(document: Mapping[str, Any]) -> Iterator[str]:
    """Write a document as JSON, in escapes what is not ASCII; return the lines, some together."""
    yield "{"
    for number, (name, value) in enumerate(document.items(), start=1):
        comma = "," if number < len(document) else ""
        if isinstance(value, Each) and value.of:
            yield f"  {json.dumps(name)}: ["
            for place, entry in enumerate(value.of, start=1):
                written = _indented(value.make(entry), 4)
                yield f"    {written}{',' if place < len(value.of) else ''}"
            yield f"  ]{comma}"
        else:
            yield f"  {json.dumps(name)}: {_indented(_whole(value), 2)}{comma}"
    yield "}"


def as_yaml(document: Mapping[str, Any]) -> Iterator[str]:
    """Write it as YAML, in escapes where it has what a terminal would obey; return likewise."""
    for name, value in document.items():
        if isinstance(value, Each) and value.of:
            yield f"{name}:"
            yield from (_dumped([value.make(entry)]) for entry in value.of)
        else:
            yield _dumped({name: _whole(value)})


def _whole(value: Any) -> Any:
    return [] if isinstance(value, Each) else value


def _indented(value: Any, columns: int) -> str:
    # json itself takes ten times as long to write lines; no text has a line's end in it.
    lines: str = msgspec.json.format(json.dumps(value), indent=2)
    return lines.replace("\n", "\n" + " " * columns)


def _dumped(value: Any) -> str:
    import yaml  # noqa: PLC0415 (whoever asks for a table need not wait for it)

    # libyaml writes several times as fast.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    written = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True)
    if not written.replace("\n", "").isprintable():
        written = yaml.dump(value, Dumper=dumper, sort_keys=False)
    return str(written).rstrip()
