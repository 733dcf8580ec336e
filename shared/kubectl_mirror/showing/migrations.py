"""Migrations, as people and programs read them; they end with the commands to run."""

from __future__ import annotations

from collections import Counter, defaultdict
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.asking.former_tools import REFLECTOR
from kubectl_mirror.asking.migrations import Change, fates_of
from kubectl_mirror.asking.reasons import coded
from kubectl_mirror.showing.entries import entry, named
from kubectl_mirror.showing.pages import Page, Table
from kubectl_mirror.showing.tables import Text, printable
from mirroring.names import ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.asking.answers import Row
    from kubectl_mirror.asking.former_tools import Deployed
    from kubectl_mirror.asking.migrations import Fate, Migration
    from kubectl_mirror.asking.translations import Translation

_COLOURS: Final = {
    Change.STAYS: "green",
    Change.TAKEN_OVER: "green",
    Change.COMPARED: "yellow",
    Change.RENEWED: "yellow",
    Change.MADE: "yellow",
    Change.GOES: "yellow",
}
_MOST_COMMANDS: Final = 20  # that annotate one object each; of more, one applies all
# Of what a source says in words that are kn-mirror's, too, nobody knows who has heard it.
_ITS_WORDS: Final = f"annotations of {REFLECTOR}'s"
_MOST_ALIKE: Final = 10  # mirrors of a source that share a fate; of more a few are shown
_SHOWN: Final = 5
_APPLY: Final = (
    "kubectl mirror migrate -o manifests | "
    "kubectl apply --server-side --field-manager=kn-mirror-migrate -f -"
)


def migration_page(
    migration: Migration, tools: Sequence[Deployed] | None, *, is_installed: bool, show_all: bool
) -> Page:
    """Show what changes, and what to run.

    Args:
        migration: what changes.
        tools: those that run; None where that may not be seen.
        is_installed: whether kn-mirror is there already.
        show_all: whether each of many mirrors that share a fate is shown.
    """
    rows = [row for row in migration.answer.rows if row.is_there]
    written = {each.ref: each for each in migration.translations}
    commands = [*_commands(migration.translations, tools, is_installed=is_installed)]
    fates = [fate for row in rows for fate in _changing(row, show_all=show_all)]
    return Page(
        [
            Table(
                ("NAMESPACE", "SOURCE", "FROM", "ON THE DAY", "TO CORRECT"),
                [_source(row, written.get(row.ref)) for row in rows],
                title="Sources:",
            ),
            Table(
                ("NAMESPACE", "OBJECT", "SOURCE", "WHAT", "BECAUSE"),
                [*fates, *map(_puzzle, migration.answer.puzzles)],
                title="What changes:",
            ),
            Table(
                ("NAMESPACE", "OBJECT", "FROM", "NOTE"),
                [_note(each, note) for each in migration.translations for note in each.notes],
                title="What is not the same:",
            ),
            Table(("COMMANDS",), [[Text(each)] for each in commands], title="To run, in order:"),
        ],
        lambda: _document(migration, rows, tools, commands),
        [named(each.ref) for each in migration.translations],
        [*_notes(rows, migration.translations, tools)],
        {"manifests": lambda: _manifests(migration.translations)},
    )


def _notes(
    rows: Sequence[Row], translations: Sequence[Translation], tools: Sequence[Deployed] | None
) -> Iterator[str]:
    if tools is None:
        yield (
            "You may not list deployments.apps in all namespaces, so it is not known which tools "
            "run, nor with which settings."
        )
    if not rows:
        yield "No source of any tool in any namespace."
    if any(ALLOWED in each.annotations for each in translations):
        yield (
            "Whoever may write an object has asked for what is to be written on it. Where not "
            "everybody may declare sources, look at each that becomes one: policy gate asks "
            "whoever runs the command."
        )
    for each in tools or ():
        for name, value in each.settings.items():
            yield (
                f"{each.tool}, as Deployment {each.namespace}/{each.name}, has "
                f"{name}={printable(value)}: give it to the functions, too, if that is yours; "
                "docs/from-reflector.md says which are understood."
            )


def _source(row: Row, translation: Translation | None) -> Sequence[Text]:
    counts = Counter(fate.change for fate in fates_of(row))
    said = ", ".join(f"{counts[each]} {each.value}" for each in Change if counts[each])
    is_quiet = all(each.is_quiet for each in counts)
    problems = printable("; ".join(map(coded, row.plan.problems)))
    cells = [
        Text(row.ref.namespace),
        Text(f"{row.ref.kind.name.lower()}/{row.ref.name}"),
        Text(translation.tool if translation else _ITS_WORDS),
        Text(said or "no mirrors", "green" if is_quiet else "yellow"),
    ]
    return [*cells, Text(problems, "red")] if problems else cells


