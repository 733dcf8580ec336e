"""The lines of the audit log."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mirroring.codes import Code
from mirroring.objects.events import Event, ObjectEvent
from mirroring.objects.references import NAMESPACE, SECRET, Ref
from mirroring.reporting.audit import AuditLog, lines
from mirroring.reporting.reports import Action, Decision, Outcome, Report
from tests.audit_lines import SCHEMA, read_audit

SOURCE = Ref(SECRET, "prod", "tls")
TARGET = Ref(SECRET, "dev", "tls")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
EVENT = ObjectEvent("1", "dev.knative.apiserver.ref.update", "https://k8s", "", TRACE, SOURCE)
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def written(report: Report) -> list[dict[str, Any]]:
    """Return the lines of a report, as they are read from a log."""
    return read_audit("\n".join(json.dumps(line) for line in lines(report)))


def report_with(*actions: Action) -> Report:
    """Make a report with one target per action."""
    report = Report("on-secret-update", EVENT, AT - timedelta(seconds=0.0123456))
    report.subject, report.api_calls, report.seconds = "Secret prod/tls", 7, 0.0123456
    for number, action in enumerate(actions):
        target = TARGET.in_namespace(f"dev-{number}")
        report.record(Outcome(action, target, SOURCE, f"why it was {action.value}", Code.CHOSEN))
    return report


def test_an_event_has_one_line_that_says_what_came_of_it() -> None:
    report = report_with(Action.UNCHANGED)

    assert written(report) == [
        {
            "audit": "event",
            "time": "2026-01-02T03:04:05.678Z",
            "function": "on-secret-update",
            "event": {
                "id": "1",
                "type": "dev.knative.apiserver.ref.update",
                "source": "https://k8s",
                "subject": None,
            },
            "trace_id": TRACE,
            "object": {"kind": "Secret", "namespace": "prod", "name": "tls"},
            "decision": "reconciled",
            "reason": "Secret prod/tls: 1 unchanged",
            "code": None,
            "retry": False,
            "created": 0,
            "updated": 0,
            "deleted": 0,
            "unchanged": 1,
            "conflicts": 0,
            "refused": 0,
            "failed": 0,
            "differences": None,
            "api_calls": 7,
            "duration_ms": 12.3,
        }
    ]


def test_a_changed_target_has_a_line_before_its_events() -> None:
    target, event = written(report_with(Action.CREATED))

    assert event["audit"] == "event"
    assert target == {
        "audit": "target",
        "time": "2026-01-02T03:04:05.678Z",
        "function": "on-secret-update",
        "event_id": "1",
        "trace_id": TRACE,
        "target": {"kind": "Secret", "namespace": "dev-0", "name": "tls"},
        "source": {"kind": "Secret", "namespace": "prod", "name": "tls"},
        "action": "created",
        "reason": "why it was created",
        "code": "KM201",
    }


def test_targets_that_were_changed_or_refused_are_told_of_one_by_one() -> None:
    told = [Action.CREATED, Action.UPDATED, Action.DELETED, Action.CONFLICT, Action.FAILED]

    *targets, _ = written(report_with(*told))

    assert [target["action"] for target in targets] == [action.value for action in told]


def test_targets_that_were_left_alone_are_not_told_of() -> None:
    assert len(written(report_with(Action.UNCHANGED, Action.SKIPPED))) == 1


def test_every_target_is_counted() -> None:
    *_, event = written(report_with(*Action, Action.CREATED))

    counted = ("created", "updated", "deleted", "unchanged", "conflicts", "failed")
    assert [event[name] for name in counted] == [2, 1, 1, 1, 1, 1]


def test_a_rejected_request_has_a_line_without_an_event() -> None:
    report = Report("on-resync")
    report.settle(Decision.REJECTED, "The CloudEvent has no id.")

    [line] = written(report)

    assert (line["decision"], line["event"], line["trace_id"]) == ("rejected", None, None)
    assert line["reason"] == "The CloudEvent has no id."


def test_a_namespace_has_no_namespace() -> None:
    event = ObjectEvent("1", "a", "b", "", "", Ref(NAMESPACE, "", "dev"))

    [line] = written(Report("on-namespace-create", event, because="nothing"))

    assert line["object"] == {"kind": "Namespace", "namespace": "", "name": "dev"}


def test_a_report_that_must_be_retried_says_so() -> None:
    report = Report("on-resync", EVENT)
    report.fail("The API server did not answer.", Code.UNAVAILABLE)

    [line] = written(report)

    assert (line["decision"], line["retry"], line["code"]) == ("failed", True, "KM605")


def test_an_event_that_nothing_came_of_has_the_code_of_why() -> None:
    report = Report("on-resync", EVENT, because="nothing", because_code=Code.NO_CONCERN)

    assert [line["code"] for line in written(report)] == ["KM106"]


def test_an_event_that_much_came_of_has_no_code_but_that_more_is_to_come() -> None:
    report = report_with(Action.UPDATED)
    report.because_code = Code.IN_SYNC
    report.leave("the rest")

    assert [line["code"] for line in written(report)] == ["KM201", "KM802"]


def test_what_a_sender_chose_is_cut() -> None:
    event = Event("x" * 2000, "y" * 2000, "z" * 2000, "s" * 2000, "", None)

    [line] = written(Report("on-resync", event, because="nothing"))

    assert {len(value) for value in line["event"].values()} == {1024}


def test_a_reason_is_cut_whatever_made_it_long() -> None:
    report = Report("on-resync", EVENT)
    report.record(Outcome(Action.FAILED, TARGET, SOURCE, "y" * 5000, Code.FAULT))
    for number in range(500):
        report.leave(f"{number} mirrors of {SOURCE}")

    assert [len(line["reason"]) for line in written(report)] == [2048, 2048]


def test_what_a_sender_chose_cannot_begin_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = Event('1\n{"audit": "event"}\u2028\udcff', "a", "b", "", "", None)

    AuditLog().tell(Report("on-resync", event, because="nothing"))

    assert len(read_audit(capsys.readouterr().out)) == 1


def test_time_is_written_in_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))

    [line] = lines(Report("on-resync", EVENT, elsewhere, because="nothing"))

    assert line["time"] == "2026-01-02T03:04:05.678Z"


class Recorder(io.StringIO):
    """A stream that remembers each write and flush."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def write(self, text: str) -> int:
        self.calls.append(text)
        return super().write(text)

    def flush(self) -> None:
        self.calls.append("flush")


def test_each_line_is_one_write_and_is_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Recorder()
    monkeypatch.setattr("sys.stdout", stream)

    AuditLog().tell(report_with(Action.CREATED))

    target, event = stream.getvalue().splitlines(keepends=True)
    assert stream.calls == [target, "flush", event, "flush"]


def test_lines_of_parallel_events_do_not_mix(capfd: pytest.CaptureFixture[str]) -> None:
    log = AuditLog()
    report = report_with(*[Action.CREATED] * 20)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: log.tell(report), range(8)))

    assert len(read_audit(capfd.readouterr().out)) == 8 * 21


def properties() -> list[str]:
    """Name every property of both kinds of line."""
    lines = json.loads(SCHEMA.read_text())["$defs"]
    return sorted({*lines["eventLine"]["properties"], *lines["targetLine"]["properties"]})


@pytest.mark.parametrize("name", properties())
def test_the_documentation_explains_every_property(name: str) -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "audit-log.md").read_text()

    assert f"| `{name}` |" in documentation
