"""What other tools write on an object reaches no mirror unasked; docs/copying.md has the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirroring import names
from mirroring.policies.metadata_filters import MetadataFilter
from mirroring.policies.other_tools import TOOLS, WHOLE_OBJECTS, Tool

PAGE = (Path(__file__).parents[2] / "docs" / "copying.md").read_text()
TABLE = PAGE.partition("## Tools that act")[2]
ROWS = {line for line in TABLE.splitlines() if line.startswith("| ")}

# As they were found on objects in clusters, each by the tool that put it there.
ACTED_UPON = [
    "applyset.kubernetes.io/part-of",
    "argocd.argoproj.io/tracking-id",
    "app.kubernetes.io/instance",
    "cleanup.kyverno.io/ttl",
    "cli-utils.sigs.k8s.io/inventory-id",
    "config.k8s.io/owning-inventory",
    "config.openshift.io/inject-trusted-cabundle",
    "eck.k8s.elastic.co/owner-name",
    "generate.kyverno.io/policy-name",
    "helm.sh/chart",
    "helm.toolkit.fluxcd.io/name",
    "hnc.x-k8s.io/inherited-from",
    "janitor/ttl",
    "kapp.k14s.io/app",
    "kubed.appscode.com/sync",
    "kustomize.toolkit.fluxcd.io/name",
    "meta.helm.sh/release-name",
    "objectset.rio.cattle.io/hash",
    "olm.managed",
    "olm.owner.kind",
    "reconcile.external-secrets.io/created-by",
    "reloader.stakater.com/match",
    "replicator.v1.mittwald.de/replicate-to",
    "resources.gardener.cloud/garbage-collectable-reference",
    "sealedsecrets.bitnami.com/managed",
    "secret.reloader.stakater.com/reload",
    "secrets.hashicorp.com/vso-ownerRefUID",
    "service.beta.openshift.io/inject-cabundle",
    "strimzi.io/cluster",
    "velero.io/restore-name",
]
KEPT_WHOLE = [
    "banzaicloud.com/last-applied",
    "kapp.k14s.io/original",
    "kopf.zalando.org/last-handled-configuration",
    "kubectl.kubernetes.io/last-applied-configuration",
    "metacontroller.k8s.io/last-applied-configuration",
    "objectset.rio.cattle.io/applied",
    "operator.example.com/last-applied",
]
OWN = [names.REFLECTS, names.SOURCE, names.CERTIFICATE, "trust.cert-manager.io/bundle"]


def picked(patterns: str, name: str) -> bool:
    return name in MetadataFilter.parse(patterns).pick({name: "any"})


@pytest.mark.parametrize("name", [*ACTED_UPON, *KEPT_WHOLE, *OWN])
def test_by_a_pattern_nothing_is_copied_that_a_tool_acts_on(name: str) -> None:
    assert not picked(f"*,{name[:-1]}*,{name.partition('/')[0]}/*", name)


@pytest.mark.parametrize("name", ACTED_UPON)
def test_by_its_full_name_it_is_copied(name: str) -> None:
    assert picked(name, name)


@pytest.mark.parametrize("name", [*KEPT_WHOLE, *OWN])
def test_what_holds_a_whole_object_or_makes_a_mirror_something_else_never_is(name: str) -> None:
    assert not picked(f"*,{name}", name)


@pytest.mark.parametrize(
    "name", ["team", "app", "app.kubernetes.io/name", "example.com/strimzi.io"]
)
def test_what_no_tool_acts_on_is_copied_by_a_pattern(name: str) -> None:
    assert picked("*", name)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_page_shows_every_tool(tool: Tool) -> None:
    spelt = ", ".join(f"`{name}`" for name in tool.names)

    assert f"| {tool.name} | {spelt} | {tool.does} |" in ROWS


def test_the_page_shows_no_other_tool_and_what_holds_whole_objects() -> None:
    assert len(ROWS) == len(TOOLS) + 1
    assert ", ".join(f"`{name}`" for name in WHOLE_OBJECTS) in " ".join(PAGE.split())
