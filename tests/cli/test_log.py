"""`kubectl mirror log`: what functions that run write, for people and for programs."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kubectl_mirror.access.clusters import Flags, ways_to
from kubectl_mirror.asking.logs import FunctionLogs, Line, _Followed
from kubectl_mirror.commands import main
from mirroring.errors import Forbidden, SettingError
from tests.audit_lines import read_audit
from tests.knative.manifests import of_kind
from tests.stand_ins import write_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

    Log = Callable[..., tuple[int, str, str]]

POD = "on-secret-update-00001-deployment-abc"
[FUNCTION] = {
    container["name"]
    for service in of_kind("default", "Service")
    for container in service["spec"]["template"]["spec"]["containers"]
}


def target(action: str, namespace: str, *, at: str = "10:00:00.100", event: str = "e1") -> str:
    return json.dumps(
        {
            "audit": "target",
            "time": f"2026-11-24T{at}Z",
            "function": "on-secret-update",
            "event_id": event,
            "trace_id": None,
            "target": {"kind": "Secret", "namespace": namespace, "name": "tls"},
            "source": {"kind": "Secret", "namespace": "prod", "name": "tls"},
            "action": action,
            "reason": f"because of {namespace}",
            "code": "KM101",
        }
    )


def event(*, at: str = "10:00:00.100", event_id: str = "e1", **counts: Any) -> str:
    numbers = dict.fromkeys(
        ("created", "updated", "deleted", "unchanged", "conflicts", "refused", "failed"), 0
    )
    return json.dumps(
        {
            "audit": "event",
            "time": f"2026-11-24T{at}Z",
            "function": "on-secret-update",
            "event": {"id": event_id, "type": "t", "source": "s", "subject": None},
            "trace_id": None,
            "object": {"kind": "Secret", "namespace": "prod", "name": "tls"},
            "decision": "reconciled",
            "reason": "Secret prod/tls: all of it",
            "code": "KM101",
            "retry": False,
            **numbers,
            "differences": None,
            "api_calls": 7,
            "duration_ms": 12.3,
            **counts,
        }
    )


@dataclass
class Kubelet:
    """An API server that knows Pods and what they wrote; a follower is told the rest, in pieces."""

    pods: dict[str, list[str]] = field(default_factory=dict)
    later: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    container: str = FUNCTION

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, list[bytes]]:
        """Answer a request, in pieces."""
        name = path.removesuffix("/log").rpartition("/")[2]
        self.asked.append(f"{path}?{sorted(query)}")
        if status := self.statuses.get(name):
            return status, [json.dumps({"kind": "Status", "reason": "Forbidden"}).encode()]
        if path.endswith("/pods"):
            items = [
                {
                    "metadata": {"name": each},
                    "spec": {"containers": [{"name": self.container}, {"name": "queue-proxy"}]},
                }
                for each in self.pods
            ]
            return 200, [json.dumps({"items": items}).encode()]
        if not path.endswith("/log"):
            return 404, [b"{}"]
        if query["container"] != [self.container]:
            return 400, [json.dumps({"kind": "Status", "reason": "BadRequest"}).encode()]
        lines = self.pods[name] + (self.later.get(name, []) if "follow" in query else [])
        text = "".join(f"{line}\n" for line in lines).encode()
        return 200, [text[at : at + 40] for at in range(0, len(text), 40)]


@contextmanager
def serving(kubelet: Kubelet, kubeconfig: Path) -> Iterator[None]:
    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            status, pieces = kubelet.answer(asked.path, parse_qs(asked.query))
            self.send_response(status)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        write_kubeconfig(kubeconfig, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "kubeconfig"


@pytest.fixture
def kubelet(kubeconfig: Path) -> Iterator[Kubelet]:
    made = Kubelet()
    with serving(made, kubeconfig):
        yield made


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["log", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def logs(kubelet: Kubelet, kubeconfig: Path) -> FunctionLogs:
    assert kubelet
    flags = Flags(kubeconfig=str(kubeconfig))
    ways = ways_to(flags.chosen(), flags)
    return FunctionLogs(ways.transport, ways.streams, namespace="kn-mirror")


def test_the_lines_that_the_tests_stand_on_are_audit_lines() -> None:
    assert len(read_audit("\n".join([target("created", "dev"), event(created=1)]))) == 2


def test_an_event_has_one_line_and_below_it_what_was_changed_or_refused(
    kubelet: Kubelet, log: Log
) -> None:
    lines = [target("created", "dev"), target("conflict", "shop")]
    kubelet.pods[POD] = [*lines, event(created=1, conflicts=1, unchanged=3)]

    code, out, _ = log()

    assert code == 0
    assert out.splitlines() == [
        (
            "2026-11-24T10:00:00Z  on-secret-update     reconciled     secret/prod/tls  "
            "1 created, 3 unchanged, 1 in conflict  12 ms"
        ),
        "    created   secret/dev/tls",
        "    conflict  secret/shop/tls: because of shop (KM101)",
    ]


def test_lines_of_all_pods_are_in_the_order_of_time(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods["one"] = [event(at="10:00:01.000"), event(at="10:00:03.000")]
    kubelet.pods["two"] = [event(at="10:00:02.000")]

    _, out, _ = log()

    assert [line[17:20] for line in out.splitlines()] == ["01Z", "02Z", "03Z"]


def test_json_is_the_lines_as_they_were_written(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods[POD] = ["Listening at: …", target("created", "dev"), event(created=1)]

    _, out, _ = log("-o", "json")

    assert out.splitlines() == kubelet.pods[POD][1:]
    assert len(read_audit(out)) == 2


def test_what_is_no_audit_line_is_told_only_where_all_is_asked_for(
    kubelet: Kubelet, log: Log
) -> None:
    kubelet.pods[POD] = ["warning: \x1b[2Jcareful", '["audit"]', event()]

    _, some, _ = log()
    _, everything, _ = log("--all")

    assert "careful" not in some
    assert everything.splitlines()[:2] == ["warning: \\x1b[2Jcareful", '["audit"]']


def test_nothing_in_a_reason_steers_the_terminal(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods[POD] = [event(decision="failed", reason="it is \x1b[2J\nreconciled\u202e")]

    _, out, _ = log()

    assert out.removesuffix("\n").isprintable()


@pytest.mark.parametrize("output", ["table", "json", "yaml"])
def test_a_line_that_lies_ends_no_log_and_steers_no_terminal(
    kubelet: Kubelet, log: Log, output: str
) -> None:
    deep = f"{'[' * 500}{']' * 500}"
    raw = event(at="10:00:00.200", reason="raw").replace('"raw"', '"\u202e\x9b2J"')
    kubelet.pods[POD] = [
        event(created=10**400),
        event(duration_ms=float("nan")),
        event(at="10:00:00.150").replace('"prod"', deep),
        raw,
        "not an audit line: \x1b[2J",
        target("created", "dev", at="10:00:00.300"),
    ]

    code, out, _ = log("--all", "-o", output)

    assert code == 0
    assert "dev" in out
    assert out.replace("\n", "").isprintable()


def test_what_an_event_did_that_never_ended_is_told_too(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods[POD] = [target("created", "dev")]

    _, out, _ = log()

    assert out.splitlines() == [
        f"of an event that {POD} did not end:",
        "    created   secret/dev/tls",
    ]


def test_where_no_function_runs_it_is_said_that_this_is_usual(kubelet: Kubelet, log: Log) -> None:
    assert kubelet.pods == {}

    code, out, err = log()

    assert (code, out) == (0, "")
    assert "they scale to zero between events" in err


@pytest.mark.parametrize(("refused", "right"), [("pods", "list Pods"), (POD, "get the log of Pod")])
def test_what_may_not_be_read_is_an_error_that_names_the_right(
    kubelet: Kubelet, log: Log, refused: str, right: str
) -> None:
    kubelet.pods[POD] = [event()]
    kubelet.statuses[refused] = 403

    code, out, err = log()

    assert (code, out) == (2, "")
    assert f"error: The API server refused to {right}" in err


def test_a_service_that_others_have_beside_it_is_no_function(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods, kubelet.container = {"chat-00001-deployment-abc": [event()]}, "user-container"

    code, out, err = log()

    assert (code, out) == (0, "")
    assert "No function runs" in err


def test_a_container_that_waits_has_no_log_yet(kubelet: Kubelet, log: Log) -> None:
    kubelet.pods = {"waiting": [], POD: [event()]}
    kubelet.statuses["waiting"] = 400

    code, out, _ = log()

    assert (code, len(out.splitlines())) == (0, 1)


def test_a_follower_hears_pods_that_come_later(kubelet: Kubelet, logs: FunctionLogs) -> None:
    kubelet.pods["one"] = [event(event_id="first")]

    heard = logs.following(every=0.01)
    first = next(heard)
    kubelet.pods["two"] = [event(event_id="second")]
    second = next(heard)

    assert [first.pod, second.pod] == ["one", "two"]


def test_a_log_that_broke_off_is_read_on_and_nothing_is_heard_twice(
    kubelet: Kubelet, logs: FunctionLogs
) -> None:
    kubelet.pods["one"] = [event(event_id="first"), event(event_id="second")]

    heard = logs.following(every=0.01)
    begun = [*islice(heard, 2)]
    kubelet.later["one"] = [event(event_id="third", at="10:00:05.000")]
    third = next(heard)

    said = [line.entry["event"]["id"] for line in [*begun, third] if line.entry]
    assert said == ["first", "second", "third"]
    assert any("sinceSeconds" in asked for asked in kubelet.asked)


def test_what_a_line_says_of_the_time_does_not_silence_those_after_it(
    kubelet: Kubelet, logs: FunctionLogs
) -> None:
    """A day to come would else be the one from which on the rest is asked for."""
    lying = event(event_id="first").replace("2026-11-24T10:00:00.100Z", "9999-01-01T00:00:00Z")
    kubelet.pods["one"] = [lying]

    heard = logs.following(every=0.01)
    next(heard)
    kubelet.later["one"] = [event(event_id="second")]
    second = next(heard)

    assert second.entry
    assert second.entry["event"]["id"] == "second"
    assert not any("sinceTime" in asked for asked in kubelet.asked)


def test_what_was_read_a_while_ago_is_asked_for_from_shortly_before_that() -> None:
    followed = _Followed()
    followed.is_new(Line.read("one", event().encode()), 1000.0)

    assert followed.since(1003.5) == [("sinceSeconds", "14")]
    assert followed.since(900.0) == [("sinceSeconds", "10")]


def test_a_follower_ends_by_whatever_keeps_it_from_hearing(
    kubelet: Kubelet, logs: FunctionLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would else wait for ever, as where a plugin gives no credential any more."""
    kubelet.pods["one"] = [event()]

    def log(*_: object) -> Iterator[bytes]:
        raise SettingError("Credential plugin login failed.")

    monkeypatch.setattr(logs.streams, "log", log)

    with pytest.raises(SettingError, match="login failed"):
        next(logs.following(every=0.01))


def test_a_follower_that_may_not_read_ends(kubelet: Kubelet, logs: FunctionLogs) -> None:
    kubelet.pods["one"] = [event()]
    kubelet.statuses["one"] = 403

    with pytest.raises(Forbidden):
        next(logs.following(every=0.01))


def test_a_cluster_without_pods_is_no_error(mirror: Callable[..., Said]) -> None:
    said = mirror("log")

    assert (said.code, said.out) == (0, "")
    assert "No function runs in namespace kn-mirror" in said.err
