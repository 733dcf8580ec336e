"""Every state that a mirror may be in: what is said of it, and that this is what is then done.

The table is in `states`, to be read as a specification. All of it comes true in one cluster, once
on each API server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Never

import pytest

from kubectl_mirror.access.installations import Installation
from kubectl_mirror.access.sites import Site
from kubectl_mirror.commands import ERROR, main
from mirroring import names
from mirroring.codes import Code
from mirroring.errors import Expired, TooLarge, Unauthorized, Unavailable
from sandbox import Sandbox
from tests.cli.conftest import HELD
from tests.cli.states import ROWS, examples
from tests.cli.states.clusters import SETTINGS, Cluster, Told
from tests.cli.states.rows import AUTO
from tests.cli.states.unexplained import ERRORS, FOUND_OUT, UNEXPLAINED
from tests.e2e.conftest import handler_of
from tests.lab.api import Api
from tests.lab.clusters import Workbench
from tests.secrecy import found_in
from tests.stories import MIRRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mirroring.errors import ApiError
    from tests.cli.conftest import Said
    from tests.cli.states.rows import Row
    from tests.lab.controlplane import ControlPlane

pytestmark = pytest.mark.xdist_group("states")  # all rows are of one cluster


class Played:
    """A cluster after it was played, and what was told of each row."""

    def __init__(self, cluster: Cluster, told: Mapping[str, Told]) -> None:
        self.cluster, self.told = cluster, told


@pytest.fixture(
    scope="module",
    params=[
        "sandbox, Secrets",
        "sandbox, ConfigMaps",
        pytest.param("controlplane, Secrets", marks=pytest.mark.controlplane),
    ],
)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """Have all rows come true, and all be asked about."""
    rows = [row for row in ROWS if row.is_known_to(request.param)]
    where, kind = request.param.removesuffix("s").split(", ")
    kubeconfig = tmp_path_factory.mktemp("states") / "kubeconfig"
    if where == "controlplane":
        plane: ControlPlane = request.getfixturevalue("control_plane")
        api = Api(plane.url, token=plane.token, ca_file=plane.ca_file)
        yield from _played(api, plane.kubeconfig_for("functions"), plane.kubeconfig, kind, rows)
        return
    with Sandbox.running() as sandbox:
        sandbox.write_kubeconfig(kubeconfig)
        yield from _played(Api(sandbox.url), kubeconfig, kubeconfig, kind, rows)


def _played(
    api: Api, functions: Path, people: Path, kind: str, rows: list[Row]
) -> Iterator[Played]:
    cluster = Cluster(Workbench(api), handler_of(functions), kind, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(people))
        patch.setattr(Installation, "read", lambda _, namespace: Installation(namespace, SETTINGS))
        try:
            yield Played(cluster, cluster.play())
        finally:
            cluster.release()
            cluster.workbench.clear(elsewhere=MIRRORS)


of_each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)


def test_each_row_has_a_title_of_its_own() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS)


@of_each_row
def test_it_is_explained_in_a_sentence_with_a_code(played: Played, row: Row) -> None:
    found = played.told[row.title]

    assert (found.said, found.problems) == (row.said, row.problems)


@of_each_row
def test_exit_codes_say_whether_there_is_anything_to_do(played: Played, row: Row) -> None:
    assert played.told[row.title].exits == row.exits


@of_each_row
def test_what_a_resync_does_is_what_was_explained(played: Played, row: Row) -> None:
    """Where the row names no other reason: in the same words, by the same code."""
    assert played.told[row.title].done == row.done


@of_each_row
def test_what_is_to_be_corrected_is_what_a_resync_tells_its_owner(played: Played, row: Row) -> None:
    assert set(played.told[row.title].corrected) == {*row.problems}


@of_each_row
def test_afterwards_that_is_explained_which_was_done(played: Played, row: Row) -> None:
    assert played.told[row.title].after == (row.after or row.said)


def test_then_nothing_is_left_to_be_told(played: Played) -> None:
    assert played.cluster.left == []


def test_no_byte_of_a_secret_is_in_what_commands_said(played: Played) -> None:
    assert found_in(played.cluster.heard, [HELD]) == []


@pytest.mark.parametrize("code", Code, ids=lambda code: code.value)
def test_each_code_is_explained_in_some_row_or_is_known_never_to_be(code: Code) -> None:
    """Whoever adds a code adds a row, or says why none can be."""
    assert (code in examples()) != (code in UNEXPLAINED)


def test_what_only_the_functions_find_out_is_in_their_audit_lines(played: Played) -> None:
    """So that the rows about it have it come true."""
    audited = {line["code"] for line in played.cluster.audited}

    assert {code.value for code in FOUND_OUT} <= audited


@pytest.mark.parametrize("error", [Unavailable, Unauthorized, TooLarge, Expired])
def test_what_is_no_answer_ends_the_command_with_its_code(
    error: type[ApiError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> Never:
        raise error("It did not work. Try again.")

    monkeypatch.setattr(Site, "of", fails)

    code = main(["explain", "prod/tls", "-n", "dev"])

    assert code == ERROR
    assert capsys.readouterr().err == f"error: It did not work. Try again. ({error.code.value})\n"
    assert error.code in ERRORS


@pytest.mark.parametrize("server", ["sandbox"], indirect=True)
def test_a_pattern_that_is_too_slow_is_explained_as_one(
    mirror: Callable[..., Said], workbench: Workbench
) -> None:
    """In a cluster of its own, as it takes a second wherever it is judged."""
    name = "a" * 40
    for each in ("prod", name):
        workbench.namespace(each)
    slow = AUTO | {names.AUTO_NAMESPACES: "(a|aa)+b"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=slow)

    said = mirror("explain", "prod/tls", "-n", name, "-o", "json")

    [found] = said.document["items"]
    assert (said.code, found["code"]) == (1, Code.SLOW_PATTERN.value)
    assert f"Namespace {name} gets no mirror of prod/tls" in found["sentence"]
