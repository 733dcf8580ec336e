"""What docs/others.md tells people to run beside other tools does what it says there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.conformance.clusters import ALLOWED, AUTO, auto
from tests.knative.documents import commands_of
from tests.knative.stubs import EDITED, TLS, tell
from tests.lab.helm import Helm
from tests.lab.programs.catalogue import helm as program

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.clusters import Cluster
    from tests.lab.controlplane import ControlPlane
    from tests.lab.kubectl import Kubectl

pytestmark = pytest.mark.controlplane

HERE: Final = Path(__file__).parent
README: Final = (HERE.parents[1] / "README.md").read_text()
COPY: Final = "shop/tls"
CERTIFICATE: Final = "cert-manager/wildcard-igresc-com-tls"


def of(tool: str) -> list[list[str]]:
    """Return the commands of a section, without the program."""
    return commands_of(tool, document="others.md", program="helm" if tool == "Helm" else "kubectl")


@pytest.fixture
def shop(cluster: Cluster) -> Cluster:
    """The certificate that README's pull mirror is of, and the namespace that wants it."""
    cluster.namespaces("cert-manager", "shop", "team")
    for path in (CERTIFICATE, "prod/tls"):
        cluster.write(path, TLS.content, ALLOWED, type=TLS.type)
    return cluster


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    """README's pull mirror, in a file."""
    section = README.partition("### Pull mirrors")[2]
    place = tmp_path / "tls.yaml"
    place.write_text(section.partition("```yaml\n")[2].partition("```")[0])
    return str(place)


def follow(cluster: Cluster) -> None:
    """Let kn-mirror know of the pull mirror, if it is labelled."""
    if EDITED in cluster.metadata(COPY)["labels"]:
        tell(cluster, COPY, own_writes=False)


@pytest.fixture
def run(shop: Cluster, kubectl: Kubectl, manifest: str) -> Callable[[list[str]], object]:
    """Run a command of kubectl's, and return what README's pull mirror holds then."""

    def run(command: list[str]) -> object:
        kubectl(*[manifest if each == "tls.yaml" else each for each in command])
        follow(shop)
        return shop.data(COPY)

    return run


@pytest.mark.parametrize("ways", [(0, 0), (1, 1), (0, 0, 2, 1)])
def test_kubectl_applies_a_pull_mirror_again(
    run: Callable[[list[str]], object], ways: tuple[int, ...]
) -> None:
    commands = of("kubectl")

    assert [run(commands[way]) for way in ways] == [TLS.content] * len(ways)


def test_kubectl_refills_a_pull_mirror_and_empties_it(
    shop: Cluster, run: Callable[[list[str]], object]
) -> None:
    apply, _, _, refill, release, empty, *_ = of("kubectl")
    run(apply)
    shop.change(COPY, tls_key="own")

    refilled = run(refill)
    run(release)

    assert refilled == TLS.content
    assert run(empty) == {**TLS.content, "tls.key": ""}


def test_kubectl_hands_over_what_is_in_a_mirrors_place(shop: Cluster, kubectl: Kubectl) -> None:
    shop.write("shop/db", {"own": "goes"})
    shop.write("prod/db", {"key": "one"}, AUTO)
    before = shop.data("shop/db")

    *_, hand_over, wake = of("kubectl")
    kubectl(*hand_over)
    shop.happened("prod/db")

    assert wake == ["mirror", "sync", "prod/db"]
    assert before == {"own": "goes"}
    assert shop.data("shop/db") == {"key": "one"}


@pytest.mark.programs(program())
def test_helm_upgrades_a_release_with_a_pull_mirror(
    shop: Cluster, knative_plane: ControlPlane, tmp_path: Path
) -> None:
    helm, chart = Helm(knative_plane.kubeconfig, tmp_path), str(HERE / "chart")

    held = []
    for command in (*of("Helm"), *of("Helm")):
        helm(*[chart if each == "./chart" else each for each in command])
        follow(shop)
        held.append(shop.data(COPY))

    assert held == [TLS.content] * 4


def test_a_copy_of_a_source_is_none_any_more(shop: Cluster, kubectl: Kubectl) -> None:
    shop.write("team/tls", TLS.content, auto(reflection_auto_namespaces="dev,stage"), type=TLS.type)
    mirrored = shop.mirrored("tls", source="team")

    [command] = of("Kyverno and other copiers")
    kubectl(*command)
    shop.happened("team/tls")

    assert mirrored == {"dev", "prod", "stage"}
    assert shop.mirrored("tls", source="team") == {"prod"}


def test_every_command_of_the_page_is_run_here_or_said_to_be_untried() -> None:
    """A reader takes what is not marked for tried."""
    page = (HERE.parents[1] / "docs" / "others.md").read_text()
    sections = re.findall(r"^## (.+)$", page, re.MULTILINE)
    run = {tool: len(of(tool)) for tool in sections if of(tool)}
    blocks = re.findall(r"```(?:yaml|hcl)$", page, re.MULTILINE)

    assert run == {"kubectl": 8, "Helm": 2, "Kyverno and other copiers": 1}
    assert page.count("\n$ ") == sum(run.values())
    assert page.count("(*untried*):\n\n```") == len(blocks)
