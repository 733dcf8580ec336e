"""`kubectl mirror migrate`: what would change on the day of the switch, and what to run then."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kubectl_mirror.asking.former_tools import deployed
from mirroring import names
from tests.cli.conftest import HELD
from tests.stand_ins import StandIn
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]

REPLICATOR = "replicator.v1.mittwald.de/"
KUBED = "kubed.appscode.com/"
TO_TEAMS = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop,stage"}
OWN = ("prod", "shop")
KINDS = pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])


def written_by_reflector(version: str, source: str = "prod/tls") -> dict[str, str]:
    """The bookkeeping of a mirror."""
    return {
        names.REFLECTS: source,
        names.AUTO_REFLECTS: "True",
        names.REFLECTED_VERSION: version,
        names.REFLECTED_AT: "2026-08-04T10:00:00.0000000+00:00",
    }


def make(
    workbench: Workbench, kind: str, namespace: str, name: str, **fields: Any
) -> dict[str, Any]:
    """Make an object of either kind."""
    if kind == "Secret":
        return workbench.secret(namespace, name, {"key": HELD}, **fields)
    return workbench.config_map(namespace, name, {"key": "value"}, **fields)


def changes_of(said: Said) -> dict[str, str]:
    """What becomes of each mirror, by where it is."""
    return {
        f"{each['namespace']}/{each['name']}": each["change"]
        for source in said.document["sources"]
        for each in source["mirrors"]
    }


@pytest.mark.usefixtures("teams")
def test_of_a_cluster_on_reflector_it_says_what_becomes_of_each_mirror(
    mirror: Mirror, workbench: Workbench
) -> None:
    made = workbench.secret("prod", "tls", {"key": HELD}, annotations=TO_TEAMS)
    version = made["metadata"]["resourceVersion"]
    workbench.secret("dev", "tls", {"key": HELD}, annotations=written_by_reflector(version))
    workbench.secret("shop", "tls", {"key": "own"})
    workbench.secret(
        "dev", "gone", {"key": HELD}, annotations=written_by_reflector("7", "prod/gone")
    )

    said = mirror("migrate", "-o", "json")

    assert said.code == 1
    assert changes_of(said) == {
        "dev/tls": "taken over",
        "shop/tls": "blocked",
        "stage/tls": "made",
        "dev/gone": "taken away",
    }


@pytest.mark.usefixtures("teams")
def test_what_it_says_is_what_a_resync_then_does(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    workbench.secret("prod", "tls", {"key": HELD}, annotations=TO_TEAMS)
    workbench.secret("dev", "tls", {"key": "old"}, annotations=written_by_reflector("1"))
    workbench.secret("shop", "tls", {"key": "own"})

    before = changes_of(mirror("migrate", "-o", "json"))
    handler.resync()
    after = changes_of(mirror("migrate", "-o", "json"))

    assert before == {"dev/tls": "brought in line", "shop/tls": "blocked", "stage/tls": "made"}
    assert after == {"dev/tls": "unchanged", "shop/tls": "blocked", "stage/tls": "unchanged"}
    assert workbench.data("shop", "tls") == {"key": b"own"}


@pytest.mark.usefixtures("teams")
def test_a_source_is_said_to_have_annotations_whoever_has_acted_on_them(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    """kn-mirror's own have no other words, so that Reflector may never have seen it."""
    workbench.secret("prod", "tls", {"key": HELD}, annotations=TO_TEAMS)
    handler.resync()

    said = mirror("migrate")

    assert said.cells[0] == ["prod", "secret/tls", "annotations of Reflector's", "3 unchanged"]


