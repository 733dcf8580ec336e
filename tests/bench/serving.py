"""Functions under gunicorn, as they run in a cluster, and events sent to them."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import urllib3

from sandbox.processes import Gunicorn, gunicorn
from tests.bench.spending import Spent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STARTED_WITHIN: Final = 30.0
_DEADLINE: Final = 600.0
_PAUSE: Final = 0.001
_MOST_DELIVERIES: Final = 20
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """There is nothing to measure, since something did not work."""


@dataclass(frozen=True, slots=True)
class Serving:
    """An app that gunicorn serves, or is about to."""

    process: Gunicorn

    def send(self, event: Mapping[str, str]) -> None:
        """Send an event and wait for the answer; before the app listens, until it does.

        Raises:
            BenchError: the answer is not a good one, or there is none.
        """
        deadline = time.monotonic() + _STARTED_WITHIN
        while (status := self._try_to_send(event)) is None:
            if time.monotonic() > deadline or self.process.arbiter.poll() is not None:
                raise self._error("nothing listens")
            time.sleep(_PAUSE)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._error(f"{event['ce-type']} was answered {status}")

    def deliver(self, event: Mapping[str, str]) -> Spent:
        """Send an event as a Broker does, again as long as the answer is 503; say what it took.

        Raises:
            BenchError: the last answer is not a good one, or there is none.
        """
        used, start = self.processor_time(), time.perf_counter()
        for _ in range(_MOST_DELIVERIES):
            status = self._try_to_send(event)
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
        seconds = time.perf_counter() - start
        if status is None or status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._error(f"{event['ce-type']} was answered {status}")
        return Spent(
            seconds,
            processor=self.processor_time() - used,
            memory=self.peak_memory()[0],
            requests=sum(line["api_calls"] for line in self.told(event)),
        )

    def told(self, event: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what the audit log says of an event as a whole: a line for each delivery."""
        identity = event["ce-id"]
        return [
            line
            for line in self.audit()
            if line["audit"] == "event" and line["event"]["id"] == identity
        ]

    def audit(self) -> Iterator[dict[str, Any]]:
        """Read the audit log."""
        with self.process.out.open("rb") as lines:
            yield from map(json.loads, lines)

    def _try_to_send(self, event: Mapping[str, str]) -> int | None:
        """Return the status code of the answer, or None when nothing listens."""
        headers = dict(event)
        try:
            answer = urllib3.request(
                "POST",
                self.process.url,
                headers=headers,
                body=b"{}",
                retries=False,
                timeout=_DEADLINE,
            )
        except urllib3.exceptions.NewConnectionError:
            return None
        except urllib3.exceptions.HTTPError as error:
            raise self._error(f"{event['ce-type']} was not answered ({error})") from error
        return answer.status

    def _error(self, what: str) -> BenchError:
        return BenchError(f"{what}; the function's last words:\n{self.process.tail()}")

    def peak_memory(self) -> tuple[float, float]:
        """Return the most that the worker and the arbiter have held, in megabytes (Linux only)."""
        return _peak(self._worker()), _peak(self.process.arbiter.pid)

    def processor_time(self) -> float:
        """Return how long the worker has kept a processor busy, in seconds (Linux only)."""
        # proc(5): utime and stime are the 14th and 15th; the second may hold anything, up to `)`.
        fields = Path(f"/proc/{self._worker()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    def _worker(self) -> int:
        identity = self.process.arbiter.pid
        return int(Path(f"/proc/{identity}/task/{identity}/children").read_text().split()[0])


@contextmanager
def served(app: str, kubeconfig: Path, folder: Path, **environment: str) -> Iterator[Serving]:
    """Start gunicorn for `app`, with the project's own settings; it may not listen yet."""
    with gunicorn(app, folder, KUBECONFIG=str(kubeconfig), **environment) as found:
        yield Serving(found)


def event(verb: str, kind: str, namespace: str, name: str) -> dict[str, str]:
    """Make the headers of an event as Knative's ApiServerSource sends it in Reference mode."""
    return {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-source": "https://10.96.0.1:443",
        "ce-type": f"dev.knative.apiserver.ref.{verb}",
        "ce-kind": kind,
        "ce-apiversion": "v1",
        "ce-namespace": namespace,
        "ce-name": name,
    }


def ping() -> dict[str, str]:
    """Make the headers of an event as Knative's PingSource sends it."""
    return {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-source": "/apis/v1/namespaces/kn-mirror/pingsources/resync",
        "ce-type": "dev.knative.sources.ping",
    }


def accuses(line: Mapping[str, Any]) -> bool:
    """Whether a line of the audit log says that somebody, or something, has failed."""
    return "failed" in {line.get("action"), line.get("decision")}


def _peak(process: int) -> float:
    """Read VmHWM, which proc(5) gives in units of 1024 bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmHWM:"))
    return int(found.split()[1]) * 1024 / 1e6
