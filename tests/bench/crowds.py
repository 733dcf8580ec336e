"""Eight events at once, with long lists of patterns, while the processors are busy with others."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirroring import names
from tests.bench.bare import serialized
from tests.bench.landscapes import HOME, source
from tests.bench.serving import accuses, event
from tests.lab.clusters import encode
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.landscapes import Landscape
    from tests.bench.serving import Serving
    from tests.bench.sites import Site

_SOURCES: Final = [f"crowd-{number}" for number in range(8)]
_EXPRESSIONS: Final = 50
_FIRST_NAMES: Final = 10  # what `team-017-0.*` spans of a group
_APART: Final = 25  # groups from one source's first to the next one's
_BUSY: Final = "while True: pass"
_FAULTS: Final = "/api/v1/events?fieldSelector=reason%3DInvalidSource"


@dataclass(frozen=True, slots=True)
class Crowd:
    """What became of eight events at once.

    Args:
        wanted: how many mirrors the eight sources want.
        made: how many there are after the events that told of the sources.
        followed: how many are as their sources after all of these were renewed.
        accusations: how often a source, or a mirror, was said to have failed.
    """

    wanted: int
    made: int
    followed: int
    accusations: int


def observe_crowd(site: Site) -> Crowd:
    """Create eight sources at once, and renew them at once, beside busy processors."""
    site.admin.send(serialized(source(*each) for each in sources(site.landscape, b"before")))
    with site.serving("on_secret_update") as serving, _busy_processors():
        _deliver_all(serving, "add")
        made = _mirrors_with(site, b"before")
        for name in _SOURCES:
            data = {"key": encode(b"after")}
            site.workbench.patch("Secret", HOME, name, {"data": data})
        _deliver_all(serving, "update")
        followed = _mirrors_with(site, b"after")
        accusations = sum(map(accuses, serving.audit()))
    faults = len(site.workbench.api.request("GET", _FAULTS).body["items"])
    return Crowd(wanted(site.landscape), made, followed, accusations + faults)


def wanted(landscape: Landscape) -> int:
    """How many mirrors the eight sources want."""
    return len(_SOURCES) * _EXPRESSIONS * min(_FIRST_NAMES, landscape.group_size)


def sources(
    landscape: Landscape, value: bytes
) -> Iterator[tuple[str, dict[str, str], dict[str, bytes]]]:
    groups = landscape.namespaces // landscape.group_size
    for number, name in enumerate(_SOURCES):
        first = number * _APART
        spanned = ((first + each) % groups for each in range(_EXPRESSIONS))
        patterns = ",".join(f"team-{group:03}-0.*" for group in spanned)
        yield name, PERMISSION | {names.AUTO_NAMESPACES: patterns}, {"key": value}


def _deliver_all(serving: Serving, verb: str) -> None:
    events = [event(verb, "Secret", HOME, name) for name in _SOURCES]
    with ThreadPoolExecutor(len(events)) as pool:
        list(pool.map(serving.deliver, events))


def _mirrors_with(site: Site, value: bytes) -> int:
    """How many mirrors of the eight sources hold a value."""
    expected = {"key": encode(value)}
    return sum(
        found["data"] == expected and found["metadata"]["namespace"] != HOME
        for name in _SOURCES
        for found in site.named(name, whole=True)
    )


@contextmanager
def _busy_processors() -> Iterator[None]:
    """Keep every processor busy with something else."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            command = [sys.executable, "-I", "-c", _BUSY]
            busy = stack.enter_context(subprocess.Popen(command))  # noqa: S603 (nothing from outside)
            stack.callback(busy.kill)
        yield
