"""Which of several sources comes first, and for how long a place is kept for one that went."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.planning.ends import End, Ends
from mirroring.planning.rivals import Before, Rivals
from mirroring.planning.snapshots import Scope, Snapshot
from mirroring.policies.limits import Limits, Side
from mirroring.policies.namespaces import NamespaceIndex
from mirroring.policies.patterns import PatternList
from mirroring.policies.precedence import BY_AGE, Precedence
from mirroring.policies.sources import Source
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


def test_one_that_was_there_a_moment_ago_comes_before_an_older() -> None:
    ends = Ends.of([End(Ref(SECRET, "z", "tls"), frozenset({"tls"}), AT)], AT)

    assert first(rival("a", OLD), rival("z", NEW), ends=ends) == "z"


def test_one_that_does_not_want_the_place_is_before_nobody() -> None:
    elsewhere = {
        "reflector.v1.k8s.emberstack.com/reflection-auto-namespaces": "stage",
    }
    found = [rival("a", OLD, **elsewhere), rival("b", NEW)]
    named = {"dev": namespace("dev")}
    rivals = Rivals(found, named, NamespaceIndex(named), BY_AGE)

    assert rivals.before(Source.of(found[1].ref, found[1]), DEV) is None


@pytest.mark.parametrize(
    ("scope", "times"),
    [(Scope(SECRET, has_rivals=True), 2), (Scope(SECRET, frozenset({DEV})), 1)],
    ids=["all are known", "all are listed"],
)
def test_what_lists_of_rivals_cost_is_the_events(scope: Scope, times: int) -> None:
    """F18. Guards `read_list` of `Rivals`: else each list had all that an event may take."""
    read: list[str] = []

    def read_list(text: str) -> PatternList:
        read.append(text)
        return PatternList.parse(text)

    found = [rival("a", OLD, **{names.AUTO_NAMESPACES: "[a-z]+"}), rival("b", NEW)]
    named = {"dev": namespace("dev")}

    Snapshot.of(scope, named, found, read_list=read_list).informed(found, Ends())

    assert read.count("[a-z]+") == times


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
END = End(GONE, frozenset({"tls", "wildcard"}), AT)


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
    assert ends.is_back(GONE) is ("of its mirrors" in kept)


def test_nothing_else_is_kept() -> None:
    ends = Ends.of([END], AT)

    assert not ends.keeping(DEV._replace(name="other"))
    assert not ends.keeping(DEV._replace(kind=CONFIG_MAP))
    assert not ends.is_back(DEV)
