"""What becomes of events that functions receive, without a cluster."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from mirroring import SECRET, Event, Mirroring, function
from mirroring.cluster.connections import Connection
from mirroring.codes import Code
from mirroring.errors import MirroringError, SettingError, Unavailable
from mirroring.objects.globs import Globs
from mirroring.objects.references import Ref
from mirroring.reporting.reports import Action, Outcome
from mirroring.serving.apps import create_app
from mirroring.settings import Settings
from tests.audit_lines import read_audit
from tests.cloud_events import PING, SECRET_CHANGED, Request, about, attributes, batch
from tests.stand_ins import OneByOne, StandIn
from tests.unit.served import NO_SUCH_THING, client, note_any, post

if TYPE_CHECKING:
    from mirroring.serving.apps import Function
    from tests.unit.served import Audit


@function("on-gathering-test", gathers=True)
def resync(_event: Event, mirroring: Mirroring) -> None:
    """Do as on-resync does."""
    mirroring.resync()


def failing_with(error: Exception) -> Function[Event]:
    """Make a function that has an outcome to tell of before it fails."""

    @function("on-failing")
    def fail(_event: Event, mirroring: Mirroring) -> None:
        ref = Ref(SECRET, "dev", "tls")
        mirroring.report.record(Outcome(Action.CREATED, ref, ref, "it was wanted", Code.CHOSEN))
        raise error

    return fail


@pytest.fixture
def audit(capfd: pytest.CaptureFixture[str]) -> Audit:
    """Read what was written to the audit log since the last time."""
    return lambda: read_audit(capfd.readouterr().out)


def test_a_handled_event_is_accepted(audit: Audit) -> None:
    answer = post(client(transport=StandIn(404)), PING)

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert len(audit()) == 1


def test_the_functions_reason_is_in_the_audit_log(audit: Audit) -> None:
    post(client(note_any), PING)

    [line] = audit()
    assert line["reason"] == f"{PING.headers['ce-id']} came"
    assert line["function"] == "on-any-test"


def test_requests_to_the_api_server_are_counted(audit: Audit) -> None:
    transport = StandIn(500)

    post(client(transport=transport), SECRET_CHANGED)

    [line] = audit()
    assert line["api_calls"] == len(transport.requests) == 1


@pytest.mark.parametrize("request_", [PING, about("ConfigMap", "prod", "ca")])
def test_an_event_for_another_function_is_ignored_with_the_reason(
    audit: Audit, request_: Request
) -> None:
    transport = StandIn(404)

    answer = post(client(transport=transport), request_)

    [line] = audit()
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert (line["decision"], line["reason"]) == ("ignored", "it is not about a Secret")
    assert transport.requests == []


def test_what_the_api_server_cannot_do_now_is_tried_again(audit: Audit) -> None:
    transport = StandIn(error=Unavailable("The API server did not answer."))

    answer = post(client(transport=transport), SECRET_CHANGED)

    [line] = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (line["decision"], line["retry"]) == ("failed", True)
    assert line["reason"] == "The API server did not answer."


def test_without_a_way_to_the_api_server_the_event_is_tried_again(audit: Audit) -> None:
    def connect(_: Settings) -> Connection:
        raise SettingError("No way to the API server. Set KUBECONFIG.")

    answer = post(create_app(note_any, Settings(), connect).test_client(), PING)

    [line] = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert line["reason"] == "No way to the API server. Set KUBECONFIG."


def test_a_target_that_has_to_be_tried_again_brings_the_event_back(audit: Audit) -> None:
    @function("on-test")
    def leave_one(_event: Event, mirroring: Mirroring) -> None:
        ref = Ref(SECRET, "dev", "tls")
        mirroring.report.because = "all was tried"
        mirroring.report.record(
            Outcome(Action.FAILED, ref, ref, "overloaded", Code.UNAVAILABLE, retry=True)
        )

    answer = post(client(leave_one), PING)

    target, event = audit()
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (target["action"], event["retry"]) == ("failed", True)


def test_what_was_done_before_a_failure_is_told_of(audit: Audit) -> None:
    post(client(failing_with(MirroringError("The rest could not be read."))), PING)

    target, event = audit()
    assert (target["action"], event["created"], event["decision"]) == ("created", 1, "failed")


def test_an_unexpected_exception_is_told_of_by_type_and_place_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = post(client(failing_with(KeyError("SECRETBYTES"))), PING)

    out, err = capfd.readouterr()
    *_, event = read_audit(out)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert re.fullmatch(r"unexpected KeyError at mirroring[.\w]+:\d+; .*", event["reason"])
    assert re.search(r"^Unexpected KeyError at mirroring[.\w]+:\d+$", err, re.MULTILINE)
    assert "SECRETBYTES" not in out + err
    assert "Traceback" not in err


def test_every_event_of_a_batch_is_handled_whatever_becomes_of_the_others(audit: Audit) -> None:
    secret, ping = attributes(SECRET_CHANGED), attributes(PING)
    transport = StandIn(error=Unavailable("The API server did not answer."))

    answer = post(client(transport=transport), batch(secret, ping))

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert [line["decision"] for line in audit()] == ["failed", "ignored"]


def test_events_that_come_together_share_one_resync(audit: Audit) -> None:
    """An adapter that is replaced makes about eleven events within a second or two."""
    transport = StandIn(200, NO_SUCH_THING)
    app = create_app(resync, Settings(resync_delay=1), lambda _: transport.connection)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: post(app.test_client(), PING), range(10)))

    decisions = sorted(line["decision"] for line in audit())
    assert {answer.status_code for answer in answers} == {HTTPStatus.ACCEPTED}
    assert decisions == [*["gathered"] * 9, "nothing to do"]
    # A Lease read and written, and of each kind what has a label and what has not.
    assert len(transport.requests) == 7


def test_events_that_shared_a_resync_come_again_with_it(audit: Audit) -> None:
    transport = StandIn(500)
    app = create_app(resync, Settings(resync_delay=1), lambda _: transport.connection)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: post(app.test_client(), PING), range(2)))

    assert {answer.status_code for answer in answers} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert [line["retry"] for line in audit()] == [True, True]


def test_a_resync_says_how_many_differences_it_found_and_others_say_nothing_of_it(
    audit: Audit,
) -> None:
    app = create_app(
        resync, Settings(resync_delay=0), lambda _: StandIn(200, NO_SUCH_THING).connection
    )
    post(app.test_client(), PING)
    post(client(), SECRET_CHANGED)

    assert [line["differences"] for line in audit()] == [0, None]


def test_an_empty_batch_is_accepted_and_leaves_no_line(audit: Audit) -> None:
    answer = post(client(), batch())

    assert answer.status_code == HTTPStatus.ACCEPTED
    assert audit() == []


def test_a_resync_remembers_in_the_namespace_that_kn_mirror_is_in() -> None:
    api = StandIn(200, NO_SUCH_THING)
    elsewhere = Connection(api, OneByOne(), namespace="platform-mirror")
    app = create_app(resync, Settings(resync_delay=0), lambda _: elsewhere)

    post(app.test_client(), PING)

    leases = {path.rpartition("/namespaces/")[2] for path in api.requests if "leases" in path}
    assert {each.partition("/")[0] for each in leases} == {"platform-mirror"}


def test_where_namespaces_are_reserved_its_own_is_one() -> None:
    """Guards `Limits.of`: in overlay `hardened` each try there would be refused."""
    api = StandIn(200, NO_SUCH_THING)
    elsewhere = Connection(api, OneByOne(), namespace="platform-mirror")
    seen: list[bool] = []

    @function("on-looking")
    def look(_event: Event, mirroring: Mirroring) -> None:
        seen.append(mirroring._limits.reserved.match("platform-mirror"))

    settings = Settings(reserved=Globs.parse("kube-*"))
    post(create_app(look, settings, lambda _: elsewhere).test_client(), PING)

    assert seen == [True]
