"""`kubectl mirror doctor`: each thing that can be wrong is found, and said with what mends it."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from kubectl_mirror.checking.catalogue import CHECKS
from kubectl_mirror.checking.checks import Check, Result, examined
from kubectl_mirror.checking.subjects import right_to_read
from kubectl_mirror.commands import waiting
from kubectl_mirror.showing.diagnoses import diagnosis_lines
from mirroring import names
from tests.cli.conftest import HELD
from tests.cli.diagnoses import findings, results
from tests.cli.worlds import adapter, deployment, in_front, lease, unready, well
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.cli.worlds import World
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

KEYS: Final = "kn-mirror-content-hash"
SERVICES: Final = "/apis/serving.knative.dev/v1/namespaces/kn-mirror/services"


@pytest.fixture
def server(sandbox_server: Server) -> Server:
    """What a sandbox does not know of is told by a world in front of it."""
    return sandbox_server


@pytest.fixture
def world(workbench: Workbench, teams: list[str], monkeypatch: pytest.MonkeyPatch) -> World:
    """kn-mirror, installed and well."""
    assert teams
    workbench.namespace("kn-mirror")
    workbench.secret("kn-mirror", KEYS, {"2026-11-26": HELD})
    found = well()
    in_front(found, monkeypatch)
    return found


@pytest.mark.usefixtures("world")
def test_what_is_well_is_said_to_be(mirror: Mirror) -> None:
    said = mirror("doctor")

    assert said.out.endswith("It is well.\n")
    assert said.out.count("√") == len(CHECKS)
    assert said.code == 0


class Harm(NamedTuple):
    """Something that goes wrong.

    Args:
        code: of the check that finds it.
        act: lets it.
        result: how bad it is.
        because: words of what is said.
        mend: words of what mends it.
    """

    code: str
    act: Callable[[World], object]
    result: str
    because: str
    mend: str


def forget(kind: str, name: str = "") -> Callable[[World], object]:
    return lambda world: world.remove(kind, name)


def unserved(*kinds: str) -> Callable[[World], object]:
    return lambda world: world.served.difference_update(kinds)


def not_ready(kind: str, name: str, message: str = "no way") -> Callable[[World], object]:
    return lambda world: unready(world.of(kind, name), "Why", message)


def set_to(path: str, value: Any, kind: str, name: str = "") -> Callable[[World], object]:
    """Set what is at a path of an object."""

    def act(world: World) -> None:
        found: Any = world.of(kind, name)
        parts = path.split("/")
        for part in parts[:-1]:
            found = found[int(part)] if part.isdigit() else found.setdefault(part, {})
        found[parts[-1]] = value

    return act


def resynced(ago: timedelta, **annotations: str) -> Callable[[World], object]:
    def act(world: World) -> None:
        world.remove("Lease")
        world.objects.append(lease(datetime.now(UTC) - ago, **annotations))

    return act


def bound_to_more(world: World) -> None:
    subject = {"kind": "ServiceAccount", "namespace": "kn-mirror", "name": "on-resync"}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]
    world.objects += [
        {"kind": "ClusterRole", "metadata": {"name": "more"}, "rules": rules},
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "more"},
            "roleRef": {"kind": "ClusterRole", "name": "more"},
            "subjects": [subject],
        },
    ]


def bound_by_knative(world: World, *, account: str = "mirrors-oidc") -> None:
    """Let adapters have tokens made of an account, as Eventing does where senders need tokens."""
    source = world.of("ApiServerSource", "mirrors")
    source["status"]["auth"] = {"serviceAccountName": "mirrors-oidc"}
    named = {"name": "mirrors-create-oidc-token", "namespace": "kn-mirror"}
    rule = {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}
    watcher = {"kind": "ServiceAccount", "namespace": "kn-mirror", "name": "watch-objects"}
    world.objects += [
        {"kind": "Role", "metadata": named, "rules": [rule | {"resourceNames": [account]}]},
        {
            "kind": "RoleBinding",
            "metadata": named,
            "roleRef": {"kind": "Role", "name": named["name"]},
            "subjects": [watcher],
        },
    ]


def bound_to_tokens_of_a_function(world: World) -> None:
    bound_by_knative(world, account="on-resync")


def adapters_told(names: str) -> Callable[[World], object]:
    def act(world: World) -> None:
        world.remove("Deployment", "apiserversource-mirrors")
        world.objects.append(adapter(names))

    return act


WARNINGS: Final = [{"fieldRef": "spec.validations[0].expression", "warning": "undefined: what"}]
MINUTES: Final = timedelta(minutes=1)
UNTRIED: Final = ("metadata/labels", {"app.kubernetes.io/version": "1.20.1"})
VERSION: Final = ("metadata/labels", {"app.kubernetes.io/version": "0.0.9"})
CONTAINER: Final = "spec/template/spec/containers/0/"

HARMS: Final = (
    Harm("KM901", lambda world: setattr(world, "version", "v1.29.4+k3s1"), "error", "1.29.4", "Up"),
    Harm("KM902", unserved("ValidatingAdmissionPolicy"), "error", "does not serve", "1.30"),
    Harm("KM911", unserved("Service"), "error", "services.serving.knative.dev", "Install Knative"),
    Harm("KM912", unserved("Trigger"), "error", "triggers", "Install Knative Eventing"),
    Harm("KM913", forget("Deployment", "controller"), "error", "knative-serving/controller", "In"),
    Harm(
        "KM913",
        set_to("status", {}, "Deployment", "activator"),
        "error",
        "No pod of Deployment knative-serving/activator",
        "kubectl describe deployment activator",
    ),
    Harm("KM913", set_to(*UNTRIED, "Deployment", "controller"), "warning", "1.20.1", "Upgrade"),
    Harm("KM914", forget("Deployment", "mt-broker-ingress"), "error", "mt-broker-ingress", "Inst"),
    Harm("KM915", lambda world: world.settings.clear(), "warning", "auto", "kubectl patch"),
    Harm("KM920", lambda world: world.objects.clear(), "error", "No part", "kubectl apply -k"),
    Harm("KM921", forget("Trigger", "mirror-edited"), "error", "trigger kn-mirror/mirror", "Apply"),
    Harm(
        "KM922",
        not_ready("Service", "on-resync", "Unable to fetch image ghcr.io/kn-mirror: 401"),
        "error",
        "Knative asks ghcr.io for its digest first",
        "dev.local",
    ),
    Harm("KM923", not_ready("Service", "on-resync"), "error", "Why: no way", "describe ksvc on-r"),
    Harm(
        "KM924",
        not_ready("Trigger", "source-written"),
        "error",
        "trigger kn-mirror",
        "describe trig",
    ),
    Harm(
        "KM924",
        not_ready("Broker", "kn-mirror"),
        "error",
        "broker kn-mirror/kn-mirror",
        "describe b",
    ),
    Harm("KM925", not_ready("PingSource", "resync"), "error", "Why: no way", "describe pingsource"),
    Harm(
        "KM925",
        set_to("metadata/generation", 2, "ApiServerSource", "mirrors"),
        "error",
        "not looked at yet",
        "describe apiserversource mirrors",
    ),
    Harm("KM926", set_to(*VERSION, "Trigger", "source-written"), "error", "0.0.9", "Apply one"),
    Harm(
        "KM927",
        set_to(f"{CONTAINER}env", [{"name": "KN_MIRROR_KINDS", "value": "pods"}], "Service"),
        "error",
        "KN_MIRROR_KINDS is 'pods'",
        "Correct it",
    ),
    Harm("KM931", forget("ValidatingAdmissionPolicy"), "error", "more than mirrors", "Apply"),
    Harm(
        "KM931",
        forget("MutatingAdmissionPolicy", "kn-mirror-steady"),
        "warning",
        "whenever a namespace comes or goes",
        "Apply",
    ),
    Harm("KM932", forget("MutatingAdmissionPolicyBinding"), "error", "bound nowhere", "Apply"),
    Harm(
        "KM932",
        set_to("spec/validationActions", ["Audit"], "ValidatingAdmissionPolicyBinding"),
        "error",
        "denies nothing",
        "Apply",
    ),
    Harm(
        "KM933",
        set_to(
            "status",
            {"typeChecking": {"expressionWarnings": WARNINGS}},
            "ValidatingAdmissionPolicy",
        ),
        "warning",
        "undefined: what",
        "unaltered",
    ),
    Harm(
        "KM941",
        forget("ClusterRoleBinding", "kn-mirror-watch-namespaces"),
        "error",
        "watch-namespaces may not list namespaces in all namespaces, watch namespaces",
        "Apply",
    ),
    Harm("KM942", bound_to_more, "warning", "may * pods in all namespaces", "clusterrolebinding m"),
    Harm(
        "KM942",
        bound_to_tokens_of_a_function,
        "warning",
        "create serviceaccounts/token on-resync in namespace kn-mirror",
        "rolebinding mirrors-create-oidc-token -n kn-mirror",
    ),
    Harm(
        "KM943",
        set_to("metadata/labels", {}, "ClusterRoleBinding", "kn-mirror-on-resync"),
        "error",
        "policy guard does not know",
        "kubectl label clusterrolebinding kn-mirror-on-resync",
    ),
    Harm("KM951", adapters_told("x" * 131_072), "error", "starts any more", "steady"),
    Harm("KM951", adapters_told("x" * 120_000), "warning", "from 131,072 on", "steady"),
    Harm("KM952", forget("Lease"), "error", "has not looked at anything yet", "ksvc on-resync"),
    Harm("KM952", resynced(40 * MINUTES), "error", "40m0s ago", "sync -A --wait"),
    Harm("KM952", resynced(MINUTES, **{names.DIFFERENCES: "3"}), "warning", "3 diff", "every tick"),
    Harm(
        "KM971",
        lambda world: world.objects.append(
            deployment("reflector", "reflector", "emberstack/kubernetes-reflector:10")
        ),
        "warning",
        "Reflector runs",
        "scale deployment reflector --replicas=0",
    ),
)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: f"{harm.code}-{harm.because}")
def test_what_is_wrong_is_found_and_said_with_what_mends_it(
    mirror: Mirror, world: World, harm: Harm
) -> None:
    harm.act(world)

    said = mirror("doctor", "-o", "json")

    [found] = findings(said.document, harm.code)
    assert results(said.document)[harm.code] == harm.result
    assert harm.because in found["because"]
    assert harm.mend in found["mend"]
    assert said.code == (1 if "error" in results(said.document).values() else 0)
    assert said.document["success"] is (said.code == 0)


def test_adapters_may_have_tokens_made_of_the_accounts_that_knative_made_for_them(
    mirror: Mirror, world: World
) -> None:
    bound_by_knative(world)

    assert mirror("doctor").out.endswith("It is well.\n")


def belonging_to_others(world: World, name: str) -> dict[str, Any]:
    """Add a Trigger that is not ready, and which kn-mirror's manifests do not have."""
    found: dict[str, Any] = deepcopy(world.of("Trigger"))
    found["metadata"] |= {"name": name, "labels": {}}
    unready(found, "Why", "no way")
    world.objects.append(found)
    return found


