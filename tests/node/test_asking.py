"""`kubectl mirror`, by real kubectl, where Knative runs the functions of which it tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from mirroring import names
from tests.cli.diagnoses import results
from tests.lab.waiting import eventually
from tests.stories import PERMISSION, pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Ask = Callable[[str], CompletedProcess[str]]

TEAMS: Final = ("dev", "shop", "stage")
DONE: Final = "2 created, 1 in conflict"
# The code of something that is in a mirror's place, and is left there.
KEPT: Final = "KM402"


@pytest.fixture
def teams(workbench: Workbench, installation: Installation) -> None:
    """Three teams, of which one has a Secret of its own where its mirror would be."""
    for name in ("prod", *TEAMS):
        workbench.namespace(name)
    workbench.secret("shop", "tls", pair(3))
    installation.settle()


@pytest.mark.usefixtures("teams")
def test_each_command_tells_of_what_functions_did_and_one_wakes_them(
    ask: Ask, workbench: Workbench, installation: Installation
) -> None:
    annotations = PERMISSION | {names.AUTO_NAMESPACES: ",".join(TEAMS)}
    workbench.secret("prod", "tls", pair(1), annotations=annotations)
    # As long as the Pod is there that did it.
    eventually(lambda: DONE in ask("kubectl mirror log").stdout, within=60)

    installation.settle()
    states = ask("kubectl mirror status -A -o json")
    assert [each["name"] for each in json.loads(states.stdout)["sources"]] == ["tls"]
    assert states.returncode == 1
    [explained] = json.loads(ask("kubectl mirror explain prod/tls -n shop -o json").stdout)["items"]
    assert explained["code"] == KEPT
    plan = ask("kubectl mirror plan")
    assert (plan.returncode, KEPT in plan.stdout) == (1, True)
    assert ask("kubectl mirror tree -A -o name").stdout.count("shop") == 1
    assert ask("kubectl mirror migrate").returncode == 1

    workbench.delete("Secret", "shop", "tls")
    assert "3/3" in ask("kubectl mirror sync prod/tls --wait --timeout=60s").stdout
    assert ask("kubectl mirror status -A").returncode == 0
    assert ask("kubectl mirror plan").returncode == 0


def test_an_installation_is_well(ask: Ask) -> None:
    """Once a resync has found what earlier tests had the adapters miss."""
    assert ask("kubectl mirror sync -A --wait --timeout=60s").returncode == 0

    said = ask("kubectl mirror doctor -o json")

    assert results(json.loads(said.stdout)) == {"KM928": "warning"}
    assert said.returncode == 0
