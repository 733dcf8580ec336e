"""Which of several sources comes first, and for how long a place is kept for one that went."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mirroring import names
from mirroring.codes import Code
from mirroring.objects.globs import Globs
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.planning.ends import End, Ends
from mirroring.planning.rivals import Before, Rivals
from mirroring.planning.scopes import Scope
from mirroring.planning.snapshots import Snapshot
from mirroring.policies.limits import Limits, Side
from mirroring.policies.namespaces import NamespaceIndex
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import BY_AGE, Precedence
from mirroring.policies.sources import Source
from mirroring.verdicts import Verdict, yes
from tests.unit.examples import AT, EVERYWHERE, metadata, namespace

if TYPE_CHECKING:
    from mirroring.objects.metadata import Metadata, Namespace

OLD, NEW = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"
DEV = Ref(SECRET, "dev", "tls")
DEFAULT_PRECEDENCE = BY_AGE


def rival(place: str, created: str = OLD, **annotations: str) -> Metadata:
    """A source tls of a namespace."""
    found = metadata(Ref(SECRET, place, "tls"), annotations=EVERYWHERE | annotations)
    return replace(found, created=created)


def first(
    *found: Metadata, precedence: Precedence = DEFAULT_PRECEDENCE, ends: Ends | None = None
) -> str:
    """Say which of some sources has dev/tls: the one that none of the others comes before."""
    named = {"dev": namespace("dev")}
    rivals = Rivals(found, named, NamespaceIndex(named), precedence, ends)
    sources = [Source.of(each.ref, each) for each in found]
    [one] = [each for each in sources if rivals.before(each, DEV) is None]
    return one.ref.namespace


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_older_comes_first_and_of_the_same_age_the_first_by_path(order: tuple[int]) -> None:
    found = [rival("a", NEW), rival("c", OLD), rival("b", OLD)]

    assert first(*(found[place] for place in order)) == "b"


def test_the_platforms_comes_first_however_young() -> None:
    precedence = Limits(platform=Globs.parse("plat*")).precedence

    assert first(rival("a", OLD), rival("platform", NEW), precedence=precedence) == "platform"


def test_what_is_not_followed_comes_last_even_where_it_is_called_the_platforms() -> None:
    limits = Limits(sources=Side(Globs.parse("prod")), platform=Globs.parse("a"))

    assert first(rival("a", OLD), rival("prod", NEW), precedence=limits.precedence) == "prod"


Z = Ref(SECRET, "z", "tls")


def ended(source: Ref, namespaces: list[str]) -> Ends:
    """A source went a moment ago, and left mirrors in these."""
    places = [source._replace(namespace=namespace) for namespace in namespaces]
    return Ends.of([End.of(source, places, AT)], AT)


def test_one_that_is_back_comes_before_an_older_where_it_was() -> None:
    assert first(rival("a", OLD), rival("z", NEW), ends=ended(Z, ["dev"])) == "z"


def test_one_that_is_back_comes_first_by_its_age_where_it_was_not() -> None:
    """H2: whoever ends a source each quarter of an hour was first everywhere."""
    assert first(rival("a", OLD), rival("z", NEW), ends=ended(Z, ["stage"])) == "a"


def test_one_that_is_back_comes_before_the_older_of_those_that_were_there_before() -> None:
    """Both are known to have been there; the order of the list decides nothing."""
    found = [rival("a", OLD), rival("z", NEW)]
    both = [End.of(each.ref, [DEV], AT) for each in found]

    assert first(*found, ends=Ends.of(both, AT)) == "a"


@pytest.mark.parametrize(("held", "expected"), [(11, "z"), (12, "a"), (13, "a")])
def test_one_that_was_in_many_places_is_back_if_no_other_is_in_as_many(
    held: int, expected: str
) -> None:
    ends = ended(Z, [f"n-{number}" for number in range(12)])
    found, named = [rival("a", OLD), rival("z", NEW)], {"dev": namespace("dev")}
    holds = {"a": held, "z": 50}
    rivals = Rivals(
        found,
        named,
        NamespaceIndex(named),
        BY_AGE,
        ends,
        held=lambda ref, _name: holds[ref.namespace],
    )

    [one] = [each for each in found if rivals.before(Source.of(each.ref, each), DEV) is None]

    assert one.ref.namespace == expected


def test_sources_that_nobody_accepts_by_another_name_cost_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """M7: 500 Secrets of one namespace were each asked about 200 namespaces."""
    asked: list[Ref] = []
    asks = Source.asks

    def counted(source: Source, place: Namespace) -> object:
        asked.append(source.ref)
        return asks(source, place)

    monkeypatch.setattr(Source, "asks", counted)
    named = {name: namespace(name) for name in (f"n-{number}" for number in range(200))}
    named["n-7"] = replace(named["n-7"], accepted=Globs.parse("b/*"))
    noise = [
        replace(rival("team", OLD, **{names.NAME: "tls"}), ref=Ref(SECRET, "team", f"x-{number}"))
        for number in range(500)
    ]
    own = rival("b", NEW)
    rivals = Rivals([*noise, own], named, NamespaceIndex(named), BY_AGE)

    assert rivals.before(Source.of(own.ref, own), Ref(SECRET, "n-7", "tls")) is None
    assert len(asked) <= len(noise) + len(named)


def test_where_every_namespace_has_its_first_nobody_else_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Ref] = []

    def counted(source: Source, _place: Namespace) -> Verdict:
        asked.append(source.ref)
        return yes("it does", Code.CHOSEN)

    monkeypatch.setattr(Source, "asks", counted)
    named = {"dev": namespace("dev")}
    found = [rival("a", OLD), rival("b", NEW), rival("c", NEW)]
    rivals = Rivals(found, named, NamespaceIndex(named), BY_AGE)

    assert rivals.before(Source.of(found[1].ref, found[1]), DEV) is not None
    assert asked == [found[0].ref]


def test_one_that_does_not_want_the_place_is_before_nobody() -> None:
    elsewhere = {
        "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces": "stage",
    }
    found = [rival("a", OLD, **elsewhere), rival("b", NEW)]
    named = {"dev": namespace("dev")}
    rivals = Rivals(found, named, NamespaceIndex(named), BY_AGE)

    assert rivals.before(Source.of(found[1].ref, found[1]), DEV) is None


@pytest.mark.parametrize(
    "scope",
    [Scope(SECRET, has_rivals=True), Scope(SECRET, frozenset({DEV}))],
    ids=["all are known", "all are listed"],
)
def test_what_lists_of_rivals_cost_is_the_events(scope: Scope) -> None:
    """F18. Guards `read_list` of `Rivals`: else each list had all that an event may take."""
    read: list[str] = []

    def read_list(text: str) -> PatternList:
        read.append(text)
        return PatternList.parse(text)

    found = [rival("a", OLD, **{names.AUTO_NAMESPACES: "[a-z]+"}), rival("b", NEW)]
    named = {"dev": namespace("dev")}
    snapshot = Snapshot.of(scope, named, found, read_list=read_list).informed(found, Ends())

    [cell] = snapshot.cells(Source.of(found[1].ref, found[1]))

    assert cell.before is not None
    assert read.count("[a-z]+") == 1


def test_lists_of_sources_that_have_no_rival_are_not_read() -> None:
    read: list[str] = []

    def read_list(text: str) -> PatternList:
        read.append(text)
        return PatternList.parse(text)

    alone = rival("a", OLD, **{names.AUTO_NAMESPACES: "[a-z]+"})
    named = {"dev": namespace("dev")}
    rivals = Rivals([alone], named, NamespaceIndex(named), BY_AGE, read_list=read_list)

    assert rivals.before(Source.of(alone.ref, alone), DEV) is None
    assert read == []


def test_one_by_another_name_is_before_nobody_where_it_is_not_accepted() -> None:
    renamed = rival("a", OLD, **{"kn-mirror.dev/name": "tls"})
    renamed = replace(renamed, ref=Ref(SECRET, "a", "other"))
    own = rival("b", NEW)
    named = {"dev": namespace("dev")}
    accepting = {"dev": replace(namespace("dev"), accepted=Globs.parse("a/other,b/*"))}

    def before(namespaces: dict[str, Namespace]) -> Before | None:
        rivals = Rivals([renamed, own], namespaces, NamespaceIndex(namespaces), BY_AGE)
        return rivals.before(Source.of(own.ref, own), DEV)

    assert before(named) is None
    assert before(accepting) == Before(renamed.ref, "is older")


def test_a_source_that_no_list_shows_is_judged_by_its_own_age() -> None:
    """One that has no label yet."""
    young, old = rival("b", NEW), rival("c", OLD)
    named = {"dev": namespace("dev")}
    rivals = Rivals([young], named, NamespaceIndex(named), BY_AGE)

    assert rivals.before(Source.of(old.ref, old), DEV) is None


# Ends.

GONE = Ref(SECRET, "prod", "tls")
ELSEWHERE = [DEV._replace(namespace=f"n-{number}") for number in range(3)]
END = End.of(GONE, [DEV, DEV._replace(name="wildcard"), *ELSEWHERE], AT)


@pytest.mark.parametrize(
    ("passed", "kept"),
    [
        (timedelta(minutes=14), {"of its mirrors", "its own"}),
        (timedelta(minutes=16), {"its own"}),
        (timedelta(hours=23), {"its own"}),
        (timedelta(hours=25), set()),
        (-timedelta(minutes=1), {"of its mirrors", "its own"}),
    ],
)
def test_a_place_is_kept_a_quarter_of_an_hour_and_the_sources_own_a_day(
    passed: timedelta, kept: set[str]
) -> None:
    ends = Ends.of([END], AT + passed)

    assert bool(ends.keeping(DEV)) is ("of its mirrors" in kept)
    assert bool(ends.keeping(DEV._replace(name="wildcard"))) is ("of its mirrors" in kept)
    assert bool(ends.keeping(GONE)) is ("its own" in kept)
    assert bool(ends.freed_by(GONE, "tls")) is ("of its mirrors" in kept)


def test_nothing_else_is_kept() -> None:
    ends = Ends.of([END], AT)

    assert not ends.keeping(DEV._replace(namespace="stage"))
    assert not ends.keeping(DEV._replace(name="other"))
    assert not ends.keeping(DEV._replace(kind=CONFIG_MAP))
    assert not ends.freed_by(GONE, "other")
    assert not ends.freed_by(DEV, "tls")


@pytest.mark.parametrize(("held", "is_kept"), [(8, True), (9, False), (10, False)])
def test_where_too_many_were_freed_to_be_named_they_are_kept_from_who_holds_fewer(
    held: int, *, is_kept: bool
) -> None:
    ends = ended(GONE, [f"n-{number}" for number in range(9)])

    assert bool(ends.keeping(DEV, held)) is is_kept


@pytest.mark.parametrize(("freed", "is_kept"), [(1, False), (3, False), (4, True)])
@pytest.mark.parametrize("held", [0, 99])
def test_a_sources_own_place_is_kept_where_more_were_freed_than_anybody_may_forge(
    freed: int, held: int, *, is_kept: bool
) -> None:
    """H1: an object that said it was a mirror had a namespace go without another's for a day."""
    ends = ended(GONE, [f"n-{number}" for number in range(freed)])

    assert bool(ends.keeping(GONE, held)) is is_kept


