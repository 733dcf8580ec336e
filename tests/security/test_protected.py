"""Whoever edits mirrors, the administrator too: no way of writing changes what kn-mirror wrote.

In overlay `hardened`, by policy `protect`. `knative/test_protect.py` has each promise on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from tests.conformance.clusters import auto
from tests.knative.people import Person
from tests.lab.clusters import path_of
from tests.security.drawing import Attempt, attempts, many
from tests.security.writings import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.api import Api
    from tests.lab.clusters import Workbench
    from tests.security.functions import Functions

pytestmark = pytest.mark.controlplane


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


@pytest.fixture
def mirror(workbench: Workbench, functions: Functions) -> Callable[[str], dict[str, Any]]:
    """The mirrors of prod/tls in `dev`, by kind."""
    workbench.namespace("prod")
    workbench.namespace("dev")
    for make in (workbench.secret, workbench.config_map):
        make("prod", "tls", {"key": "one"}, annotations=auto(reflection_auto_namespaces="dev"))
    functions.tick()
    made = {kind: workbench.get(kind, "dev", "tls") for kind in ("Secret", "ConfigMap")}
    by_kind = {kind: each for kind, each in made.items() if each}
    return lambda kind: by_kind[kind]


@pytest.fixture
def editors(workbench: Workbench, mirror: Callable[[str], dict[str, Any]]) -> Mapping[str, Api]:
    """The administrator, and somebody who may edit what is in `dev`."""
    del mirror
    return {"administrator": workbench.api, "team": Person(workbench, "dev").api}


def written_by_kn_mirror(found: Mapping[str, Any]) -> dict[str, Any]:
    """What of a mirror nobody else may change."""
    metadata = found["metadata"]
    noted = {
        f"{field} {name}": value
        for field in ("labels", "annotations")
        for name, value in metadata.get(field, {}).items()
        if name.startswith((names.REFLECTOR, "kn-mirror.dev/")) or name == names.MANAGED_BY
    }
    # The API server's own, by policy `index`.
    noted.pop(f"labels {names.EDITED}", None)
    content = {field: found.get(field) for field in ("data", "binaryData", "immutable", "type")}
    return content | noted | {"belongs to": metadata.get("ownerReferences")}


EDITORS: Final = st.sampled_from(["administrator", "team"])


@many
@given(EDITORS, attempts)
def test_what_kn_mirror_wrote_stays_as_it_is(
    editors: Mapping[str, Api],
    mirror: Callable[[str], dict[str, Any]],
    editor: str,
    attempt: Attempt,
) -> None:
    before = mirror(attempt.kind)

    answer = write(editors[editor], before, attempt.change, attempt.way, dry=True)

    after = answer.body if answer else before
    assert written_by_kn_mirror(after) == written_by_kn_mirror(before)


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("editor", ["administrator", "team"])
@pytest.mark.parametrize(
    "options", [None, {"gracePeriodSeconds": 0}, {"propagationPolicy": "Orphan"}], ids=str
)
@pytest.mark.parametrize("which", ["tls", ""])
def test_no_mirror_is_deleted_with_whatever_options(
    editors: Mapping[str, Api], kind: str, editor: str, options: object, which: str
) -> None:
    answer = editors[editor].request("DELETE", f"{path_of(kind, 'dev', which)}?dryRun=All", options)

    assert answer.status == 403
    assert "only kn-mirror deletes it" in answer.body["message"]


def test_the_same_content_may_be_written_again(
    workbench: Workbench, mirror: Callable[[str], dict[str, Any]], kind: str
) -> None:
    """As it is after the key has changed by which the API server encrypts what it stores."""
    place = path_of(kind, "dev", "tls")

    assert workbench.api.request("PUT", place, mirror(kind)).status == 200
