"""Whatever a tenant writes, reading it takes little time and memory, which others have to share."""

from __future__ import annotations

import json
import tracemalloc
from time import thread_time
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mirroring import names
from mirroring.cluster.decoding import Decoder, namespace
from mirroring.cluster.leases import LeaseKeeper
from mirroring.objects.globs import Globs
from mirroring.objects.metadata import Namespace, Object
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref, place_of
from mirroring.ownership.claims import claim
from mirroring.planning.manifests import Manifest
from mirroring.planning.plans import plan
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
from mirroring.policies.metadata_filters import MetadataFilter
from mirroring.policies.patterns import lists_of_an_event
from mirroring.policies.sources import Source
from mirroring.reconciling.memory import Memory
from mirroring.reconciling.notebooks import Notebook
from tests.stand_ins import StandIn
from tests.unit.examples import AT, CONTENT, EVERYWHERE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind

LONGEST: Final = 250_000  # characters, nearly all that an object's annotations may have together
TIME: Final = 0.05  # seconds of this thread's own processor time
MEMORY: Final = 20 * 1024 * 1024  # bytes
# Names that are as long as they may be, and nearly match what is repeated.
LONG: Final = "a" * 62 + "b"
LONGER: Final = "a" * 252 + "b"
LABELS: Final = {"a" * 63: "a" * 63, LONG: LONG}
ANNOTATED: Final = {**LABELS, "kubectl.kubernetes.io/last-applied-configuration": LONGER * 100}

READ: Final = sorted(
    value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and "/" in value and not value.endswith("/")
)


