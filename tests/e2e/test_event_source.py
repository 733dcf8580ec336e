"""The event source, and what ApiServerSource in Reference mode would send in its place.

The shapes are those that Knative Eventing 1.22's own adapter was seen to send.
"""

from __future__ import annotations

from queue import Queue
from typing import TYPE_CHECKING

import pytest

from sandbox.event_source import EventSource, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudevents.core.v1.event import CloudEvent

    from tests.lab.clusters import Workbench
    from tests.servers import Server

SOURCES = Resource("Secret", "secrets", "kn-mirror.dev/role=source")
WITHIN = 20.0  # seconds


class Received:
    """The events that came, in order."""

    def __init__(self) -> None:
        self.queue: Queue[CloudEvent] = Queue()

    def next(self) -> CloudEvent:
        return self.queue.get(timeout=WITHIN)

    def about(self, name: str) -> tuple[str, CloudEvent]:
        """Return the next event about this object, with its verb; the API server makes others."""
        while (found := self.next()).get_extension("name") != name:
            pass
        return found.get_type().rpartition(".")[2], found


@pytest.fixture
def received(server: Server, workbench: Workbench) -> Iterator[Received]:
    """Events of everything, from after `prod/before` was made."""
    workbench.namespace("prod")
    workbench.secret("prod", "before", {"key": "one"})
    events = Received()
    with EventSource(server.admin_kubeconfig, events.queue.put):
        yield events


def test_an_event_names_the_object_and_holds_none(
    received: Received, workbench: Workbench, server: Server
) -> None:
    workbench.secret("prod", "tls", {"key": "password"})

    _, event = received.about("tls")

    assert event.get_type() == "dev.knative.apiserver.ref.add"
    assert event.get_source() == server.url
    assert event.get_subject() == "/apis/v1/namespaces/prod/secrets/tls"
    assert event.get_data() == {
        "kind": "Secret", "namespace": "prod", "name": "tls", "apiVersion": "v1",
    }  # fmt: skip
    names = ("kind", "apiversion", "name", "namespace")
    assert [event.get_extension(name) for name in names] == ["Secret", "v1", "tls", "prod"]


def test_an_event_about_a_namespace_has_no_namespace(
    received: Received, workbench: Workbench
) -> None:
    workbench.namespace("team-new")

    _, event = received.about("team-new")

    assert event.get_extension("namespace") == ""
    assert event.get_subject() == "/apis/v1/namespaces//namespaces/team-new"
    assert event.get_data() == {"kind": "Namespace", "name": "team-new", "apiVersion": "v1"}


def test_every_change_is_an_event_of_its_own(received: Received, workbench: Workbench) -> None:
    workbench.secret("prod", "tls", {"key": "one"})
    workbench.annotate("Secret", "prod", "tls", {"example.com/note": "two"})
    workbench.delete("Secret", "prod", "tls")

    verbs = [received.about("tls") for _ in range(3)]

    assert [verb for verb, _ in verbs] == ["add", "update", "delete"]
    assert len({event.get_id() for _, event in verbs}) == 3


def test_what_was_there_before_is_no_event(received: Received, workbench: Workbench) -> None:
    workbench.annotate("Secret", "prod", "before", {"example.com/note": "now"})

    verb, _ = received.about("before")

    assert verb == "update"


def test_an_object_relabelled_out_of_the_selection_is_told_to_be_deleted(
    server: Server, workbench: Workbench
) -> None:
    workbench.namespace("prod")
    workbench.secret("prod", "tls", {"key": "one"})
    received = Received()

    with EventSource(server.admin_kubeconfig, received.queue.put, (SOURCES,)):
        label = {"metadata": {"labels": {"kn-mirror.dev/role": "source"}}}
        workbench.patch("Secret", "prod", "tls", label)
        workbench.patch("Secret", "prod", "tls", {"metadata": {"labels": None}})

        assert [received.about("tls")[0] for _ in range(2)] == ["add", "delete"]


def test_what_happens_while_it_is_away_is_lost(server: Server, workbench: Workbench) -> None:
    received = Received()
    with EventSource(server.admin_kubeconfig, received.queue.put):
        workbench.namespace("prod")
    workbench.secret("prod", "lost", {"key": "one"})

    with EventSource(server.admin_kubeconfig, received.queue.put):
        workbench.secret("prod", "seen", {"key": "one"})
        received.about("seen")

    assert "lost" not in {event.get_extension("name") for event in received.queue.queue}
