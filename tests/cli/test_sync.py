"""`kubectl mirror sync`: which event it sends, by which way, and what it shows came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from kubectl_mirror.access.transports import EventsOnly
from kubectl_mirror.asking import wakings
from kubectl_mirror.commands import sync as command
from kubectl_mirror.commands import waiting
from mirroring import names
from mirroring.objects.events import ObjectEvent
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.serving.cloud_events import read_events
from tests.cli.conftest import HELD
from tests.cli.worlds import in_front, well
from tests.stand_ins import StandIn
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.cli.conftest import Said
    from tests.cli.worlds import Sent, World
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]

EVERYWHERE: Final = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop"}
PROXY: Final = "/api/v1/namespaces/knative-eventing/services/http:broker-ingress:80/proxy"


@pytest.fixture
def world(
    workbench: Workbench, teams: list[str], handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> World:
    """kn-mirror, which handles what it is sent at once, and a source that it has not seen."""
    assert teams
    workbench.namespace("kn-mirror")
    found = well()
    found.remove("Lease")
    found.on_sent = lambda sent: handle(handler, sent)
    in_front(found, monkeypatch)
    monkeypatch.setattr(command, "_PATIENCE", 0.0)
    workbench.secret("prod", "tls", {"key": HELD}, annotations=EVERYWHERE)
    return found


def handle(handler: Handler, sent: Sent) -> None:
    """Do what the function does whose Trigger takes the event."""
    kind = sent.headers["ce-kind"]
    assert sent.headers["ce-type"] == "dev.knative.apiserver.ref.update"
    if sent.headers.get("ce-mirrorrole") == "source":
        handler.reconcile(sent.headers["ce-namespace"], sent.headers["ce-name"], kind)
    elif kind == "Namespace":
        handler.reconcile_namespace(sent.headers["ce-name"])
    elif kind == "Pod":
        handler.resync()


def test_everything_is_resynced_by_the_event_that_an_adapters_pod_leads_to(
    mirror: Mirror, world: World
) -> None:
    said = mirror("sync", "-A")

    assert said.code == 0
    [[*state, renewed, _]] = said.cells
    assert state == ["prod", "secret/tls", "2/2", "in sync"]
    assert renewed != "-"
    assert [each.path for each in world.sent] == [f"{PROXY}/kn-mirror/kn-mirror"]


def test_a_source_is_followed_and_no_other(
    mirror: Mirror, world: World, workbench: Workbench
) -> None:
    workbench.config_map("prod", "other", {"a": "b"}, annotations=EVERYWHERE)

    said = mirror("sync", "prod/tls")

    assert said.code == 0
    assert workbench.data("dev", "tls") == {"key": HELD}
    assert workbench.get("ConfigMap", "dev", "other") is None
    assert [each.body["kind"] for each in world.sent] == ["Secret"]


def test_a_namespace_gets_its_mirrors(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    handler.resync()
    workbench.delete("Secret", "shop", "tls")

    said = mirror("sync", "-n", "shop")

    assert said.code == 0
    assert workbench.data("shop", "tls") == {"key": HELD}
    assert [each.headers["ce-kind"] for each in world.sent] == ["Namespace"]


def test_what_is_left_of_a_source_that_went_is_taken_away(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    handler.resync()
    workbench.delete("Secret", "prod", "tls")

    mirror("sync", "secret/prod/tls")

    assert len(world.sent) == 1
    assert workbench.get("Secret", "dev", "tls") is None


def test_what_does_not_come_to_be_in_sync_is_waited_for_and_told_by_the_exit_code(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    handler.resync()
    workbench.delete("Secret", "dev", "tls")
    world.on_sent = lambda _: None

    assert mirror("sync", "-A").code == 1
    assert mirror("sync", "-A", "--wait", "--timeout=0").code == 124


def test_what_has_not_come_when_time_is_out_is_named(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    handler.resync()
    workbench.delete("Secret", "dev", "tls")
    world.on_sent = lambda _: None

    left = mirror("sync", "prod/tls", "--wait", "--timeout=0")
    handler.resync()
    resync = mirror("sync", "-A", "--wait", "--timeout=0")

    assert left.err == "After 0 s still not in sync: 1 missing: Secret dev/tls.\n"
    assert resync.err == "After 0 s the resync that was asked for has not ended.\n"
    assert (left.code, resync.code) == (124, 124)


@pytest.mark.parametrize("asked", [["-A"], ["prod/tls"], ["-n", "prod"]], ids=" ".join)
def test_nobody_waits_for_what_does_not_come_by_waiting(
    mirror: Mirror,
    world: World,
    workbench: Workbench,
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
) -> None:
    assert world.sent == []
    workbench.secret("dev", "tls", {"key": "own"})
    monkeypatch.setattr(waiting, "sleep", lambda _: pytest.fail("it waits"))

    said = mirror("sync", *asked, "--wait")

    assert said.code == 1
    assert said.err == "What is left does not come by waiting: 1 blocked: Secret dev/tls.\n"


def test_nobody_waits_for_a_pull_mirror_that_is_refused_nor_for_an_owner_to_correct(
    mirror: Mirror, world: World, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.sent == []
    half = PERMISSION | {names.AUTO_NAMESPACES: "dev", names.ALLOWED_NAMESPACES: "dev,sh(op"}
    workbench.config_map("prod", "half", {"a": "b"}, annotations=half)
    workbench.secret("stage", "pulled", {}, annotations={names.REFLECTS: "prod/nothing"})
    monkeypatch.setattr(waiting, "sleep", lambda _: pytest.fail("it waits"))

    said = mirror("sync", "-A", "--wait")

    assert said.code == 1
    assert "1 to correct" in said.out
    assert "1 refused: Secret stage/pulled." in said.err


def test_what_only_a_resync_settles_it_is_asked_to(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    """Where an annotation that changes no mirror was written, a source's own event tells nobody."""
    handler.resync()
    workbench.patch("Secret", "prod", "tls", {"metadata": {"annotations": {"note": "x"}}})

    before = mirror("sync", "prod/tls")
    said = mirror("sync", "prod/tls", "--wait")

    assert "2 pending" in before.out
    assert (before.code, said.code) == (1, 0)
    assert [each.body["kind"] for each in world.sent] == ["Secret", "Secret", "Pod"]