@pytest.mark.usefixtures("teams")
def test_a_cluster_in_which_nobody_would_notice_is_0(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    workbench.secret("prod", "tls", {"key": HELD}, annotations=TO_TEAMS)
    handler.resync()

    said = mirror("migrate")

    assert said.code == 0
    assert "3 unchanged" in said.out


@pytest.mark.usefixtures("teams")
def test_a_pattern_that_means_something_else_here_is_to_be_corrected(
    mirror: Mirror, workbench: Workbench
) -> None:
    rules = PERMISSION | {names.AUTO_NAMESPACES: "[a-z-[aeiou]]+"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=rules)

    said = mirror("migrate")

    assert said.code == 1
    assert "reflection-auto-namespaces: '[a-z-[aeiou]]+'" in said.out


def run(workbench: Workbench, said: Said) -> None:
    """Run its commands that annotate objects."""
    for command in said.document["commands"]:
        words = shlex.split(command)
        if words[:2] == ["kubectl", "annotate"]:
            kind = {"secret": "Secret", "configmap": "ConfigMap"}[words[2]]
            namespace = words[4].removeprefix("--namespace=")
            pairs = dict(pair.split("=", 1) for pair in words[5:])
            change = {"metadata": {"annotations": pairs}}
            workbench.patch(kind, namespace, words[3], change)


@KINDS
@pytest.mark.usefixtures("teams")
def test_what_replicator_pushed_is_what_kn_mirror_makes_once_the_commands_are_run(
    mirror: Mirror, workbench: Workbench, handler: Handler, kind: str
) -> None:
    pushed = {f"{REPLICATOR}replicate-to": "dev,s.op?"}
    made = make(workbench, kind, "prod", "app", annotations=pushed)
    copied = {f"{REPLICATOR}replicated-from-version": made["metadata"]["resourceVersion"]}
    make(workbench, kind, "dev", "app", annotations=copied)

    said = mirror("migrate", "-o", "json")
    run(workbench, said)
    handler.resync()
    handler.resync()

    assert changes_of(said) == {"dev/app": "brought in line", "shop/app": "made"}
    data = {each: workbench.data(each, "app", kind) for each in ("dev", "shop", "stage")}
    assert data == {"dev": data["shop"], "shop": data["shop"], "stage": None}
    assert changes_of(mirror("migrate", "-o", "json")) == {
        "dev/app": "unchanged",
        "shop/app": "unchanged",
    }


@pytest.mark.usefixtures("teams")
def test_what_replicator_pulled_is_pulled(
    mirror: Mirror, workbench: Workbench, handler: Handler
) -> None:
    may = {
        f"{REPLICATOR}replication-allowed": "true",
        f"{REPLICATOR}replication-allowed-namespaces": "dev",
    }
    workbench.secret("prod", "app", {"key": HELD}, annotations=may)
    pulls = {f"{REPLICATOR}replicate-from": "prod/app"}
    workbench.secret("dev", "mine", {"key": ""}, annotations=pulls)
    workbench.secret("shop", "mine", {"key": ""}, annotations=pulls)

    said = mirror("migrate", "-o", "json")
    run(workbench, said)
    handler.resync()

    assert changes_of(said) == {"dev/mine": "brought in line", "shop/mine": "refused"}
    assert workbench.data("dev", "mine") == {"key": HELD}
    assert workbench.data("shop", "mine") == {"key": b""}


@pytest.mark.usefixtures("teams")
def test_no_command_opens_what_nobody_but_those_who_want_it_asked_for(
    mirror: Mirror, workbench: Workbench
) -> None:
    """Who runs all commands would else give any ConfigMap to whoever names it in one of theirs."""
    workbench.config_map("prod", "app", {"key": "value"})
    pulls = {f"{REPLICATOR}replicate-from": "prod/app"}
    workbench.config_map("dev", "mine", {"key": ""}, annotations=pulls)

    said = mirror("migrate", "-o", "json")
    manifests = mirror("migrate", "-o", "manifests")

    [asked] = [each for each in said.document["translations"] if each["namespace"] == "prod"]
    assert asked["annotations"] == {}
    [note] = asked["notes"]
    assert note == (
        "ConfigMap dev/mine would have what it holds, which nobody permitted: "
        "kubernetes-replicator asks of Secrets alone. That is for its owner to decide, who permits "
        "it by reflection-allowed=true on it, and in reflection-allowed-namespaces the namespaces "
        "that may have it"
    )
    assert not any("prod" in shlex.split(each) for each in said.document["commands"])
    assert not any("--namespace=prod" in each for each in said.document["commands"])
    assert [each["metadata"]["namespace"] for each in yaml.safe_load_all(manifests.out)] == ["dev"]
    assert changes_of(said) == {"dev/mine": "refused"}


@pytest.mark.usefixtures("teams")
def test_of_many_who_want_what_nobody_permitted_some_are_named(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.config_map("prod", "app", {"key": "value"})
    pulls = {f"{REPLICATOR}replicate-from": "prod/app"}
    for number in range(7):
        workbench.config_map("dev", f"mine-{number}", {"key": ""}, annotations=pulls)

    said = mirror("migrate", "-o", "json")

    [asked] = [each for each in said.document["translations"] if each["namespace"] == "prod"]
    assert "ConfigMap dev/mine-4 and 2 more would have" in asked["notes"][0]


@KINDS
@pytest.mark.usefixtures("teams")
def test_no_command_hands_a_copy_of_one_source_over_to_another_that_wants_its_place(
    mirror: Mirror, workbench: Workbench, kind: str
) -> None:
    pushed = {f"{REPLICATOR}replicate-to": "dev"}
    copied = {f"{REPLICATOR}replicated-from-version": "7"}
    make(workbench, kind, "shop", "app", annotations=pushed)
    make(workbench, kind, "dev", "app", annotations=copied)

    said = mirror("migrate", "-o", "json")

    [copy] = [each for each in said.document["translations"] if each["namespace"] == "dev"]
    assert copy["annotations"] == {}
    assert "is for its owner to decide" in copy["notes"][0]
    assert not any("--namespace=dev" in each for each in said.document["commands"])
    assert changes_of(said) == {"dev/app": "blocked"}


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("of", OWN)
def test_a_copy_of_one_of_two_sources_of_its_name_is_handed_over_to_that(
    mirror: Mirror, workbench: Workbench, of: str
) -> None:
    pushed = {f"{REPLICATOR}replicate-to": "dev"}
    made = {each: workbench.secret(each, "app", {"key": HELD}, annotations=pushed) for each in OWN}
    version = made[of]["metadata"]["resourceVersion"]
    workbench.secret(
        "dev", "app", {"key": HELD}, annotations={f"{REPLICATOR}replicated-from-version": version}
    )

    said = mirror("migrate", "-o", "json")

    [copy] = [each for each in said.document["translations"] if each["namespace"] == "dev"]
    assert copy["annotations"] == {names.ADOPT: f"{of}/app"}


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize(
    "written", [{f"{KUBED}sync": ""}, {f"{REPLICATOR}replicate-to": "dev"}], ids=str
)
def test_that_commands_declare_sources_in_the_name_of_who_runs_them_is_said(
    mirror: Mirror, workbench: Workbench, written: dict[str, str]
) -> None:
    workbench.secret("prod", "app", {"key": HELD}, annotations=written)

    said = mirror("migrate")

    assert "look at each that becomes one: policy gate asks whoever runs the command" in said.err


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"sync": ""}, {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}),
        ({"sync": "true"}, {names.ALLOWED: "true", names.AUTO_ENABLED: "true"}),
        (
            {"sync": "app=kubed"},
            {
                names.ALLOWED: "true",
                names.ALLOWED_NAMESPACES_SELECTOR: "app=kubed",
                names.AUTO_ENABLED: "true",
                names.AUTO_NAMESPACES_SELECTOR: "app=kubed",
            },
        ),
    ],
)
@pytest.mark.usefixtures("teams")
def test_what_config_syncer_copied_is_asked_for(
    mirror: Mirror, workbench: Workbench, written: dict[str, str], expected: dict[str, str]
) -> None:
    annotations = {f"{KUBED}{name}": value for name, value in written.items()}
    workbench.secret("prod", "app", {"key": HELD}, annotations=annotations)

    said = mirror("migrate", "-o", "manifests")

    [manifest] = yaml.safe_load_all(said.out)
    assert said.code == 1
    assert manifest["metadata"] == {
        "namespace": "prod",
        "name": "app",
        "annotations": expected,
    }


