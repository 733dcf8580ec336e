"""Who may send events, where that is asked for: the manifests of `knative/senders`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.knative.manifests import of_kind
from tests.lab import kubectl
from tests.lab.programs.catalogue import KOURIER, SERVING

if TYPE_CHECKING:
    from tests.lab.kubectl import Kubectl

SENDERS: Final = Path(__file__).parents[2] / "knative" / "senders"
ONLY_KNATIVE: Final = {"knative-serving", "knative-eventing", "kourier-system"}


def rendered(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(kubectl.run("kustomize", str(SENDERS / name))))


def test_the_broker_takes_events_of_each_of_the_sources_that_send_it_some() -> None:
    [policy] = rendered("broker")

    assert [each["ref"]["name"] for each in policy["spec"]["to"]] == ["kn-mirror"]
    assert {each["ref"]["name"] for each in policy["spec"]["from"]} == {
        each["metadata"]["name"] for each in of_kind("default", "ApiServerSource")
    }


@pytest.mark.controlplane
@pytest.mark.usefixtures("knative_plane")
def test_the_api_server_takes_the_brokers_policy(kubectl: Kubectl) -> None:
    """It refuses what Knative's own schema does not know."""
    kubectl("create", "namespace", "kn-mirror")
    try:
        applied = kubectl("apply", "--validate=strict", "-k", str(SENDERS / "broker"))
    finally:
        kubectl("delete", "namespace", "kn-mirror")

    assert applied == "eventpolicy.eventing.knative.dev/sources created\n"


@pytest.mark.controlplane
@pytest.mark.parametrize("namespace", ["kourier-system", "knative-serving"])
def test_every_port_is_for_anybody_or_for_knative(namespace: str) -> None:
    """Those of Knative's own manifest: what is visible in the cluster only, is for Knative."""
    file = {
        "kourier-system": lambda: KOURIER.folder() / "config" / "300-gateway.yaml",
        "knative-serving": lambda: SERVING.folder() / "config/core/deployments/activator.yaml",
    }[namespace]()
    [policy] = [each for each in rendered("gateway") if each["metadata"]["namespace"] == namespace]
    [deployment] = [
        each for each in yaml.safe_load_all(file.read_text()) if each["kind"] == "Deployment"
    ]
    template = deployment["spec"]["template"]
    [container] = template["spec"]["containers"]
    anybody, knative = policy["spec"]["ingress"]
    allowed = {each["port"] for rule in (anybody, knative) for each in rule["ports"]}
    [names] = knative["from"][0]["namespaceSelector"]["matchExpressions"]

    assert policy["spec"]["podSelector"]["matchLabels"].items() <= (
        template["metadata"]["labels"].items()
    )
    assert {each["containerPort"] for each in container["ports"]} <= allowed
    assert "from" not in anybody
    assert set(names["values"]) <= ONLY_KNATIVE
    assert not {"http2-internal", "http1", "h2c"} & {
        each["name"]
        for each in container["ports"]
        if each["containerPort"] in {rule["port"] for rule in anybody["ports"]}
    }