def test_what_the_sources_own_function_does_needs_no_resync(
    mirror: Mirror, world: World, workbench: Workbench, handler: Handler
) -> None:
    handler.resync()
    workbench.delete("Secret", "dev", "tls")

    assert mirror("sync", "prod/tls", "--wait").code == 0
    assert [each.body["kind"] for each in world.sent] == ["Secret"]


def test_to_a_namespace_that_is_not_there_nothing_is_sent(mirror: Mirror, world: World) -> None:
    said = mirror("sync", "-n", "nowhere")

    assert (said.code, said.err) == (2, "error: There is no namespace nowhere.\n")
    assert world.sent == []


def test_a_resync_is_waited_for_until_it_has_ended_whatever_was_in_sync_before(
    mirror: Mirror, world: World, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler.resync()
    world.on_sent = lambda _: None
    resyncs: list[object] = []
    monkeypatch.setattr(waiting, "sleep", lambda _: resyncs.append(handler.resync()))

    said = mirror("sync", "-A", "--wait")

    assert said.code == 0
    assert len(resyncs) == 1


def test_what_is_no_source_is_an_error_and_nothing_is_sent(mirror: Mirror, world: World) -> None:
    said = mirror("sync", "prod/nothing")

    assert said.code == 2
    assert "error: prod/nothing: there is no such source" in said.err
    assert world.sent == []


def without_broker(world: World) -> None:
    world.remove("Broker")


def without_address(world: World) -> None:
    del world.of("Broker")["status"]["address"]


def elsewhere(world: World) -> None:
    world.of("Broker")["status"]["address"]["url"] = "http://broker.example.com/a/b"


def hidden(world: World) -> None:
    world.hidden.add("/apis/eventing.knative.dev/")


def answering(status: int) -> Callable[[World], None]:
    return lambda world: setattr(world, "answer", status)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (without_broker, "There is no Broker kn-mirror/kn-mirror"),
        (without_address, "has no address. kubectl mirror doctor says what is wrong"),
        (elsewhere, "which the API server cannot reach"),
        (hidden, "you may not get brokers.eventing.knative.dev in namespace kn-mirror"),
        (hidden, "the right to create services/proxy, too. Have an administrator send it"),
        (answering(403), "you may not create services/proxy in namespace knative-eventing"),
        (answering(401), "takes events with tokens only"),
        (answering(404), "Broker kn-mirror/kn-mirror did not take the event: HTTP 404"),
    ],
)
def test_what_keeps_an_event_from_the_broker_is_said_with_the_remedy(
    mirror: Mirror, world: World, harm: Callable[[World], None], said: str
) -> None:
    harm(world)

    found = mirror("sync", "-A")

    assert found.code == 2
    assert said in found.err
    assert found.err.count("error: ") == 1
    assert found.out == ""


def test_the_broker_is_found_where_its_class_has_its_ingress(mirror: Mirror, world: World) -> None:
    url = "https://kafka-broker-ingress.kafka-eventing.svc.cluster.local:8443/kn-mirror/kn-mirror"
    world.of("Broker")["status"]["address"]["url"] = url

    mirror("sync", "-A")

    [sent] = world.sent
    assert sent.path == (
        "/api/v1/namespaces/kafka-eventing/services/https:kafka-broker-ingress:8443"
        "/proxy/kn-mirror/kn-mirror"
    )


def test_functions_read_of_an_event_what_it_is_about() -> None:
    def about(waking: wakings.Waking) -> Ref | None:
        headers: Mapping[str, str] = waking.headers
        [event] = read_events(headers, waking.body)
        return event.object if isinstance(event, ObjectEvent) else None

    assert about(wakings.of_source(Ref(SECRET, "a", "b"))) == Ref(SECRET, "a", "b")
    assert about(wakings.of_source(Ref(CONFIG_MAP, "a", "b"))) == Ref(CONFIG_MAP, "a", "b")
    assert about(wakings.of_namespace("a")) == Ref.parse("Namespace", "", "a")
    assert about(wakings.of_everything("kn-mirror")) is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/prod/secrets",
        "/api/v1/namespaces/prod/services/http:any:80/proxy/a/b",
        f"{PROXY}/a/b/c",
        f"{PROXY}/../../../secrets",
        f"{PROXY}/a/b?dryRun=All",
    ],
)
def test_by_the_way_of_events_nothing_else_can_be_written(path: str) -> None:
    with pytest.raises(PermissionError):
        EventsOnly(StandIn(), {}).send(path, {}, b"")