def _changing(row: Row, *, show_all: bool) -> Iterator[Sequence[Text]]:
    alike: defaultdict[Change, list[Fate]] = defaultdict(list)
    for fate in fates_of(row):
        if not fate.change.is_quiet:
            alike[fate.change].append(fate)
    for change, fates in alike.items():
        are_many = len(fates) > _MOST_ALIKE and not show_all
        shown = fates[:_SHOWN] if are_many else fates
        yield from (_fate(fate) for fate in shown)
        if are_many:
            more = Text(f"… {len(fates) - _SHOWN} more")
            yield more, Text("-"), Text(row.ref.path), _coloured(change)


def _fate(fate: Fate) -> Sequence[Text]:
    mirror = fate.mirror
    return (
        Text(mirror.ref.namespace),
        Text(f"{mirror.ref.kind.name.lower()}/{mirror.ref.name}"),
        Text(mirror.source.path),
        _coloured(fate.change),
        Text(f"{printable(mirror.step.because)} ({mirror.step.code.value})"),
    )


def _puzzle(puzzle: Any) -> Sequence[Text]:
    ref = puzzle.found.ref
    name = Text(f"{ref.kind.name.lower()}/{ref.name}")
    because = Text(f"{printable(puzzle.because)} ({puzzle.code.value})")
    return Text(ref.namespace), name, Text("-"), _coloured(Change.UNKNOWN), because


def _coloured(change: Change) -> Text:
    return Text(change.value, _COLOURS.get(change, "red"))


def _note(translation: Translation, note: str) -> Sequence[Text]:
    ref = translation.ref
    name = Text(f"{ref.kind.name.lower()}/{ref.name}")
    return Text(ref.namespace), name, Text(translation.tool), Text(printable(note))


def _commands(
    translations: Sequence[Translation], tools: Sequence[Deployed] | None, *, is_installed: bool
) -> Iterator[str]:
    if tools is None:
        yield "kubectl scale deployment reflector --namespace=reflector --replicas=0"
    for each in tools or ():
        if each.replicas:
            where = f"--namespace={quote(each.namespace)}"
            yield f"kubectl scale deployment {quote(each.name)} {where} --replicas=0"
    written = [each for each in translations if each.annotations]
    if len(written) > _MOST_COMMANDS:
        yield _APPLY
    else:
        yield from map(_annotate, written)
    if is_installed:
        yield "kubectl mirror sync -A --wait"
    else:
        yield "kubectl apply -k knative/overlays/default"
        yield "kubectl mirror doctor --wait"
    yield "kubectl mirror status -A"


def _annotate(translation: Translation) -> str:
    ref = translation.ref
    pairs = " ".join(quote(f"{name}={value}") for name, value in translation.annotations.items())
    where = f"--namespace={quote(ref.namespace)}"
    return f"kubectl annotate {ref.kind.name.lower()} {quote(ref.name)} {where} {pairs}"


def _manifests(translations: Sequence[Translation]) -> str:
    import yaml  # noqa: PLC0415 (whoever asks for something else need not wait for it)

    manifests = [_manifest(each) for each in translations if each.annotations]
    return str(yaml.safe_dump_all(manifests, sort_keys=False, explicit_start=True)).rstrip()


def _manifest(translation: Translation) -> Mapping[str, Any]:
    ref = translation.ref
    return {
        "apiVersion": "v1",
        "kind": ref.kind.name,
        "metadata": {
            "namespace": ref.namespace,
            "name": ref.name,
            "annotations": dict(translation.annotations),
        },
    }


def _document(
    migration: Migration,
    rows: Sequence[Row],
    tools: Sequence[Deployed] | None,
    commands: Sequence[str],
) -> Mapping[str, Any]:
    return {
        "apiVersion": "kn-mirror.dev/v1",
        "kind": "Migration",
        "isQuiet": migration.is_quiet,
        "tools": [{**each._asdict(), "settings": dict(each.settings)} for each in tools or ()],
        "sources": [
            {
                **entry(row.ref),
                "problems": [
                    {"because": each.because, "code": each.code.value} for each in row.plan.problems
                ],
                "mirrors": [_entry(fate) for fate in fates_of(row)],
            }
            for row in rows
        ],
        "unreadable": [
            {**entry(each.found.ref), "because": each.because, "code": each.code.value}
            for each in migration.answer.puzzles
        ],
        "translations": [
            {
                **entry(each.ref),
                "from": each.tool,
                "annotations": dict(each.annotations),
                "notes": [*each.notes],
            }
            for each in migration.translations
        ],
        "commands": [*commands],
    }


def _entry(fate: Fate) -> Mapping[str, Any]:
    return {
        **entry(fate.mirror.ref),
        "isPullMirror": fate.mirror.step.declared,
        "change": fate.change.value,
        "because": fate.mirror.step.because,
        "code": fate.mirror.step.code.value,
    }