class Text(NamedTuple):
    """A text that is cheap to describe, however long it is.

    Args:
        head: how it begins.
        part: what it repeats; `#` in it is a number that no other repetition has.
        tail: how it ends.
        length: of it all, about.
    """

    head: str
    part: str
    tail: str
    length: int

    @property
    def text(self) -> str:
        times = max((self.length - len(self.head) - len(self.tail)) // max(len(self.part), 1), 0)
        if "#" in self.part:
            parts = (self.part.replace("#", str(number)) for number in range(times))
            return f"{self.head}{''.join(parts)}{self.tail}"[:LONGEST]
        return f"{self.head}{self.part * times}{self.tail}"[:LONGEST]


# What the readers there are look for: expressions, selectors, globs, paths, JSON and times.
_tokens: Final = {
    "expressions": [*"()[]|*+?.^$ab\\", "(?:", "(?=", "(?!", "(?>", "(?R)", "(?1)", "(?x)", "(?i)"],
    "repetitions": [*"()|?", "(?:", "(a)", "(a|b)", "{9}", "{99}", "{9999999}", "{e<=9}", "{e}"],
    "classes": [*"[]^-.*+", "[a-z]", "-[", "\\X", "\\p{L}", "dev-", "-.*"],
    "selectors": [*"ab=!()/.-_", "in", " in ", " notin ", "\t", "==", "!=", "(a)", "in (a)"],
    "globs": ["*", "?", "*?", "*a", "?a", "a*", "a", "b", "/", "*/", "-"],
    "words": [*"a-./ \n'\";=:é0", "\u2028", "\x00"],
    "json": [*'[]{}":,0-\\', "[[", '{"a":', "null", '"a"', "1e9", "\\u0000"],
    "notes": ['"labels":', '"times":', '"at":', '"a":', *"[]{},1", "0001-01-01T00:00:00+23:59"],
}


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Texts that aim at one of the readers, as long as an annotation may be, or as a bound is."""
    tokens = st.sampled_from(_tokens[draw(st.sampled_from(sorted(_tokens)))])
    some = st.lists(tokens, max_size=6).map("".join)
    item = st.lists(tokens, min_size=1, max_size=6).map("".join)
    numbered = item.map(lambda text: f"{text}#")
    part = draw(
        st.one_of(
            item,
            st.sampled_from([" ", "\t", "a", ",", "(", "[", "{", "*", "?", "\\"]),
            item.map(lambda text: f"{text},"),
            numbered.map(lambda text: f"{text},"),
            st.tuples(item, st.sampled_from([20, 60, 200, 900])).map(
                lambda pair: f"{pair[0] * (pair[1] // len(pair[0]))}#,"
            ),
        )
    )
    length = draw(st.sampled_from([63, 317, 634, 1000, 1024, 4096, 16_384, LONGEST, LONGEST]))
    return Text(draw(some), part, draw(some), length)


class Cost(NamedTuple):
    """What a reading has cost."""

    seconds: float
    bytes: int


def cost(read: Callable[[], object]) -> Cost:
    """Measure a reading: its memory once, and its time at its best of three times."""
    seconds = _seconds(read)
    if seconds > TIME:
        seconds = min(seconds, _seconds(read), _seconds(read))
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(seconds, peak)


def _seconds(read: Callable[[], object]) -> float:
    start = thread_time()
    read()
    return thread_time() - start


def decoded(ref: Ref, annotations: dict[str, str]) -> Metadata:
    """An object as it is read of the API server's answer."""
    told = {"name": ref.name, "namespace": ref.namespace, "uid": "u", "resourceVersion": "1"}
    body = json.dumps({"metadata": {**told, "labels": LABELS, "annotations": annotations}})
    return Decoder(ref.kind).metadata(body.encode())


def namespaces(accepted: dict[str, str]) -> dict[str, Namespace]:
    """Namespaces, of which one is annotated."""
    bodies = {
        name: json.dumps({"metadata": {"name": name, "labels": LABELS, "annotations": annotated}})
        for name, annotated in {"dev": {}, LONG: {}, "theirs": accepted}.items()
    }
    return {name: namespace(body.encode()) for name, body in bodies.items()}


def plan_and_write(source: Source, *there: Metadata, accepted: dict[str, str]) -> object:
    """Plan for a source, say what is wrong with it, and make what is written."""
    found = source.metadata
    objects = [*there, *([found] if found else [])]
    snapshot = Snapshot.of(Scope(source.ref.kind), namespaces(accepted), objects)
    made = plan(snapshot, source, at=AT)
    manifest = Manifest(source, AT.isoformat())
    changes = [manifest.change(step) for step in made.due if step.seen or source.standing]
    return made, changes, source.problems(), snapshot.puzzles, [step.because for step in made.steps]


def as_source(kind: Kind, annotated: dict[str, str]) -> object:
    ref = Ref(kind, "a" * 63, LONGER)
    found = decoded(ref, {**ANNOTATED, **EVERYWHERE, **annotated})
    read_list = lists_of_an_event()
    source = Source.read(ref, Object(found, CONTENT), read_list=read_list)
    return plan_and_write(source, accepted={})


def as_target(kind: Kind, annotated: dict[str, str], *, reflects: dict[str, str]) -> object:
    """What is in a mirror's place: of a source that is plain, and copies all that it may."""
    ref = Ref(kind, "prod", "tls")
    every = {names.COPY_LABELS: "*", names.COPY_ANNOTATIONS: "*"}
    source = Source.read(ref, Object(decoded(ref, {**EVERYWHERE, **every}), CONTENT))
    target = decoded(ref.in_namespace("dev"), {**reflects, **annotated})
    return claim(target, ref), plan_and_write(source, target, accepted={})


def on_namespace(kind: Kind, annotated: dict[str, str]) -> object:
    ref = Ref(kind, "a" * 63, LONGER)
    source = Source.read(ref, Object(decoded(ref, dict(EVERYWHERE)), CONTENT))
    return plan_and_write(source, accepted=annotated)


def on_lease(annotated: dict[str, str]) -> object:
    body = json.dumps({"metadata": {"resourceVersion": "1", "annotations": annotated}})
    notebook = Notebook.read(LeaseKeeper(StandIn(200, body.encode())), "kn-mirror")
    memory = Memory(notebook.remembered)
    memory.keep()
    return notebook.is_due(3600, AT), memory.after


def costs(kind: Kind, annotated: dict[str, str]) -> dict[str, Cost]:
    """What reading costs on whatever object it is found."""
    automatic = {names.REFLECTS: "prod/tls", names.AUTO_REFLECTS: "True"}
    placed = {**automatic, names.PLACE: place_of(Ref(kind, "dev", "tls"))}
    return {
        "a source": cost(lambda: as_source(kind, annotated)),
        "a mirror": cost(lambda: as_target(kind, annotated, reflects=placed)),
        "a pull mirror": cost(
            lambda: as_target(kind, annotated, reflects={names.REFLECTS: "prod/tls"})
        ),
        "somebody's object": cost(lambda: as_target(kind, annotated, reflects={})),
        "a namespace": cost(lambda: on_namespace(kind, annotated)),
        "the Lease": cost(lambda: on_lease(annotated)),
    }


def too_dear(found: dict[str, Cost]) -> dict[str, Cost]:
    """Return what costs more than reading an annotation may."""
    return {
        where: each for where, each in found.items() if each.seconds > TIME or each.bytes > MEMORY
    }


@pytest.fixture(autouse=True, scope="module")
def engine() -> None:
    """Load what is loaded once, and is nobody's text."""
    costs(SECRET, {names.AUTO_NAMESPACES: "[a-z]+"})


@pytest.mark.parametrize("name", READ)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(text=texts(), kind=st.sampled_from([SECRET, CONFIG_MAP]))
@example(Text("a", " ", "= ! ", 4003), SECRET)
@example(Text("", "*a", "*b", 317), SECRET)
@example(Text("", "*?", "X", 317), SECRET)
@example(Text("(?:", "(a)", "){99}", 1000), SECRET)
@example(Text("", "(a?(?R)?)*#c,", "", 1000), SECRET)
@example(Text("", "[", "", LONGEST), SECRET)
@example(Text("", "{", "", LONGEST), CONFIG_MAP)
@example(Text("", "a#,", "", 16_384), CONFIG_MAP)
def test_whatever_an_annotation_holds_reading_it_is_cheap(
    name: str, text: Text, kind: Kind
) -> None:
    """F1. Guards every bound there is on a text, for whatever annotation is read some day."""
    assert too_dear(costs(kind, {name: text.text})) == {}


@pytest.mark.parametrize(
    "pattern",
    [
        "(?x)((a{ 200 }){ 200 }){ 200 }",
        "((?:" + "(a)" * 300 + "){99}){100}",
        "((?:" + "(?:ab|cd)" * 100 + "){100}){99}",
        "(((a{99}){99}){99}){99}",
        "(a|aa)+$",
        ",".join(f"(a|aa)+{number}$" for number in range(50)),
        ",".join("(?:" + "(a)" * 200 + "){" + str(number) + "}" for number in range(8, 20)),
    ],
    ids=["verbose", "groups", "alternatives", "counts", "slow", "slow-together", "large-together"],
)
def test_an_expression_costs_no_more_than_a_list_may(pattern: str) -> None:
    """F1. Guards `written_out`, `_VERBOSE` and the budget of a list."""
    assert too_dear(costs(SECRET, {names.AUTO_NAMESPACES: pattern})) == {}


@pytest.mark.parametrize("number", [10_000, 40_000])
@pytest.mark.parametrize("copied", [names.COPY_LABELS, names.COPY_ANNOTATIONS])
def test_what_is_copied_costs_little_however_much_there_is(copied: str, number: int) -> None:
    """F1. Guards `_MOST_ENTRIES`: else every entry is held against every pattern."""
    entries = {f"a{each}": "" for each in range(number)}
    patterns = MetadataFilter.parse(",".join(f"*a{each}*" for each in range(64)))

    found = cost(lambda: [patterns.pick(entries), *patterns.problems(copied, entries)])

    assert found.seconds < TIME
    assert found.bytes < MEMORY


def test_what_is_copied_and_long_is_not_searched_for_content() -> None:
    """F1. Guards `_MOST_COPIED`: all that a text may begin with is held while it is searched."""
    annotated = {f"example.com/{each}": LONGER * 4 for each in range(240)}

    found = costs(SECRET, {**annotated, names.COPY_ANNOTATIONS: "*"})

    assert too_dear(found) == {}


def test_a_list_of_globs_is_followed_at_once_however_it_is_written() -> None:
    """F1. Guards `_Places`: a name costs what it is long, not what the patterns try."""
    patterns = ",".join(f"{'*?' * 150}{number}X" for number in range(64))

    found = cost(lambda: Globs.parse(patterns).match(f"{'a' * 63}/{LONGER}"))

    assert found.seconds < TIME
    assert found.bytes < MEMORY


def test_a_name_that_is_longer_than_any_costs_no_namespace_its_length() -> None:
    """F17. Guards `_OVERLONG_NAME`, and that what a reason quotes is cut."""

    def told(name: str, number: int) -> int:
        annotated = {**EVERYWHERE, names.AUTO_NAMESPACES: name}
        source = Source.read(SOURCE, Object(decoded(SOURCE, annotated), CONTENT))
        verdicts = [source.permits_auto(Namespace(f"app-{each}")) for each in range(number)]
        return sum(len(verdict.because) for verdict in verdicts)

    assert told("a" * 240_000, 500) < 500 * 300
    assert told("a" * 15_000, 500) < 500 * 300
