"""Clusters in which every row comes true at the same time, and what is said and done in them."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kubectl_mirror.commands import main
from mirroring import names
from mirroring.codes import Code
from mirroring.reporting.audit import lines
from mirroring.settings import Settings
from tests.cli.states.rows import NAMESPACES, Apply, Change, Done, Event, Exits, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.cli.states.rows import Act, Row
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

SETTINGS: Final = Settings.from_environment(
    {
        "KN_MIRROR_PLATFORM_NAMESPACES": "platform",
        "KN_MIRROR_RESERVED_NAMESPACES": "vault",
        "KN_MIRROR_EXCLUDED_SOURCE_NAMESPACES": "outside",
        "KN_MIRROR_EXCLUDED_TARGET_NAMESPACES": "hidden",
    }
)
# Of the objects of one namespace a resync tells of few, so that the sources are in several.
_SOURCES: Final = 5
_NAMED: Final = re.compile(r"\btls\b(?!\.)")
_HOME: Final = re.compile(r"\bprod\b")
_EDITOR: Final = "python-urllib3"  # by whom the API server knows these tests
_VERSION: Final = re.compile(r"resourceVersion \d+")


class Told(NamedTuple):
    """What was said and done of a row, in the table's own words."""

    said: Said
    problems: tuple[Said, ...]
    exits: Exits
    done: Done | None
    corrected: tuple[Said, ...]
    after: Said


class _Answer(NamedTuple):
    """What a command answered, and its exit code."""

    code: int
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Names:
    """A row's own names, in place of those in the table."""

    number: int
    kind: str

    @property
    def name(self) -> str:
        return f"row{self.number:03}"

    @property
    def home(self) -> str:
        return f"prod-{self.number % _SOURCES}"

    def own(self, value: Any) -> Any:
        """Write what the table says in the row's own names."""
        text = _HOME.sub(self.home, _NAMED.sub(self.name, json.dumps(value)))
        text = text.replace("Secret", self.kind).replace("secret/", f"{self.kind.lower()}/")
        return json.loads(text)

    def tables(self, text: str) -> str:
        """Write what was said in the table's names."""
        text = text.replace(self.name, "tls").replace(self.home, "prod")
        text = text.replace(self.kind, "Secret").replace(_EDITOR, "kubectl-edit")
        return _VERSION.sub("resourceVersion 1", text)