def test_triggers_that_others_have_on_its_broker_are_no_parts_of_it(
    mirror: Mirror, world: World
) -> None:
    belonging_to_others(world, "tell-our-chat")

    assert mirror("doctor").out.endswith("It is well.\n")


def test_a_part_that_another_version_had_is_found(mirror: Mirror, world: World) -> None:
    left = belonging_to_others(world, "of-old")
    left["metadata"]["labels"] = {
        "app.kubernetes.io/part-of": "kn-mirror",
        "app.kubernetes.io/version": "0.0.9",
    }

    said = mirror("doctor", "-o", "json")

    assert results(said.document) == {"KM924": "error", "KM926": "error"}
    assert "0.0.9: trigger of-old" in findings(said.document, "KM926")[0]["because"]


def test_hashes_that_nothing_signs_are_found(
    mirror: Mirror, world: World, workbench: Workbench
) -> None:
    assert world
    workbench.delete("Secret", "kn-mirror", KEYS)

    said = mirror("doctor", "-o", "json")

    assert (said.code, results(said.document)) == (0, {"KM928": "warning"})
    assert "openssl rand" in findings(said.document, "KM928")[0]["mend"]


def test_what_was_annotated_and_is_not_labelled_is_found(
    mirror: Mirror, world: World, workbench: Workbench
) -> None:
    assert world
    workbench.secret("prod", "tls", {"key": HELD}, annotations=PERMISSION)
    workbench.config_map("shop", "pulled", {}, annotations={names.REFLECTS: "prod/other"})

    said = mirror("doctor", "-o", "json")

    [found] = findings(said.document, "KM961")
    assert "Secret prod/tls, ConfigMap shop/pulled" in found["because"]


