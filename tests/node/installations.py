"""kn-mirror on a node with Knative, installed as its documents say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.audit_lines import OF_AN_EVENT, read_audit
from tests.image.building import PROJECT, image_archive
from tests.knative.documents import commands_of, yaml_of
from tests.knative.installations import BROKER, NAMESPACE
from tests.knative.installations import installed as applied
from tests.knative.manifests import FUNCTIONS, folder_of
from tests.knative.ticks import NEVER, schedule
from tests.lab.kubectl import find_kubectl
from tests.lab.node.journals import Journals
from tests.lab.node.pods import is_ending, is_ready, is_starting, is_written_out
from tests.lab.waiting import eventually, quiet
from tests.node import listeners, newcomers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.clusters import Workbench
    from tests.lab.figures import Figures
    from tests.lab.node.journals import Line
    from tests.lab.node.machines import Machine


_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"
_OF_FUNCTIONS: Final = "serving.knative.dev/service"
OF_ADAPTERS: Final = "eventing.knative.dev/source"
_DEADLINE: Final = 180
# Of a line of a log, in characters, when many are shown.
_WIDTH: Final = 400
# Between two looks at what takes its time; the node is to work, not the tests.
_PAUSE: Final = 0.25

# Where an event passes, by namespace and container.
_WAY: Final = (
    (NAMESPACE, "receive-adapter"),
    ("knative-eventing", "dispatcher"),
    ("knative-eventing", "filter"),
    ("knative-serving", "activator"),
    (NAMESPACE, "function"),
)


@dataclass(frozen=True)
class Installation:
    """kn-mirror, Knative, the node below them, and all that they leave.

    Args:
        machine: the node.
        workbench: the cluster in the tests' hands.
        journals: what all containers said.
        release: what was applied.
        first_mirror: how many seconds after `kubectl apply` there was a mirror of what had been
            annotated before; None where there never was.
    """

    machine: Machine
    workbench: Workbench
    journals: Journals
    release: Path
    first_mirror: float | None

    def lines(self, function: str) -> list[Line]:
        """Return what all pods of a function said so far, in the order of time."""
        journals = self.journals.of(NAMESPACE, "function", pod=f"{function}-")
        return sorted((line for each in journals for line in each.lines()), key=lambda at: at.time)

    def told(self, since: float) -> str:
        """Return what was said on the way of events, for whoever asks why one did not come.

        Args:
            since: from when on, in seconds since 1970.
        """
        begin = datetime.fromtimestamp(since, tz=UTC).isoformat()
        journals = (each for part in _WAY for each in self.journals.of(*part))
        said = sorted(
            (line.time, journal.pod, line.text)
            for journal in journals
            for line in journal.lines()
            if line.time >= begin
        )
        return "\n".join(f"{time[11:23]} {pod} {text[:_WIDTH]}" for time, pod, text in said)

    def audit(self, function: str, *, after: int = 0) -> list[dict[str, Any]]:
        """Return what a function told of events, without the first lines."""
        told = [line.text for line in self.lines(function) if line.text.startswith(OF_AN_EVENT)]
        return [json.loads(text) for text in told[after:]]

    def delivered(self) -> dict[str, int]:
        """How many events each function has handled so far; Knative may deliver one again."""
        return {name: len({str(line["event"]) for line in self.audit(name)}) for name in FUNCTIONS}

    @property
    def redelivered(self) -> int:
        """How often an event was handled that had been handled before."""
        return sum(len(self.audit(name)) for name in FUNCTIONS) - sum(self.delivered().values())

    @contextmanager
    def awaiting(self, function: str, count: int) -> Iterator[None]:
        """Wait, when the context ends, until a function has done with as many more events."""

        def done() -> int:
            told = self.audit(function)
            return len({str(line["event"]) for line in told if not line["retry"]})

        before = done()
        yield
        eventually(lambda: done() >= before + count, within=_DEADLINE, pause=_PAUSE)

    def changes_told(self, *, since: datetime, expected: int) -> int:
        """How many changes of sources and mirrors the adapters have told of since then.

        Args:
            since: what was told before does not count, however late it arrives.
            expected: how many to wait for. More are counted, too, until none comes any more.
        """

        def told() -> int | None:
            found = len(listeners.heard(self.journals, since=since))
            return None if found < expected else found

        return quiet(told, for_=3.0, pause=_PAUSE)

    def pods(self, selector: str = _OF_FUNCTIONS) -> list[dict[str, Any]]:
        """Return the pods in kn-mirror's namespace that a selector finds: the functions'."""
        listed = self.machine.api.request("GET", f"{_PODS}?{_selected(selector)}").body
        return list(listed["items"])

    def adapter(self, source: str) -> dict[str, Any]:
        """Return the pod of an ApiServerSource's adapter, once there is one that is ready."""
        selector = f"eventing.knative.dev/sourceName={source}"

        def found() -> list[dict[str, Any]]:
            pods = self.pods(selector)
            there = len(pods) == 1 and is_ready(pods[0]) and not is_ending(pods[0])
            return pods if there else []

        return eventually(found, within=_DEADLINE, pause=_PAUSE)[0]

    def adapters(self) -> dict[str, str]:
        """Return the pod of every source's adapter, once all are ready: source → pod."""
        names = sorted(each["metadata"]["name"] for each in self._sources())
        return {name: self.adapter(name)["metadata"]["name"] for name in names}

    def ready_since(self) -> dict[str, str]:
        """Since when each ApiServerSource has been ready, of those that are."""
        conditions = {
            source["metadata"]["name"]: condition
            for source in self._sources()
            for condition in source["status"]["conditions"]
            if condition["type"] == "Ready"
        }
        return {
            name: condition["lastTransitionTime"]
            for name, condition in conditions.items()
            if condition["status"] == "True"
        }

    def _sources(self) -> list[dict[str, Any]]:
        listed = self.machine.api.request("GET", f"{BROKER.sources}/apiserversources").body
        return list(listed["items"])

    def settle(self) -> None:
        """Wait until nothing is on its way and all functions are at zero, to stay there.

        As long as an adapter is replaced it may miss changes, and on-resync is woken to find them:
        by whatever is written of the adapter's pod, which is more than that it is ready.
        """
        self.adapters()
        eventually(
            lambda: all(map(is_written_out, self.pods(OF_ADAPTERS))),
            within=_DEADLINE,
            pause=_PAUSE,
        )
        self.rest()
        self.await_zero()

    def awake(self) -> list[str]:
        """Name the functions that have a pod which is not about to end."""
        return sorted(
            pod["metadata"]["labels"]["serving.knative.dev/service"]
            for pod in self.pods()
            if not is_ending(pod)
        )

    def await_zero(self) -> float:
        """Wait until no function has a pod that takes events, and return how long it took."""
        start = time.monotonic()
        eventually(lambda: not self.awake(), within=_DEADLINE, pause=_PAUSE)
        return time.monotonic() - start

    def rest(self, *, for_: float = 2.0) -> None:
        """Wait until no function handles anything any more, nor starts in order to."""

        def handled() -> int | None:
            starting = any(map(is_starting, self.pods()))
            return None if starting else sum(self.delivered().values())

        quiet(handled, for_=for_, within=_DEADLINE, pause=_PAUSE)

    @contextmanager
    def pods_made(self, selector: str = _OF_FUNCTIONS) -> Iterator[list[str]]:
        """Collect the names of pods, the functions' or others, that are made in the context."""
        api = self.machine.api
        selected = _selected(selector)
        version = api.request("GET", f"{_PODS}?{selected}").body["metadata"]["resourceVersion"]
        names: list[str] = []
        yield names
        options = f"{selected}&watch=1&resourceVersion={version}&timeoutSeconds=1"
        events = map(json.loads, api.stream(f"{_PODS}?{options}").data.splitlines())
        names += [each["object"]["metadata"]["name"] for each in events if each["type"] == "ADDED"]

    def delete(self, pod: str) -> None:
        """Delete a pod, as whoever replaces it does."""
        self.machine.kubectl("delete", "--wait=false", f"--namespace={NAMESPACE}", "pod", pod)

    def kill(self, pod: dict[str, Any]) -> None:
        """Kill every process of a pod, as if its node had run out of memory."""
        group = f"pod{pod['metadata']['uid']}"
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError):
                if group in (process / "cgroup").read_text():
                    os.kill(int(process.name), signal.SIGKILL)

    def collected(self) -> dict[str, bytes]:
        """Return all that could be read by somebody who may not read Secrets."""
        events = self.machine.api.request("GET", "/api/v1/events")
        logs = {
            path.name: path.read_bytes() for path in self.machine.enclosure.folder.glob("*.log")
        }
        return logs | self.journals.collected() | {"Kubernetes Events": repr(events.body).encode()}

    def hold_audit_to_its_schema(self) -> None:
        """Read every audit line of every function as tests of the schema do."""
        for function in FUNCTIONS:
            read_audit(
                "\n".join(each.text for each in self.lines(function) if each.stream == "stdout")
            )


