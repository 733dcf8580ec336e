"""`kubectl mirror`, by real kubectl, where Knative runs the functions of which it tells."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from tests.cli.distributions import Distribution, Installed
from tests.lab.kubectl import find_kubectl
from tests.lab.waiting import eventually
from tests.secrecy import found_in
from tests.stories import PERMISSION, SECRETS, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.clusters import Workbench
    from tests.node.installations import Installation

    Ask = Callable[..., tuple[int, str]]

TEAMS: Final = ("dev", "shop", "stage")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The plugin, built, beside kubectl."""
    built = Distribution.built(tmp_path_factory.mktemp("dist"))
    found = Installed.put(built, tmp_path_factory.mktemp("home") / "bin")
    (found.folder / "kubectl").symlink_to(find_kubectl())
    return found


@pytest.fixture
def ask(installation: Installation, programs: Installed) -> Iterator[Ask]:
    """Run a command line; whatever is said has no byte of a Secret."""
    variables = {"KUBECONFIG": str(installation.machine.plane.kubeconfig), "NO_COLOR": "1"}
    heard: dict[str, bytes] = {}

    def run(line: str) -> tuple[int, str]:
        said = programs.run(*shlex.split(line), **variables)
        heard[line] = (said.stdout + said.stderr).encode()
        assert "Traceback" not in said.stderr
        return said.returncode, said.stdout

    yield run
    assert found_in(heard, SECRETS) == []


@pytest.fixture
def world(workbench: Workbench, installation: Installation) -> None:
    """A source for three teams, of which one has a Secret of its own in the mirror's place."""
    for name in ("prod", *TEAMS):
        workbench.namespace(name)
    workbench.secret("shop", "tls", pair(3))
    installation.settle()
    annotations = PERMISSION | {names.AUTO_NAMESPACES: ",".join(TEAMS)}
    workbench.secret("prod", "tls", pair(1), annotations=annotations)
    eventually(lambda: workbench.get("Secret", "stage", "tls") is not None, within=60)
    installation.rest()


@pytest.mark.usefixtures("world")
def test_each_command_tells_of_what_functions_did_and_one_wakes_them(
    ask: Ask, workbench: Workbench
) -> None:
    code, states = ask("kubectl mirror status -A -o json")
    [source] = json.loads(states)["sources"]
    assert (code, source["name"]) == (1, "tls")

    code, told = ask("kubectl mirror log")
    assert code == 0
    assert "2 created, 1 in conflict" in told
    assert "(KM402)" in told

    code, sentence = ask("kubectl mirror explain prod/tls -n shop -o json")
    assert (code, json.loads(sentence)["code"]) == (0, "KM402")

    code, plan = ask("kubectl mirror plan -o json")
    assert code == 1
    print(plan)

    assert ask("kubectl mirror tree -o name")[0] == 0

    workbench.delete("Secret", "shop", "tls")
    code, came = ask("kubectl mirror sync prod/tls --wait --timeout=60s")
    assert (code, "3/3" in came) == (0, True)
    assert ask("kubectl mirror plan")[0] == 0


def results(said: str) -> dict[str, Any]:
    """Return what each check of `doctor -o json` came to that is not well."""
    categories = json.loads(said)["categories"]
    checks = (check for each in categories for check in each["checks"])
    return {each["code"]: each for each in checks if each["result"] != "ok"}


def test_an_installation_is_well(ask: Ask) -> None:
    code, said = ask("kubectl mirror doctor -o json")

    found = results(said)
    print(json.dumps(found, indent=1))
    assert code == 0
    assert {code: each["result"] for code, each in found.items()} == {"KM928": "warning"}