@pytest.mark.usefixtures("teams")
def test_a_copy_that_config_syncer_made_is_handed_over_to_its_own_source_alone(
    mirror: Mirror, workbench: Workbench
) -> None:
    sync = {f"{KUBED}sync": ""}
    workbench.secret("prod", "app", {"key": HELD}, annotations=sync)
    for namespace, origin in {"dev": "prod", "shop": "other"}.items():
        labels = {f"{KUBED}origin.name": "app", f"{KUBED}origin.namespace": origin}
        workbench.secret(namespace, "app", {"key": HELD}, annotations=sync, labels=labels)

    said = mirror("migrate", "-o", "json")

    changes = changes_of(said)
    assert (changes["dev/app"], changes["shop/app"]) == ("brought in line", "blocked")
    adopted = [each for each in said.document["translations"] if each["namespace"] == "dev"]
    assert [each["annotations"] for each in adopted] == [{names.ADOPT: "prod/app"}]
    assert adopted[0]["notes"] == ["all that it holds is replaced by what prod/app holds"]


@pytest.mark.usefixtures("teams")
def test_a_blank_list_of_replicators_is_nowhere_and_not_everywhere(
    mirror: Mirror, workbench: Workbench
) -> None:
    blank = {f"{REPLICATOR}replicate-to": " "}
    workbench.secret("prod", "app", {"key": HELD}, annotations=blank)

    said = mirror("migrate", "-o", "json")

    assert [each["annotations"] for each in said.document["translations"]] == [{}]
    assert changes_of(said) == {}