def test_mirrors_of_many_names_in_one_namespace_keep_no_place() -> None:
    ends = Ends.of([End.of(GONE, [Ref(SECRET, "aaa", name) for name in "abcd"], AT)], AT)

    assert not ends.keeping(GONE)


def test_of_many_names_the_sources_own_and_the_widest_are_noted() -> None:
    """H3: four forged mirrors named a, b, c and d had its own forgotten."""
    forged = [Ref(SECRET, "aaa", name) for name in "abcd"]
    wide = [Ref(SECRET, f"n-{number}", "wide") for number in range(2)]

    assert {*End.of(GONE, [*forged, DEV, *wide], AT).freed} == {"tls", "wide", "a", "b"}


def test_of_one_end_what_two_events_see_is_joined() -> None:
    one, two = (End.of(GONE, [DEV._replace(namespace=name)], AT) for name in ("dev", "stage"))

    assert two.after(one).freed["tls"].namespaces == {"dev", "stage"}


@pytest.mark.parametrize("passed", [timedelta(minutes=10), timedelta(minutes=20)])
def test_a_forged_mirror_of_a_source_that_went_neither_prolongs_nor_ends_what_is_kept(
    passed: timedelta,
) -> None:
    went = End.of(GONE, [DEV._replace(namespace=f"n-{number}") for number in range(9)], AT)
    forged = End.of(GONE, [DEV._replace(namespace="aaa")], AT + passed)

    now = forged.after(went)

    assert (now.at, now.places) == (went.at, went.places)


def test_whoever_forges_a_mirror_again_and_again_prolongs_nothing() -> None:
    """One of another name had a place kept for ever for a source that left one mirror."""
    end = End.of(GONE, [DEV], AT)

    for minutes in (1, 6, 11):
        end = End.of(GONE, [Ref(SECRET, "aaa", "x")], AT + timedelta(minutes=minutes)).after(end)

    now = AT + timedelta(minutes=16)
    assert not Ends.of([end], now).keeping(DEV)


def test_a_source_that_goes_again_has_its_places_kept_as_long_as_the_first_time() -> None:
    ends = [End.of(GONE, [DEV], AT + timedelta(minutes=minutes)) for minutes in (0, 10)]

    end = ends[1].after(ends[0])

    assert Ends.of([end], AT + timedelta(minutes=20)).keeping(DEV)


def test_mirrors_forged_later_leave_a_source_its_own_place() -> None:
    went = End.of(GONE, [DEV._replace(namespace=f"n-{number}") for number in range(4)], AT)
    forged = End.of(
        GONE, [DEV._replace(namespace=name) for name in "ab"], AT + timedelta(minutes=20)
    )

    assert Ends.of([forged.after(went)], AT + timedelta(hours=20)).keeping(GONE)