@dataclass(slots=True)
class Cluster:
    """A cluster, kn-mirror's functions, and whoever asks.

    Args:
        workbench: the cluster in the hands of people.
        handler: the functions.
        kind: of all that is mirrored.
        rows: the states that it is to be in.
        heard: all that commands said.
    """

    workbench: Workbench
    handler: Handler
    kind: str
    rows: Sequence[Row]
    heard: dict[str, bytes] = field(default_factory=dict)
    audited: list[Mapping[str, Any]] = field(default_factory=list)
    left: list[Mapping[str, Any]] = field(default_factory=list)

    def play(self) -> Mapping[str, Told]:
        """Bring it about, ask, have it resynced, and ask again."""
        self._prepare()
        for number, row in enumerate(self.rows):
            self._act(row.given, _Names(number, self.kind))
        self.workbench.delete("Namespace", "", "going")
        self.handler.resync()
        for number, row in enumerate(self.rows):
            self._act(row.then, _Names(number, self.kind))
        before = [self._asked(row, number) for number, row in enumerate(self.rows)]
        self.audited = self._resync()
        self._resync()
        self.left = self._resync()
        return {
            row.title: self._told(row, number, before[number])
            for number, row in enumerate(self.rows)
        }

    def release(self) -> None:
        """Let go what rows have held back from going."""
        for each in self.workbench.objects(self.kind):
            found = each["metadata"]
            if "deletionTimestamp" in found:
                released = {"metadata": {"finalizers": None}}
                self.workbench.patch(self.kind, found["namespace"], found["name"], released)

    def _prepare(self) -> None:
        self.handler.limits = SETTINGS.limits.of("kn-mirror")
        homes = {f"prod-{number}": NAMESPACES["prod"] for number in range(_SOURCES)}
        for name, says in {**NAMESPACES, **homes, "going": {}}.items():
            metadata = {"name": name, "annotations": says}
            self.workbench.create("/api/v1/namespaces", {"metadata": metadata})
        held = {"metadata": {"finalizers": ["example.com/held"]}}
        self.workbench.patch("Namespace", "", "going", held)

    def _act(self, acts: Iterable[Act], own: _Names) -> None:
        for act in acts:
            named = own.own(_plain(act))
            where = (named["namespace"], named["name"])
            match act:
                case Event():
                    self.handler.reconcile(*where, self.kind)
                case Apply():
                    body = named["body"] | {"metadata": _indexed(named["body"]["metadata"])}
                    self.workbench.apply(self.kind, *where, body, manager=act.manager)
                case Change(patch=None):
                    self.workbench.delete(self.kind, *where)
                case Change():
                    self.workbench.patch(self.kind, *where, named["patch"])
                case _:
                    make = {"Secret": self.workbench.secret, "ConfigMap": self.workbench.config_map}
                    body = _indexed(named) | named["fields"]
                    make[self.kind](*where, named["data"], **body)

    def _resync(self) -> list[Mapping[str, Any]]:
        return [each for each in lines(self.handler.resync()) if each["audit"] == "target"]

    def _asked(self, row: Row, number: int) -> tuple[Mapping[str, Any], Exits]:
        own = _Names(number, self.kind)
        explained = self._explained(row, own)
        of = own.own(row.of)
        status, plan = (self._run(command, of).code for command in ("status", "plan"))
        return explained.items[0], Exits(explained.code, status, plan)

    def _explained(self, row: Row, own: _Names) -> _Answer:
        return self._run("explain", *own.own(row.ask).split())

    def _run(self, *arguments: str) -> _Answer:
        said, erred = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(erred):
            code = main([*arguments, "-o", "json"])
        text = said.getvalue()
        self.heard[f"{len(self.heard)} {' '.join(arguments)}"] = (text + erred.getvalue()).encode()
        return _Answer(code, json.loads(text or "{}").get("items", ()))

    def _told(self, row: Row, number: int, asked: tuple[Mapping[str, Any], Exits]) -> Told:
        own, (before, exits) = _Names(number, self.kind), asked
        problems = tuple(_said(own, each, "because") for each in before["problems"])
        told = [_line(own, each) for each in self.audited if _is_about(each, before)]
        corrected = [each for each in told if Said(*each[1:]) in problems]
        done = [each for each in told if each not in corrected]
        said = _said(own, before, "sentence")
        return Told(
            said,
            problems,
            exits,
            _as_said(done[0], said) if done else None,
            tuple(Said(*each[1:]) for each in corrected),
            _said(own, self._explained(row, own).items[0], "sentence"),
        )


def _plain(act: Act) -> dict[str, Any]:
    """Return an act as JSON has it."""
    return {
        name: dict(value) if hasattr(value, "items") else value
        for name, value in act._asdict().items()
    }


def _indexed(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Label a source or pull mirror as the policy `index` does, which is in no sandbox."""
    annotations, labels = metadata["annotations"], dict(metadata.get("labels", {}))
    is_pull = names.REFLECTS in annotations and names.AUTO_REFLECTS not in annotations
    if is_pull:
        labels[names.ROLE] = names.ROLE_PULL_MIRROR
    elif annotations.get(names.ALLOWED) == "true":
        labels[names.ROLE] = names.ROLE_SOURCE
    return {"annotations": annotations, "labels": labels}


def _said(own: _Names, entry: Mapping[str, Any], sentence: str) -> Said:
    code = entry["code"]
    return Said(own.tables(entry[sentence]), Code(code) if code else None)


def _line(own: _Names, line: Mapping[str, Any]) -> Done:
    return Done(line["action"], own.tables(line["reason"]), Code(line["code"]))


def _is_about(line: Mapping[str, Any], explained: Mapping[str, Any]) -> bool:
    """Whether an audit line is of what was explained, or of what its source's owner wrote."""
    about = (explained["namespace"], explained["name"])
    target, source = (
        (line[each]["namespace"], line[each]["name"]) for each in ("target", "source")
    )
    named = tuple((explained["source"] or "/").split("/"))
    if target == about:
        return source in {named, about}
    return target == source == named


def _as_said(done: Done, said: Said) -> Done:
    """Leave out what `explain` had said in the same words."""
    is_said = done.because.rstrip(".") in said.sentence and done.code == said.code
    return Done(done.action) if is_said else done
