"""Who can send events where Knative asks senders for tokens, as docs/install.md says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.changes import TENTH, UNCHANGED, change, make_two_sources, values
from tests.cli.diagnoses import results
from tests.cloud_events import PING
from tests.knative.documents import commands_of
from tests.knative.installations import BROKER, NAMESPACE
from tests.lab.waiting import eventually
from tests.node.strangers import eventing, serving, statuses, stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess

    from tests.lab.clusters import Workbench
    from tests.lab.kubectl import Kubectl
    from tests.node.installations import Installation

    Ask = Callable[[str], CompletedProcess[str]]

WITHIN: Final = 180
BROKERS: Final = f"/apis/eventing.knative.dev/v1/namespaces/{NAMESPACE}/brokers/kn-mirror"


@pytest.fixture(scope="module")
def audience(everything: Installation) -> Iterator[str]:
    """Have Knative ask for tokens, and say for whom those for the Broker are."""
    kubectl, workbench = everything.machine.kubectl, everything.workbench
    follow(kubectl, "Who may send it events: `senders`")

    def found() -> str:
        status = workbench.api.request("GET", BROKERS).body["status"]
        is_known = bool(status.get("policies")) and is_ready(status)
        return status["address"].get("audience", "") if is_known else ""

    there = str(eventually(found, within=WITHIN, pause=0.25))
    eventually(lambda: send_tokens(workbench), within=WITHIN, pause=0.25)
    yield there

    follow(kubectl, "Back from `senders`")
    eventually(lambda: not found() and send_none(workbench), within=WITHIN, pause=0.25)


def follow(kubectl: Kubectl, heading: str) -> None:
    """Do what a section of docs/install.md says, but for what takes a plugin of the network."""
    for command in commands_of(heading):
        if "knative/senders/gateway" not in command:
            kubectl(*command)


def is_ready(status: dict[str, Any]) -> bool:
    conditions = {each["type"]: each["status"] for each in status["conditions"]}
    return bool(conditions["Ready"] == "True")


def send_tokens(workbench: Workbench) -> bool:
    """Whether all adapters have been told for whom their tokens are."""
    return all(each.get("sinkAudience") and is_ready(each) for each in sources(workbench))


def send_none(workbench: Workbench) -> bool:
    """Whether all adapters have been told that nobody asks for tokens any more."""
    return all(not each.get("sinkAudience") and is_ready(each) for each in sources(workbench))


def sources(workbench: Workbench) -> list[dict[str, Any]]:
    listed = workbench.api.request("GET", f"{BROKER.sources}/apiserversources").body["items"]
    return [each["status"] for each in listed]


def test_eventing_takes_events_of_its_own_sources_only_where_it_asks_for_tokens(
    workbench: Workbench, audience: str
) -> None:
    """Functions ask for none: they are reached by the gateway as ever."""
    with stranger(workbench) as outside:
        without = statuses(outside, "has-none", eventing(outside) | serving(outside, PING))
        own = statuses(outside, "has-its-own", eventing(outside), audience=audience)

    assert without == {
        "broker": 401,
        "channel": 401,
        "filter": 401,
        "gateway": 202,
        "activator": 202,
    }
    assert own == {"broker": 403, "channel": 401, "filter": 401}


@pytest.mark.usefixtures("audience")
def test_sync_says_that_the_api_server_has_no_token_for_a_broker(ask: Ask) -> None:
    said = ask("kubectl mirror sync -A --wait")

    assert (said.returncode, said.stdout) == (2, "")
    assert "takes events with tokens only" in said.stderr


@pytest.mark.usefixtures("audience")
def test_rights_by_which_adapters_have_tokens_made_are_not_too_many(ask: Ask) -> None:
    said = ask("kubectl mirror doctor -o json")

    assert "KM942" not in results(json.loads(said.stdout))


@pytest.mark.usefixtures("audience")
def test_changes_are_followed_where_eventing_asks_for_tokens(workbench: Workbench) -> None:
    make_two_sources(workbench)
    eventually(lambda: values(workbench) == UNCHANGED, within=60)
    for number in range(1, 11):
        change(workbench, number)

    eventually(lambda: values(workbench) == TENTH, within=60)
