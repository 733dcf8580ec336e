"""Real kubectl finds the plugin, passes on what it is given, and completes; on terminals, too."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.cli.conftest import HELD
from tests.cli.distributions import Installed
from tests.cli.terminals import seen_on_a_terminal
from tests.secrecy import found_in
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.distributions import Distribution
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    See = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def installed(
    distribution: Distribution, tmp_path_factory: pytest.TempPathFactory, kubectl_folder: Path
) -> Installed:
    """The programs beside kubectl."""
    found = Installed.put(distribution, tmp_path_factory.mktemp("home") / "bin")
    (found.folder / "kubectl").symlink_to(kubectl_folder / "kubectl")
    return found


@pytest.fixture
def world(workbench: Workbench, handler: Handler, teams: list[str]) -> None:
    """A source that is in sync, and one with a mistake; the functions are not installed."""
    assert teams
    everywhere = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop,stage"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=everywhere)
    broken = PERMISSION | {names.AUTO_NAMESPACES: "dev,sh(op"}
    workbench.secret("prod", "half", {"key": HELD}, annotations=broken)
    handler.resync()


@pytest.fixture
def variables(server: Server) -> Mapping[str, str]:
    """Say which cluster is asked."""
    return {"KUBECONFIG": str(server.admin_kubeconfig)}


@pytest.mark.usefixtures("world")
def test_kubectl_finds_the_plugin_and_passes_flags_and_exit_codes(
    installed: Installed, variables: Mapping[str, str]
) -> None:
    plugin = ("kubectl", "mirror", "status")

    one = installed.run(*plugin, "-o", "name", "--namespace=prod", "tls", **variables)
    all_ = installed.run(*plugin, "-A", "--output=json", "--request-timeout=1m", **variables)
    none = installed.run(*plugin, "--context=no-such-context", **variables)

    assert (one.returncode, one.stdout) == (0, "secret/prod/tls\n")
    assert all_.returncode == 1
    assert [each["name"] for each in json.loads(all_.stdout)["sources"]] == ["half", "tls"]
    assert none.returncode == 2
    assert none.stderr.startswith("error: There is no context no-such-context in kubeconfig ")


@pytest.mark.usefixtures("world")
def test_plain_kn_mirror_says_the_same(installed: Installed, variables: Mapping[str, str]) -> None:
    by_kubectl = installed.run("kubectl", "mirror", "status", "prod/tls", "-o=yaml", **variables)
    plain = installed.run("kn-mirror", "status", "prod/tls", "-o=yaml", **variables)

    assert plain.stdout == by_kubectl.stdout
    assert plain.returncode == by_kubectl.returncode == 0


def test_kubectl_takes_no_flags_before_the_plugins_name(installed: Installed) -> None:
    said = installed.run("kubectl", "--context=kind", "mirror", "status")

    assert "flags cannot be placed before plugin name: --context" in said.stderr


@pytest.mark.usefixtures("world")
def test_kubectl_completes(installed: Installed, variables: Mapping[str, str]) -> None:
    def completed(*words: str) -> list[str]:
        said = installed.run("kubectl", "__complete", "mirror", *words, **variables)
        return said.stdout.splitlines()

    assert completed("status", "-n", "prod", "t") == ["tls", ":4"]
    assert completed("status", "--namespace=sho") == ["shop", ":4"]
    assert completed("status", "--output", "j") == ["json", ":4"]
    assert completed("stat")[0].startswith("status\t")


def aged(seen: str) -> str:
    """Have what was written just now be of an age that does not change."""
    return re.sub(r"(?<= )\d+[smh]\b *", lambda age: "1h".ljust(len(age[0])), seen)


@pytest.fixture
def see(installed: Installed, variables: Mapping[str, str]) -> See:
    """Run a command on a terminal; no byte of a Secret is seen, and ages are `1h`."""

    def run(columns: int, *command: str, **others: str) -> tuple[int, str]:
        environment = installed.environment(**variables, **{"TERM": "xterm", **others})
        program = installed.folder / "kubectl-mirror"
        code, seen = seen_on_a_terminal([program, *command], columns, environment)
        assert found_in({"seen": seen.encode()}, [HELD]) == []
        return code, aged(seen)

    return run


GREEN, YELLOW, RED, BOLD, UNDERLINED, PLAIN = (
    f"\x1b[{number}m" for number in (32, 33, 31, 1, 4, 0)
)
NOTE = "The usual settings are taken: namespace kn-mirror has no function of it.\n"
STATUS = f"""\
NAMESPACE   SOURCE        MIRRORS   STATE          RENEWED   FOLLOWED
prod        secret/half   1/1       {RED}1 to correct{PLAIN}   1h        1h
prod        secret/tls    3/3       {GREEN}in sync{PLAIN}        1h        1h
"""
PARTLY, UNKNOWN = f"dev,{UNDERLINED}sh(op{PLAIN}", f"{YELLOW}unknown{PLAIN}"
SENTENCE = (
    f"{BOLD}Namespace shop gets no mirror of prod/half: reflection-auto-namespaces: "
    f"'sh(op' is not a regular expression: missing ). (KM705){PLAIN}\n"
)
WIDE = f"""\
RULE                            ON            WRITTEN     ANSWER    BECAUSE
reflection-allowed              secret/half   true        {GREEN}yes{PLAIN}       \
reflection-allowed is true
reflection-auto-enabled         secret/half   true        {GREEN}yes{PLAIN}       \
reflection-auto-enabled is true
reflection-allowed-namespaces   secret/half   -           {GREEN}yes{PLAIN}       \
reflection-allowed-namespaces is not restricted
reflection-auto-namespaces      secret/half   {PARTLY}   {UNKNOWN}   \
reflection-auto-namespaces: 'sh(op' is not a regular expression: missing )
"""
FOLDED = f"""\
RULE                            ON            WRITTEN     ANSWER    BECAUSE
reflection-allowed              secret/half   true        {GREEN}yes{PLAIN}       \
reflection-allowed is true
reflection-auto-enabled         secret/half   true        {GREEN}yes{PLAIN}       \
reflection-auto-enabled is true
reflection-allowed-namespaces   secret/half   -           {GREEN}yes{PLAIN}       \
reflection-allowed-namespaces is
                                                                    not restricted
