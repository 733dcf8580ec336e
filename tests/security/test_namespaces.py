"""Whoever may write one Namespace: it costs that namespace mirrors, and no other anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from tests.conformance.clusters import auto
from tests.security.drawing import blanks, few

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.clusters import Workbench
    from tests.security.functions import Functions

pytestmark = pytest.mark.controlplane

SOURCES: Final[Mapping[str, dict[str, str]]] = {
    "prod/everywhere": auto(reflection_auto_namespaces="dev,stage"),
    "prod/elsewhere": auto(reflection_allowed_namespaces="stage"),
    "prod/labelled": auto(reflection_allowed_namespaces_selector="env=stage"),
}
NAMES: Final = [path.partition("/")[2] for path in SOURCES]
# What a namespace with its label of `stage` and without may hold.
FOR_DEV: Final = {"everywhere"}

_globs = st.builds(
    lambda items, blank: f",{blank}".join(items),
    st.lists(
        st.one_of(
            st.sampled_from(["none", "*", "prod/*", "prod/everywhere", "?rod/e*", "*/*", "[", "!"]),
            st.text(max_size=20),
        ),
        max_size=5,
    ),
    blanks,
)
# Labels stand apart: who may choose a namespace's labels may choose what is given to it by them.
_annotations = st.fixed_dictionaries(
    {},
    optional={
        names.ACCEPT: _globs,
        names.ALLOWED: st.just("true"),
        names.AUTO_ENABLED: st.just("true"),
        names.REFLECTS: st.sampled_from(sorted(SOURCES)),
        names.PLACE: st.just("Namespace/dev"),
        "kn-mirror.dev/accepts": st.text(max_size=20),
    },
)


class Held(NamedTuple):
    """What there is of the sources, in a namespace that was annotated and in others."""

    there: frozenset[str]
    elsewhere: dict[str, Any]


def held(workbench: Workbench) -> Held:
    found = {(name, source): workbench.get("Secret", name, source)
             for name in ("dev", "stage", "prod") for source in NAMES}  # fmt: skip
    there = frozenset(source for (name, source), each in found.items() if each and name == "dev")
    elsewhere = {
        f"{name}/{source}": each for (name, source), each in found.items() if name != "dev"
    }
    return Held(there, elsewhere)


@pytest.fixture(scope="module")
def overlay() -> str:
    return "default"


@pytest.fixture
def annotated(workbench: Workbench, functions: Functions) -> Workbench:
    """A cluster whose mirrors are there; `dev` is in the hands of somebody else."""
    for name in ("prod", "dev"):
        workbench.namespace(name)
    workbench.namespace("stage", {"env": "stage"})
    for path, rules in SOURCES.items():
        namespace, name = path.split("/")
        workbench.secret(namespace, name, {"key": "one"}, annotations=rules)
    functions.tick()
    return workbench


@few
@given(_annotations)
def test_no_annotation_of_a_namespace_brings_it_more_or_costs_another_anything(
    annotated: Workbench, functions: Functions, written: dict[str, str]
) -> None:
    before = held(annotated)

    annotated.annotate("Namespace", "", "dev", written)
    functions.namespace_written("dev")
    functions.tick()
    after = held(annotated)
    annotated.annotate("Namespace", "", "dev", dict.fromkeys(written))
    functions.namespace_written("dev")

    assert after.there <= FOR_DEV
    assert after.elsewhere == before.elsewhere
    assert held(annotated).there == FOR_DEV


def test_what_was_asked_for_by_label_is_given_to_whom_has_it(
    annotated: Workbench, functions: Functions
) -> None:
    """So a selector trusts whoever may label namespaces: docs/security.md says it."""
    annotated.patch("Namespace", "", "dev", {"metadata": {"labels": {"env": "stage"}}})
    functions.namespace_written("dev")

    assert held(annotated).there == {"everywhere", "labelled"}