def test_an_owners_mistakes_are_found(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    assert world
    broken = PERMISSION | {names.AUTO_NAMESPACES: "dev,sh(op"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=broken)
    workbench.secret("prod", "other", {"key": HELD}, annotations={"kn-mirror.dev/keyz": "a"})
    handler.resync()

    said = mirror("doctor", "-o", "json")

    assert results(said.document) == {"KM962": "warning", "KM963": "warning"}
    assert "'sh(op' is not a regular expression" in findings(said.document, "KM962")[0]["because"]
    assert "kn-mirror.dev/keys" in findings(said.document, "KM963")[0]["because"]


def test_mirrors_that_kn_mirror_has_to_make_are_an_error_and_what_is_in_its_way_is_none(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    assert world
    everywhere = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=everywhere)
    workbench.secret("shop", "tls", {"key": HELD})
    handler.resync()

    blocked = mirror("doctor", "-o", "json")
    workbench.delete("Secret", "dev", "tls")
    missing = mirror("doctor", "-o", "json")

    assert (blocked.code, results(blocked.document)) == (0, {"KM964": "warning"})
    assert (missing.code, results(missing.document)) == (1, {"KM964": "error"})
    assert [each["because"] for each in findings(missing.document, "KM964")] == [
        "Mirrors are not in sync, 1 missing: Secret dev/tls.",
        "Mirrors are not in sync, 1 blocked: Secret shop/tls.",
    ]


def test_overlay_drop_in_is_well_without_what_the_api_server_cannot_do(
    mirror: Mirror, world: World
) -> None:
    other = well("drop-in")
    world.objects[:] = other.objects
    world.served -= {"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}

    said = mirror("doctor", "-o", "json")

    assert (said.code, results(said.document)) == (0, {})


def test_before_it_is_installed_only_what_it_needs_is_asked(mirror: Mirror, world: World) -> None:
    world.objects[:] = [each for each in world.objects if each["kind"] == "Deployment"]

    said = mirror("doctor", "--pre", "-o", "json")

    assert (said.code, results(said.document)) == (0, {})
    asked = {name["name"] for name in said.document["categories"]}
    assert asked == {"API server", "Knative", "Events and resyncs", "Other tools"}


def test_what_may_not_be_seen_is_unknown_with_the_right_that_would_show_it(
    mirror: Mirror, world: World
) -> None:
    world.hidden.add("/apis/rbac.authorization.k8s.io/")

    said = mirror("doctor", "-o", "json")

    assert said.code == 2
    assert said.document["success"] is False
    assert results(said.document) == {"KM941": "unknown", "KM942": "unknown", "KM943": "unknown"}
    assert findings(said.document, "KM943")[0]["because"] == (
        "You may not list clusterrolebindings.rbac.authorization.k8s.io of the whole cluster."
    )


def test_what_many_rights_are_missing_for_is_summed_up(mirror: Mirror, world: World) -> None:
    world.hidden.add("/apis/")

    brief, whole = mirror("doctor"), mirror("doctor", "-o", "wide")

    denied = whole.out.count("Ask as somebody who may")
    assert denied > 3
    assert (
        "\nWhat your rights do not show\n"
        f"? {denied} checks take an administrator's rights\n"
        "    → Have an administrator ask. -o wide says of each check which right it takes.\n"
    ) in brief.out
    assert "You may not" not in brief.out
    assert "What your rights do not show" not in whole.out
    assert brief.out.splitlines()[-1] == whole.out.splitlines()[-1]
    assert (brief.code, whole.code) == (2, 2)


def test_what_few_rights_are_missing_for_is_said_of_each_check(
    mirror: Mirror, world: World
) -> None:
    world.hidden.add("/apis/rbac.authorization.k8s.io/")

    said = mirror("doctor")

    assert "Its rights\n" not in said.out
    assert said.out.count("You may not list clusterrole") == 3
    assert said.out.index("Other tools\n") < said.out.index("\nWhat your rights do not show\n? KM")


def test_an_error_counts_for_more_than_what_may_not_be_seen(mirror: Mirror, world: World) -> None:
    world.hidden.add("/apis/rbac.authorization.k8s.io/")
    world.remove("Trigger", "source-written")

    assert mirror("doctor").code == 1


def test_a_check_that_fails_fails_alone(world: World) -> None:
    def divide(_: object) -> list[Any]:
        return [1 // 0]

    checks = [Check("A", "a", "is", divide), Check("B", "a", "is", lambda _: [])]

    failed, other = examined(checks, world)  # type: ignore[arg-type]

    assert failed.result is Result.UNKNOWN
    assert "ZeroDivisionError" in failed.findings[0].because
    assert other.result is Result.OK


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name"])
def test_the_exit_code_is_the_same_however_it_is_shown(
    mirror: Mirror, world: World, output: str
) -> None:
    before = mirror("doctor", "-o", output).code
    world.remove("Trigger", "source-written")

    said = mirror("doctor", "-o", output)

    assert (before, said.code) == (0, 1)
    assert "KM921" in said.out


def test_people_read_of_each_check_as_soon_as_it_was_looked_at() -> None:
    begun: list[str] = []
    checks = [Check(code, "a", "is", lambda _: [], before=True) for code in ("A", "B")]

    lines = diagnosis_lines(
        examined(checks, None, lambda each: begun.append(each.code))  # type: ignore[arg-type]
    )

    assert [next(lines), next(lines)] == ["\x1b[1ma\x1b[0m", "\x1b[32m√\x1b[0m A is"]
    assert begun == ["A"]
    assert [*lines][-1].endswith("It is well.\x1b[0m")


def test_people_read_what_is_wrong_what_mends_it_and_where_more_is_said(
    mirror: Mirror, world: World
) -> None:
    unready(world.of("Broker"), "NoChannel", "the channel is not there")

    said = mirror("doctor")

    assert (
        "✗ KM924 its Broker and Triggers are ready\n"
        "    broker kn-mirror/kn-mirror is not ready: NoChannel: the channel is not there.\n"
        "    → kubectl describe broker kn-mirror -n kn-mirror\n"
        "    see docs/codes.md#km924\n"
    ) in said.out
    assert said.out.endswith("\nIt is not well: 1 error.\n")


def test_it_waits_until_nothing_is_wrong(
    mirror: Mirror, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = world.of("Broker")["status"]["conditions"]
    unready(world.of("Broker"), "Soon", "it is being made")

    def mend(_: float) -> None:
        world.of("Broker")["status"]["conditions"] = ready

    monkeypatch.setattr(waiting, "sleep", mend)

    assert mirror("doctor", "--wait").code == 0


def test_where_waiting_runs_out_of_time_that_is_another_exit_code(
    mirror: Mirror, world: World
) -> None:
    unready(world.of("Broker"), "Soon", "it is being made")

    said = mirror("doctor", "--wait", "--timeout=0s")

    assert said.code == 124
    assert "it is being made" in said.out


def test_what_may_not_be_seen_is_not_waited_for(
    mirror: Mirror, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hidden.add(SERVICES)
    monkeypatch.setattr(waiting, "sleep", lambda _: pytest.fail("it waits"))

    assert mirror("doctor", "--wait").code == 2


@pytest.mark.parametrize("text", ["soon", "5 minutes", "-1s", ""])
def test_what_is_no_time_is_an_error(mirror: Mirror, text: str) -> None:
    said = mirror("doctor", "--wait", f"--timeout={text}")

    assert said.code == 2
    assert "is no time" in said.err


def test_where_nothing_is_installed_it_says_so_once(mirror: Mirror, teams: list[str]) -> None:
    assert teams

    said = mirror("doctor", "-o", "name")

    assert said.code == 1
    assert "KM920" in said.out.split()
    assert not {"KM921", "KM931", "KM941", "KM952", "KM964"} & {*said.out.split()}


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/api/v1/namespaces/a/pods", "list pods in namespace a"),
        ("/api/v1/namespaces", "list namespaces of the whole cluster"),
        ("/apis/apps/v1/namespaces/a/deployments/b", "get deployments.apps b in namespace a"),
        ("/apis/apps/v1/deployments", "list deployments.apps of the whole cluster"),
    ],
)
def test_a_right_is_named_as_rbac_names_it(path: str, right: str) -> None:
    assert right_to_read(path) == right


def test_each_check_is_tried() -> None:
    elsewhere = {"KM928", "KM961", "KM962", "KM963", "KM964"}

    assert {harm.code for harm in HARMS} | elsewhere == {check.code for check in CHECKS}