reflection-auto-namespaces      secret/half   {PARTLY}   {UNKNOWN}   \
reflection-auto-namespaces:
                                                                    'sh(op' is not a regular
                                                                    expression: missing )
"""
NARROW = f"""\
RULE                            ON            WRITTEN     ANSWER
reflection-allowed              secret/half   true        {GREEN}yes{PLAIN}
    reflection-allowed is true
reflection-auto-enabled         secret/half   true        {GREEN}yes{PLAIN}
    reflection-auto-enabled is true
reflection-allowed-namespaces   secret/half   -           {GREEN}yes{PLAIN}
    reflection-allowed-namespaces is not restricted
reflection-auto-namespaces      secret/half   {PARTLY}   {UNKNOWN}
    reflection-auto-namespaces: 'sh(op' is not a regular expression: missing )
"""


def without_colours(seen: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", seen)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("columns", [80, 200])
def test_status_on_a_terminal(see: See, columns: int) -> None:
    assert see(columns, "status", "-A") == (1, STATUS + NOTE)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colours_for_those_who_want_none(see: See, plain: dict[str, str]) -> None:
    assert see(80, "status", "-A", **plain) == (1, without_colours(STATUS) + NOTE)


@pytest.mark.usefixtures("world")
def test_no_colours_where_nobody_looks(installed: Installed, variables: Mapping[str, str]) -> None:
    said = installed.run("kubectl-mirror", "status", "-A", **variables, TERM="xterm")

    assert aged(said.stdout) == without_colours(STATUS)
    assert said.stderr == NOTE


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("columns", "table"), [(200, WIDE), (100, FOLDED), (80, NARROW)], ids=["200", "100", "80"]
)
def test_explain_on_a_terminal(see: See, columns: int, table: str) -> None:
    assert see(columns, "explain", "prod/half", "-n", "shop") == (1, SENTENCE + table + NOTE)