@pytest.mark.usefixtures("teams")
def test_a_command_has_what_others_wrote_as_one_word(mirror: Mirror, workbench: Workbench) -> None:
    hostile = "dev,$(touch x)`'; echo \"y"
    pushed = {f"{REPLICATOR}replicate-to": hostile}
    workbench.secret("prod", "app", {"key": HELD}, annotations=pushed)

    said = mirror("migrate", "-o", "json")

    [command] = [each for each in said.document["commands"] if "annotate" in each]
    [made] = said.document["translations"]
    pairs = [f"{name}={value}" for name, value in made["annotations"].items()]
    assert shlex.split(command)[5:] == pairs


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name", "manifests"])
def test_the_exit_code_is_the_same_however_it_is_shown(
    mirror: Mirror, workbench: Workbench, output: str
) -> None:
    workbench.secret("prod", "app", {"key": HELD}, annotations={f"{KUBED}sync": ""})

    assert mirror("migrate", "-o", output).code == 1


@pytest.mark.usefixtures("teams")
def test_it_ends_with_the_commands_to_run(mirror: Mirror) -> None:
    said = mirror("migrate")

    assert said.out.splitlines()[-1] == "kubectl mirror status -A"


def test_a_tool_that_runs_is_found_with_the_settings_that_kn_mirror_understands() -> None:
    env = [
        {"name": "ES_Reflector__Watcher__ExcludedNamespaces", "value": "kube-*"},
        {"name": "OTHER", "value": "x"},
        {"name": "ES_From", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
    ]
    found = {
        "metadata": {
            "name": "mirrors",
            "namespace": "tools",
            "labels": {"app.kubernetes.io/name": "reflector"},
        },
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"env": env}]}}},
    }
    body = json.dumps({"items": [found]}).encode()

    [tool] = deployed(StandIn(200, body)) or ()

    assert (tool.tool, tool.namespace, tool.name, tool.replicas) == (
        "Reflector",
        "tools",
        "mirrors",
        1,
    )
    assert tool.settings == {"ES_Reflector__Watcher__ExcludedNamespaces": "kube-*"}


def test_where_deployments_may_not_be_listed_it_is_not_said_that_none_runs() -> None:
    assert deployed(StandIn(403)) is None
