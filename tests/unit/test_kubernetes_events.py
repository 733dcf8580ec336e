"""Events of Kubernetes: their names and messages are such as the API server takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring.codes import Code, Reason
from mirroring.objects.references import NAMESPACE, SECRET, Ref, is_object_name
from mirroring.reporting.kubernetes_events import Notice, event, notices
from mirroring.reporting.reports import Action, Outcome
from tests.strategies import object_names

AT = datetime(2026, 1, 2, tzinfo=UTC)
SOURCE = Ref(SECRET, "prod", "tls")
PULLED = Ref(SECRET, "dev", "copy")
DEV = Ref(NAMESPACE, "", "dev")


@given(name=object_names, message=st.text(max_size=50).map(lambda text: text * 100))
def test_whatever_an_object_is_called_and_whatever_is_said_of_it_the_event_is_valid(
    name: str, message: str
) -> None:
    """R18. Guards `_beginning`, and bytes for characters in `_cut`."""
    made = event(Notice(Ref(SECRET, "prod", name), "MirrorConflict", message), "uid", at=AT)

    assert is_object_name(made["metadata"]["name"])
    assert len(made["message"].encode()) <= 1024


@given(message=st.text(max_size=50).map(lambda text: text * 100))
def test_a_message_ends_in_its_code_however_long_it_is(message: str) -> None:
    notice = Notice(SOURCE, "MirrorConflict", message, Code.IN_THE_WAY)

    told = event(notice, "uid", at=AT)["message"]

    assert told.endswith(" (KM401)")
    assert len(told.encode()) <= 1024


def test_an_event_of_a_namespace_is_in_it() -> None:
    made = event(Notice(DEV, "InvalidNamespace", "any"), "uid", at=AT)

    assert [made["metadata"]["namespace"], made["involvedObject"]["namespace"]] == ["dev", "dev"]


@pytest.mark.parametrize(
    ("outcome", "reasons"),
    [
        (Outcome(Action.FAILED, SOURCE, SOURCE, "x", Code.FAULT), [(SOURCE, "InvalidSource")]),
        (
            Outcome(Action.FAILED, PULLED, PULLED, "x", Code.FAULT, declared=True),
            [(PULLED, "InvalidPullMirror")],
        ),
        (Outcome(Action.FAILED, DEV, DEV, "x", Code.FAULT), [(DEV, "InvalidNamespace")]),
        (
            Outcome(Action.REFUSED, PULLED, PULLED, "x", Code.FAULT, declared=True),
            [(PULLED, "PullMirrorRefused")],
        ),
        (Outcome(Action.CONFLICT, PULLED, SOURCE, "x", Code.FAULT), [(SOURCE, "MirrorConflict")]),
        (Outcome(Action.FAILED, PULLED, SOURCE, "x", Code.FAULT, retry=True), []),
        (Outcome(Action.FAILED, SOURCE, SOURCE, "x", Code.FAULT, told=True), []),
    ],
)
def test_each_owner_is_told_by_a_reason_of_its_own(
    outcome: Outcome, reasons: list[tuple[Ref, str]]
) -> None:
    assert [(each.regarding, each.reason) for each in notices([outcome])] == reasons


def test_who_may_know_why_is_told_the_code_of_that_and_who_may_not_that_of_what_is_said() -> None:
    said = Reason("something", Code.IN_THE_WAY)
    outcome = Outcome(
        Action.CONFLICT, PULLED, SOURCE, "x", Code.ANOTHERS_MIRROR, declared=True, said=said
    )

    assert [(each.regarding, each.message, each.code) for each in notices([outcome])] == [
        (SOURCE, "something", Code.IN_THE_WAY),
        (PULLED, "x", Code.ANOTHERS_MIRROR),
    ]
