"""The story of a certificate: from its issue to its end, by events, to functions in processes."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from sandbox.event_source import EventSource
from sandbox.triggers import Triggers, for_functions
from tests.audit_lines import read_audit
from tests.cloud_events import PING
from tests.processes import served
from tests.secrecy import found_in
from tests.stories import SECRETS, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cloudevents.core.v1.event import CloudEvent

    from tests.lab.clusters import Workbench
    from tests.processes import Served
    from tests.servers import Server


def as_they_come(triggers: Triggers) -> Callable[[CloudEvent], None]:
    """Deliver each event once, in order."""
    return triggers.deliver


def shuffled(triggers: Triggers) -> Callable[[CloudEvent], None]:
    """Deliver each event some time within the next tenths of a second, whichever came first."""
    delays = random.Random(3)  # noqa: S311 (nobody has to be surprised)
    return lambda event: Timer(delays.uniform(0, 0.3), triggers.deliver, [event]).start()


def three_times_each(triggers: Triggers) -> Callable[[CloudEvent], None]:
    """Deliver each event three times over."""

    def deliver(event: CloudEvent) -> None:
        for _ in range(3):
            triggers.deliver(event)

    return deliver


def every_third_lost(triggers: Triggers) -> Callable[[CloudEvent], None]:
    """Deliver each event but every third."""
    numbers = count(1)

    def deliver(event: CloudEvent) -> None:
        if next(numbers) % 3:
            triggers.deliver(event)

    return deliver


@dataclass(frozen=True)
class Installation:
    """The functions, fed by an event source."""

    functions: Sequence[Served]

    def resync(self) -> None:
        """Have PingSource tick."""
        assert self.functions[-1].send(PING).status == 202

    @property
    def output(self) -> str:
        """Everything that the functions have written."""
        return "".join(each.out.read_text() + each.err.read_text() for each in self.functions)


@contextmanager
def installed(
    server: Server, folder: Path, delivery: Callable[[Triggers], Callable[[CloudEvent], None]]
) -> Iterator[Installation]:
    """Run the functions and the event source."""
    names = ("on_secret_update", "on_delete_cleanup", "on_namespace_create", "on_resync")
    with ExitStack() as stack:
        functions = [stack.enter_context(served(n, server.kubeconfig, folder)) for n in names]
        urls = {name: each.url for name, each in zip(names[:3], functions, strict=False)}
        triggers = Triggers(for_functions(**urls))
        stack.callback(arrive)
        stack.enter_context(EventSource(server.admin_kubeconfig, delivery(triggers)))
        yield Installation(functions)


def arrive() -> None:
    """Wait for events that are still on their way."""
    for thread in threading.enumerate():
        if isinstance(thread, Timer):
            thread.join()


@pytest.mark.parametrize("delivery", [as_they_come, shuffled, three_times_each])
def test_the_story_of_a_certificate_comes_true(
    workbench: Workbench,
    server: Server,
    tmp_path: Path,
    delivery: Callable[[Triggers], Callable[[CloudEvent], None]],
) -> None:
    with installed(server, tmp_path, delivery):
        story(workbench, resync=lambda: None)


def test_the_story_comes_true_though_every_third_event_is_lost(
    workbench: Workbench, server: Server, tmp_path: Path
) -> None:
    with installed(server, tmp_path, every_third_lost) as installation:
        story(workbench, installation.resync)


def test_the_story_leaves_no_byte_of_the_certificate_in_what_the_functions_write(
    workbench: Workbench, server: Server, tmp_path: Path
) -> None:
    """Invariant 5."""
    with installed(server, tmp_path, as_they_come) as installation:
        story(workbench, installation.resync)

    assert found_in({"output": installation.output.encode()}, SECRETS) == []


def test_every_line_of_the_story_on_stdout_is_an_audit_line(
    workbench: Workbench, server: Server, tmp_path: Path
) -> None:
    with installed(server, tmp_path, as_they_come) as installation:
        story(workbench, installation.resync)

    lines = [line for each in installation.functions for line in read_audit(each.out.read_text())]
    assert {line["audit"] for line in lines} == {"event", "target"}
