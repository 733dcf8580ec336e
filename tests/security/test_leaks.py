"""No byte of a Secret is anywhere but in bodies of Secrets, whatever becomes of an event.

All that comes of the functions, at their most talkative, is collected and searched: answers, what
they log, Events, the Lease, metadata of all objects, and the API server's own audit log.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from mirroring import names
from tests.audit_lines import read_audit
from tests.cloud_events import PING, Request, about, structured
from tests.conformance.clusters import allowed, auto, reflects
from tests.lab.clusters import encode
from tests.policies import denied
from tests.processes import served
from tests.secrecy import found_in
from tests.security.functions import write_kubeconfigs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane
    from tests.processes import Served

pytestmark = pytest.mark.controlplane

KEYS: Final = [f"the private key of {who}, and a line of it" for who in ("prod", "renewed", "dev")]
SECRETS: Final = [key.encode() for key in KEYS]
# As whoever writes a policy may have it quoted.
QUOTING: Final = "'it is ' + string(object.data.key) + '!'"
LISTS: Final = ("/api/v1/events", "/api/v1/secrets", "/api/v1/configmaps", "/api/v1/namespaces",
                "/apis/coordination.k8s.io/v1/leases")  # fmt: skip


@pytest.fixture(scope="module")
def overlay() -> str:
    return "hardened"


class Processes(NamedTuple):
    """The functions as they are served, and what they answered."""

    of: Mapping[str, Served]
    answers: list[bytes]

    def send(self, function: str, request: Request) -> None:
        answer = self.of[function].send(request)
        self.answers.append(f"{answer.status} {answer.headers}".encode() + answer.data)

    def written(self) -> dict[str, bytes]:
        """What they have written until now."""
        return {f"{name} {stream.name}": stream.read_bytes()
                for name, each in self.of.items() for stream in (each.out, each.err)}  # fmt: skip


@pytest.fixture
def processes(workbench: Workbench, tmp_path: Path) -> Iterator[Processes]:
    paths = write_kubeconfigs(workbench, tmp_path)
    with ExitStack() as stack:
        yield Processes(
            {
                account: stack.enter_context(
                    served(
                        account.replace("-", "_"), paths[account], tmp_path,
                        KN_MIRROR_LOG_LEVEL="debug", KN_MIRROR_REQUEST_RETRIES="1",
                    )
                )
                for account in ("on-secret-update", "on-delete-cleanup", "on-resync")
            },
            [],
        )  # fmt: skip


def live(bench: Workbench, processes: Processes) -> None:
    """Let a source be refused, mirrored, renewed, misspelt and withdrawn, and events be odd."""
    for name in ("prod", "dev", "quoting"):
        bench.namespace(name)
    bench.secret("dev", "taken", {"key": KEYS[2]})
    everywhere = auto(reflection_auto_namespaces="dev,quoting") | {names.COPY_ANNOTATIONS: "*"}
    for name in ("tls", "taken"):
        told = {"example.com/kept": json.dumps({"data": {"key": encode(KEYS[0])}})}
        bench.secret("prod", name, {"key": KEYS[0]}, annotations=everywhere | told)
        processes.send("on-secret-update", about("Secret", "prod", name))
    bench.patch("Secret", "prod", "tls", {"data": {"key": encode(KEYS[1])}})
    processes.send("on-secret-update", about("Secret", "prod", "tls"))
    bench.annotate("Secret", "prod", "tls", {names.KEYS: "lacking", "kn-mirror.dev/key": "key"})
    processes.send("on-secret-update", about("Secret", "prod", "tls"))
    bench.secret("prod", "private", {"key": KEYS[1]}, annotations=allowed())
    bench.secret("dev", "pulled", {"key": KEYS[2]}, annotations=reflects("prod/private"))
    processes.send("on-secret-update", about("Secret", "dev", "pulled"))
    # Whole objects, as other event sources send them.
    body = {"kind": "Secret", "data": {"key": encode(KEYS[0])}}
    processes.send("on-secret-update", structured({"id": "1", "data": body}))
    processes.send("on-resync", PING)
    bench.delete("Secret", "prod", "tls")
    processes.send("on-delete-cleanup", about("Secret", "prod", "tls", verb="delete"))


def told_by_the_cluster(plane: ControlPlane) -> dict[str, bytes]:
    """All that may be read there, less what is in Secrets."""
    found = {"audit log": plane.audit_log.read_bytes()}
    for path in LISTS:
        items = plane.api().request("GET", path).body["items"]
        bodies = [{**each, "data": None} if path == "/api/v1/secrets" else each for each in items]
        found[path] = json.dumps([less_the_owners(each) for each in bodies]).encode()
    return found


def less_the_owners(found: dict[str, object]) -> dict[str, object]:
    """Leave out the annotation that the owner of a source put a Secret into."""
    metadata = found["metadata"]
    assert isinstance(metadata, dict)
    theirs = metadata.get("namespace") == "prod"
    annotations = metadata.get("annotations", {}).items()
    kept = {name: value for name, value in annotations if not (theirs and "example" in name)}
    return {**found, "metadata": {**metadata, "annotations": kept}}


def test_no_byte_of_a_secret_is_anywhere_else(
    workbench: Workbench, knative_plane: ControlPlane, processes: Processes
) -> None:
    with denied(workbench, ["quoting"], operations=("CREATE", "UPDATE"), saying=QUOTING):
        live(workbench, processes)

    answered = {f"answer {number}": each for number, each in enumerate(processes.answers)}
    collected = {**answered, **processes.written(), **told_by_the_cluster(knative_plane)}
    assert found_in(collected, SECRETS) == []


def test_what_is_searched_tells_of_all_that_happened(
    workbench: Workbench, processes: Processes
) -> None:
    """A search of nothing would find nothing."""
    with denied(workbench, ["quoting"], operations=("CREATE", "UPDATE"), saying=QUOTING):
        live(workbench, processes)

    lines = read_audit(processes.of["on-secret-update"].out.read_text())
    actions = {each["action"] for each in lines if each["audit"] == "target"}
    assert {"created", "updated", "failed", "conflict"} <= actions
    assert any("'theirs'" in each["reason"] for each in lines)
    reasons = {
        each["reason"] for each in workbench.api.request("GET", "/api/v1/events").body["items"]
    }
    assert {"MirrorFailed", "MirrorConflict", "InvalidSource"} <= reasons
