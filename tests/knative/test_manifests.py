"""The manifests: what holds for every object of every overlay."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from mirroring.settings import Settings
from tests.accounts import RIGHTS_OF_FUNCTIONS
from tests.knative.documents import yaml_of
from tests.knative.manifests import FUNCTIONS, OVERLAYS, WATCHERS, of_kind, policies_of, rendered
from tests.lab import kubectl

PROJECT = Path(__file__).parents[2]
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_is_labelled_as_part_of_kn_mirror(overlay: str) -> None:
    """By the labels that Kubernetes recommends; the version is that of the image."""
    wanted = {
        "app.kubernetes.io/name": "kn-mirror",
        "app.kubernetes.io/part-of": "kn-mirror",
        "app.kubernetes.io/version": VERSION,
    }

    for each in rendered(overlay):
        assert each["metadata"]["labels"].items() >= wanted.items(), each["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_everything_but_the_namespace_says_which_part_it_belongs_to(overlay: str) -> None:
    without = {
        each["kind"]
        for each in rendered(overlay)
        if "app.kubernetes.io/component" not in each["metadata"]["labels"]
    }

    assert without == {"Namespace"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_functions_run_the_image_of_this_version(overlay: str) -> None:
    images = {
        container["image"].partition("@")[0]
        for each in of_kind(overlay, "Service")
        for container in each["spec"]["template"]["spec"]["containers"]
    }

    assert images == {f"ghcr.io/kn-mirror/kn-mirror:{VERSION}"}


def test_an_image_that_was_pushed_is_named_by_its_digest_too(tmp_path: Path) -> None:
    """As `make push` writes it."""
    folder = shutil.copytree(PROJECT / "knative", tmp_path / "knative")
    kustomization = folder / "base" / "kustomization.yaml"
    pushed = yaml.safe_load(kustomization.read_text())
    pushed["images"][0]["digest"] = f"sha256:{'0' * 64}"
    kustomization.write_text(yaml.safe_dump(pushed))

    text = kubectl.run("kustomize", str(folder / "overlays" / "default"))

    assert text.count(f"image: ghcr.io/kn-mirror/kn-mirror:{VERSION}@sha256:{'0' * 64}\n") == 4


def test_the_broker_of_kafka_is_told_where_kafka_is() -> None:
    [broker] = of_kind("kafka", "Broker")
    [configuration] = of_kind("kafka", "ConfigMap")

    named = broker["spec"]["config"]
    assert broker["metadata"]["annotations"] == {"eventing.knative.dev/broker.class": "Kafka"}
    assert named["name"] == configuration["metadata"]["name"]
    # Knative takes it for the Broker's own.
    assert "namespace" not in named
    assert configuration["metadata"]["namespace"] == broker["metadata"]["namespace"]
    assert configuration["data"].keys() == {
        "bootstrap.servers", "default.topic.partitions", "default.topic.replication.factor",
    }  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_event_ever_carries_an_object(overlay: str) -> None:
    assert {each["spec"]["mode"] for each in of_kind(overlay, "ApiServerSource")} == {"Reference"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_namespaces_are_watched_by_a_source_that_namespaces_do_not_restart(overlay: str) -> None:
    [source] = [
        each
        for each in of_kind(overlay, "ApiServerSource")
        if any(resource["kind"] == "Namespace" for resource in each["spec"]["resources"])
    ]

    assert "namespaceSelector" not in source["spec"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_trigger_says_all_of_its_delivery(overlay: str) -> None:
    """What a Trigger does not say of it the Broker's own delivery does not fill in."""
    for trigger in of_kind(overlay, "Trigger"):
        delivery = trigger["spec"]["delivery"]
        assert delivery.keys() == {
            "retry", "backoffPolicy", "backoffDelay", "timeout", "deadLetterSink",
        }  # fmt: skip


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_is_woken_by_some_trigger_or_tick(overlay: str) -> None:
    woken = {each["spec"]["subscriber"]["ref"]["name"] for each in of_kind(overlay, "Trigger")} | {
        each["spec"]["sink"]["ref"]["name"] for each in of_kind(overlay, "PingSource")
    }

    assert woken == {each["metadata"]["name"] for each in of_kind(overlay, "Service")} == FUNCTIONS


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_is_at_zero_private_and_restricted(overlay: str) -> None:
    for service in of_kind(overlay, "Service"):
        template = service["spec"]["template"]
        [container] = template["spec"]["containers"]
        visibility = service["metadata"]["labels"]["networking.knative.dev/visibility"]
        assert visibility == "cluster-local"
        assert template["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] == "0"
        assert template["spec"]["serviceAccountName"] == service["metadata"]["name"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_function_reads_the_keys_of_hashes_where_its_settings_say_and_starts_without(
    overlay: str,
) -> None:
    """F14. Without the Secret a pod would wait for it."""
    mounted = [
        (template["volumes"], template["containers"][0]["volumeMounts"])
        for service in of_kind(overlay, "Service")
        for template in [service["spec"]["template"]["spec"]]
    ]

    secret = {"secretName": "kn-mirror-content-hash", "optional": True}
    volume = {"name": "hash-keys", "secret": secret}
    mount = {"name": "hash-keys", "mountPath": Settings().hash_keys, "readOnly": True}
    assert mounted == [([volume], [mount])] * 4


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_right_is_a_wildcard(overlay: str) -> None:
    for role in [*of_kind(overlay, "ClusterRole"), *of_kind(overlay, "Role")]:
        for rule in role["rules"]:
            assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_functions_have_the_rights_that_the_tests_give_them(overlay: str) -> None:
    """Elsewhere one account stands for all four, with the most that one of them has."""
    rules = {
        each["metadata"]["name"].removeprefix("kn-mirror-"): each["rules"]
        for each in of_kind(overlay, "ClusterRole")
    }
    all_rights = list(RIGHTS_OF_FUNCTIONS)

    assert rules["on-secret-update"] == all_rights
    assert rules["on-delete-cleanup"] == all_rights
    assert rules["on-resync"] == all_rights
    assert rules["on-namespace-create"] == [{**all_rights[0], "verbs": ["get"]}, *all_rights[1:]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_account_has_rights_of_its_own(overlay: str) -> None:
    bindings = [*of_kind(overlay, "ClusterRoleBinding"), *of_kind(overlay, "RoleBinding")]
    bound = {subject["name"]: binding["roleRef"]["name"].removeprefix("kn-mirror-")
             for binding in bindings for subject in binding["subjects"]}  # fmt: skip

    assert bound == {name: name for name in FUNCTIONS | WATCHERS}
    assert bound.keys() == {each["metadata"]["name"] for each in of_kind(overlay, "ServiceAccount")}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_source_watches_what_its_account_may_watch(overlay: str) -> None:
    plurals = {
        "Secret": "secrets",
        "ConfigMap": "configmaps",
        "Namespace": "namespaces",
        "Pod": "pods",
    }
    permitted = {
        each["metadata"]["name"].removeprefix("kn-mirror-"): set(each["rules"][0]["resources"])
        for each in [*of_kind(overlay, "ClusterRole"), *of_kind(overlay, "Role")]
        if each["rules"][0]["verbs"] == ["list", "watch"]
    }

    watched: dict[str, set[str]] = {}
    for source in of_kind(overlay, "ApiServerSource"):
        resources = {plurals[each["kind"]] for each in source["spec"]["resources"]}
        watched.setdefault(source["spec"]["serviceAccountName"], set()).update(resources)

    assert watched == permitted


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_adapter_that_loses_its_watch_ends_so_that_a_resync_follows(overlay: str) -> None:
    fail_fast = {
        each["metadata"]["annotations"][
            "features.knative.dev/apiserversource-skip-permissions-check"
        ]
        for each in of_kind(overlay, "ApiServerSource")
    }

    assert fail_fast == {"true"}


@pytest.mark.parametrize("overlay", sorted({*OVERLAYS} - {"kafka"}))
def test_an_adapter_does_not_wait_for_what_handles_its_events(overlay: str) -> None:
    [broker] = of_kind(overlay, "Broker")

    assert broker["metadata"]["annotations"]["messaging.knative.dev/async-handler"] == "true"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_adapters_pod_that_comes_or_changes_leads_to_a_resync(overlay: str) -> None:
    [trigger] = [each for each in of_kind(overlay, "Trigger")
                 if {"exact": {"kind": "Pod"}} in each["spec"]["filters"]]  # fmt: skip

    assert trigger["spec"]["subscriber"]["ref"]["name"] == "on-resync"
    assert trigger["spec"]["filters"][1] == {
        "any": [
            {"exact": {"type": "dev.knative.apiserver.ref.add"}},
            {"exact": {"type": "dev.knative.apiserver.ref.update"}},
        ]
    }


def test_an_overlay_of_ones_own_gives_the_functions_their_settings(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "knative", tmp_path / "knative")
    own = tmp_path / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(yaml_of("Which overlay"))

    made = list(yaml.safe_load_all(kubectl.run("kustomize", str(own))))

    settings = [each["spec"]["template"]["spec"]["containers"][0]["env"]
                for each in made if each["kind"] == "Service"]  # fmt: skip
    assert len(made) == len(rendered("default"))
    assert settings == [[{"name": "KN_MIRROR_EXCLUDED_TARGET_NAMESPACES", "value": "kube-*"}]] * 4


def test_the_functions_know_the_namespaces_that_guard_reserves() -> None:
    """But for kn-mirror's own, which a variable cannot follow to where it is installed."""
    [policy] = [each for each in of_kind("hardened", "ValidatingAdmissionPolicy")
                if each["metadata"]["name"] == "kn-mirror-guard-mirrors"]  # fmt: skip
    [reserved] = [each["expression"] for each in policy["spec"]["variables"]
                  if each["name"] == "reserved"]  # fmt: skip

    settings = [
        {each["name"]: each["value"] for each in container["env"]}
        for service in of_kind("hardened", "Service")
        if "serving" in service["apiVersion"]
        for container in service["spec"]["template"]["spec"]["containers"]
    ]

    others, _, own = reserved.partition("+")
    named = [each["KN_MIRROR_RESERVED_NAMESPACES"].split(",") for each in settings]
    assert "params.subjects" in own
    assert named == [yaml.safe_load(others)] * len(FUNCTIONS)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_policies_know_each_function_by_its_binding(overlay: str) -> None:
    """Of one that they did not select they would know nothing, and let it write what it likes."""
    selectors = [
        each["spec"]["paramRef"]["selector"]["matchLabels"]
        for each in of_kind(overlay, "ValidatingAdmissionPolicyBinding")
        if "paramRef" in each["spec"]
    ]
    known = {
        subject["name"]
        for each in of_kind(overlay, "ClusterRoleBinding")
        if selectors[0].items() <= each["metadata"]["labels"].items()
        for subject in each["subjects"]
    }

    assert known == FUNCTIONS
    assert all(each == selectors[0] for each in selectors)


@pytest.mark.parametrize("overlay", sorted({*OVERLAYS} - {"drop-in"}))
def test_namespaces_replace_no_adapter_where_the_api_server_can_see_to_it(overlay: str) -> None:
    assert "kn-mirror-steady" in policies_of(overlay)


def test_drop_in_looks_at_everything_at_every_tick() -> None:
    [on_resync] = [
        each
        for each in of_kind("drop-in", "Service")
        if each["metadata"]["name"] == "on-resync" and "serving" in each["apiVersion"]
    ]
    [container] = on_resync["spec"]["template"]["spec"]["containers"]

    assert container["env"] == [{"name": "KN_MIRROR_FULL_RESYNC_INTERVAL", "value": "0"}]


def test_drop_in_asks_for_no_policy_that_older_api_servers_do_not_have() -> None:
    assert of_kind("drop-in", "MutatingAdmissionPolicy") == []
    assert policies_of("drop-in") == [
        "kn-mirror-guard", "kn-mirror-guard-events", "kn-mirror-guard-heirs",
        "kn-mirror-guard-mirrors",
    ]  # fmt: skip


def test_only_labelled_objects_are_watched_where_the_api_server_labels_them() -> None:
    for source in of_kind("default", "ApiServerSource"):
        for resource in source["spec"]["resources"]:
            assert resource["kind"] == "Namespace" or "selector" in resource


def test_every_secret_is_watched_where_nobody_labels_them() -> None:
    watched = [
        resource
        for source in of_kind("drop-in", "ApiServerSource")
        for resource in source["spec"]["resources"]
    ]

    assert {"apiVersion": "v1", "kind": "Secret"} in watched
    assert {"apiVersion": "v1", "kind": "ConfigMap"} in watched


def test_only_knative_and_its_ingress_reach_the_functions_pods_where_that_is_asked_for() -> None:
    """Pods of Knative Services have that label; a policy without a rule lets nobody in."""
    policies = {each["metadata"]["name"]: each["spec"]
                for each in of_kind("hardened", "NetworkPolicy")}  # fmt: skip

    [rule] = policies["knative"].pop("ingress")
    [namespaces] = rule["from"][0]["namespaceSelector"]["matchExpressions"]
    label = {"key": "serving.knative.dev/service", "operator": "Exists"}
    assert policies == {
        "nobody": {"podSelector": {}, "policyTypes": ["Ingress"]},
        "knative": {"podSelector": {"matchExpressions": [label]}, "policyTypes": ["Ingress"]},
    }
    assert len(rule["from"]) == 1
    assert rule["from"][0].keys() == {"namespaceSelector"}
    assert namespaces["key"] == "kubernetes.io/metadata.name"
    assert {"knative-serving", "knative-eventing"} <= set(namespaces["values"])