def _selected(selector: str) -> str:
    return urlencode({"labelSelector": selector})


def released(folder: Path) -> Path:
    """Write kn-mirror into one file, with the image's name that the documents say."""
    folder.mkdir()
    overlay = os.path.relpath(folder_of("default"), folder.resolve())
    text = yaml_of("By hand").replace("../knative/overlays/default", overlay)
    (folder / "kustomization.yaml").write_text(text)
    release = folder / "kn-mirror.yaml"
    command = ["make", "release", f"OVERLAY={folder}", f"RELEASE={release}"]
    kubectl = f"KUBECTL={find_kubectl()}"
    subprocess.run([*command, kubectl], cwd=PROJECT, check=True, capture_output=True)  # noqa: S603
    return release


def _ready() -> list[str]:
    """Return the documents' command that waits until all is ready."""
    return commands_of("By hand")[-1]


@contextmanager
def installed(machine: Machine, figures: Figures) -> Iterator[Installation]:
    """Install kn-mirror on a node that has Knative, until the context ends."""
    journals = Journals(machine.pod_logs, machine.enclosure.folder / "journals")
    with journals.kept():
        with figures.timed("kn-mirror's image loaded"):
            archive = image_archive()
            machine.runtime.load(lambda pipe: pipe.write(archive.read_bytes()))
        release = released(machine.enclosure.folder / "release")
        begin = newcomers.annotate_before(machine)
        start = time.monotonic()
        with applied(machine.plane, machine.kubectl, "default", release=release) as bench:
            schedule(machine.api, NEVER)
            machine.kubectl(*_ready())
            figures.say("kn-mirror ready after kubectl apply", time.monotonic() - start, "s")
            listeners.install(machine)
            first = newcomers.mirrored_after(bench, begin)
            found = Installation(machine, bench, journals, release, first)
            figures.say("until its functions were at zero", found.await_zero(), "s")
            yield found
