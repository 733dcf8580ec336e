"""Who has not the rights that a source takes gets none, by no way of writing and no spelling.

In overlay `hardened`. Of each write that policy `gate` lets through it is asked what kn-mirror
would make of it: the one is CEL, the other Python, and they may differ on the safe side only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring.objects.metadata import Metadata, Namespace
from mirroring.objects.references import KINDS, Ref
from mirroring.policies.sources import Source
from tests.knative.people import DECLARE, PERMIT, Person
from tests.lab.clusters import path_of
from tests.security.drawing import Declaration, declarations, declared, kinds, many
from tests.security.writings import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

LABELS: Final = {"dev": "dev", "stage": "stage", "victim": ""}


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@pytest.fixture
def person(workbench: Workbench) -> Person:
    """Somebody who may edit what is in namespace `own`."""
    workbench.namespace("own")
    for name, env in LABELS.items():
        workbench.namespace(name, {"env": env} if env else {})
    return Person(workbench, "own")


class Reach(NamedTuple):
    """What kn-mirror reads on an object: where else mirrors may be, and what they are."""

    namespaces: frozenset[str]
    mirrors: str


def reach_of(found: Mapping[str, Any]) -> Reach:
    metadata = found["metadata"]
    ref = Ref(KINDS[found["kind"]], metadata["namespace"], metadata["name"])
    annotations, labels = metadata.get("annotations", {}), metadata.get("labels", {})
    source = Source.of(ref, Metadata(ref, "uid", "1", labels, annotations))
    namespaces = [Namespace(name, {"env": env} if env else {}) for name, env in LABELS.items()]
    permitted = frozenset(each.name for each in namespaces if source.permits(each))
    return Reach(permitted, f"{source.mirror_name}: {source.projection}")


def reaches(
    workbench: Workbench,
    person: Person,
    kind: str,
    before: Mapping[str, str],
    writes: list[Declaration],
) -> list[Reach]:
    """Write an object, then let the person write it; return what it was to kn-mirror each time."""
    make = workbench.secret if kind == "Secret" else workbench.config_map
    found = [make("own", "tls", {}, annotations=before)]
    for each in writes:
        write(person.api, found[-1], {"metadata": {"annotations": each.annotations}}, each.way)
        now = workbench.get(kind, "own", "tls")
        assert now
        found.append(now)
    workbench.delete(kind, "own", "tls")
    return [reach_of(each) for each in found]


@many
@given(kinds, declared, st.lists(declarations, min_size=1, max_size=3))
def test_without_the_rights_no_write_permits_more_than_was_permitted(
    workbench: Workbench,
    person: Person,
    kind: str,
    before: dict[str, str],
    writes: list[Declaration],
) -> None:
    first, *later = reaches(workbench, person, kind, before, writes)

    assert all(each.namespaces <= first.namespaces for each in later)
    assert {each.mirrors for each in later if each.namespaces} <= {first.mirrors}


@many
@given(kinds, declared, st.lists(declarations, min_size=1, max_size=3))
def test_with_the_right_for_one_namespace_no_write_permits_another(
    workbench: Workbench,
    least: Person,
    kind: str,
    before: dict[str, str],
    writes: list[Declaration],
) -> None:
    first, *later = reaches(workbench, least, kind, before, writes)

    assert all(each.namespaces <= first.namespaces | {"dev"} for each in later)
    assert {each.mirrors for each in later if each.namespaces - {"dev"}} <= {first.mirrors}


@pytest.fixture
def least(person: Person) -> Person:
    """The same, who may declare sources there that are mirrored into `dev`."""
    person.grant(DECLARE, "own")
    person.grant(PERMIT, "dev")
    return person


@many
@given(kinds, declarations)
def test_what_cannot_be_made_a_source_cannot_be_made_as_one(
    person: Person, kind: str, written: Declaration
) -> None:
    annotations = {name: value for name, value in written.annotations.items() if value is not None}
    body = {"metadata": {"name": "new", "annotations": annotations}}

    answer = person.api.request("POST", f"{path_of(kind, 'own')}?dryRun=All", body)

    assert answer.status == 403 or not reach_of({"kind": kind, **answer.body}).namespaces
