"""Which namespaces and kinds are looked at at all; globs are Reflector's, with its own tests."""

from __future__ import annotations

import pytest

from mirroring.objects.globs import Globs
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.policies.limits import Limits, Side


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("", ()),
        ("  ", ()),
        ("ephie-*", ("ephie-*",)),
        ("a,b,c", ("a", "b", "c")),
        (" a , b ", ("a", "b")),
        ("a,,b", ("a", "b")),
        ("Team-*", ("team-*",)),
    ],
)
def test_globs_are_separated_by_commas(text: str, patterns: tuple[str, ...]) -> None:
    assert Globs.parse(text) == Globs(patterns)


@pytest.mark.parametrize(
    ("text", "name", "matches"),
    [
        ("", "dev", False),
        ("dev", "", False),
        ("dev", "dev", True),
        ("dev", "dev-1", False),
        ("ephie-*", "ephie-1", True),
        ("ephie-*", "other-1", False),
        ("*", "anything", True),
        ("*-temp", "dev-temp", True),
        ("dev-?", "dev-1", True),
        ("dev-?", "dev-12", False),
        ("a,b-*", "b-1", True),
        ("a.b", "a.b", True),
        ("a.b", "axb", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
    ],
)
def test_a_glob_matches_whole_names(text: str, name: str, matches: bool) -> None:  # noqa: FBT001
    assert Globs.parse(text).match(name) is matches


def test_without_globs_every_namespace_is_looked_at() -> None:
    assert Side().permits("dev")


def test_what_is_included_shuts_out_the_rest() -> None:
    assert not Side(included=Globs(("dev",))).permits("prod")


def test_what_is_excluded_is_out_though_it_is_included() -> None:
    assert not Side(included=Globs(("*",)), excluded=Globs(("prod",))).permits("prod")


def test_a_kind_that_is_switched_off_is_not_followed() -> None:
    limits = Limits(kinds=(SECRET,))

    assert "ConfigMaps are not mirrored" in limits.excluded_because(Ref(CONFIG_MAP, "dev", "a"))
    assert limits.excluded_because(Ref(SECRET, "dev", "a")) == ""


def test_what_a_glob_costs_grows_with_the_name_and_no_faster() -> None:
    """Guards `(?>`: as a chain of `.*` this would not end before the test's time is up."""
    assert not Globs.parse("*a" * 60 + "b").match("a" * 250)


@pytest.mark.parametrize("own", ["kn-mirror", "platform"])
def test_where_any_namespace_is_reserved_kn_mirrors_own_is_one(own: str) -> None:
    """As overlay `hardened` has `guard` refuse it."""
    limits = Limits(reserved=Globs.parse("kube-*")).of(own)

    assert [each for each in (own, "kube-system", "dev") if limits.reserved.match(each)] == [
        own,
        "kube-system",
    ]
    assert not Limits().of(own).reserved
