"""`kubectl mirror` in the hands of a test, beside the functions' own handling of events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kubectl_mirror.commands import main
from tests.cli.distributions import Distribution
from tests.cli.states.rows import Row
from tests.e2e.conftest import Handler, handler_of
from tests.knative.conftest import prepare
from tests.lab.kubectl import find_kubectl
from tests.secrecy import found_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.clusters import Workbench
    from tests.servers import Server

# What every Secret of these tests holds, so that it is seen where it must not be.
HELD = b"held by nobody but Secrets"


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have everything there before the first test, whose time limit would not suffice."""
    prepare(session, Path(__file__).parent)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ask of no cluster about a state that is not known to it."""
    strange = {item for item in items if _is_of_another_cluster(item)}
    config.hook.pytest_deselected(items=[*strange])
    items[:] = [item for item in items if item not in strange]


def _is_of_another_cluster(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and (
        isinstance(row := call.params.get("row"), Row)
        and not row.is_known_to(call.params["played"])
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said.

    Args:
        code: its exit code.
        out: to standard output.
        err: to standard error.
    """

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it said with `-o yaml` or `-o json`."""
        return yaml.safe_load(self.out)

    @property
    def cells(self) -> list[list[str]]:
        """The lines of its tables, without their heads; columns are parted by two blanks."""
        lines = [line for line in self.out.splitlines() if line and not line.endswith(":")]
        parted = [[cell for cell in line.split("  ") if cell] for line in lines]
        return [[cell.strip() for cell in line] for line in parted if not line[0].isupper()]


@pytest.fixture
def mirror(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Said]]:
    """Run `kubectl mirror`; whatever it said over the test has no byte of a Secret."""
    monkeypatch.setenv("KUBECONFIG", str(server.admin_kubeconfig))
    monkeypatch.setenv("NO_COLOR", "1")
    heard: dict[str, bytes] = {}

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        heard[" ".join(arguments)] = (said.out + said.err).encode()
        return Said(code, said.out, said.err)

    yield run
    assert found_in(heard, [HELD]) == []


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """What `make dist` writes, for this machine alone."""
    return Distribution.built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def kubectl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with kubectl alone."""
    folder = tmp_path_factory.mktemp("kubectl")
    (folder / "kubectl").symlink_to(find_kubectl())
    return folder


@pytest.fixture
def handler(server: Server) -> Handler:
    """kn-mirror, which handles events when the test lets it."""
    return handler_of(server.kubeconfig)


@pytest.fixture
def teams(workbench: Workbench) -> list[str]:
    """Three namespaces beside the sources' own, `prod`."""
    names = ["dev", "shop", "stage"]
    for name in ("prod", *names):
        workbench.namespace(name)
    return names
