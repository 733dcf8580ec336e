"""Functions in processes of their own: their start, their end, and that each of them serves."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from tests.audit_lines import read_audit
from tests.cloud_events import PING, SECRET_CHANGED, about
from tests.lab.waiting import eventually
from tests.processes import served
from tests.stand_ins import slow_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cloud_events import Request
    from tests.stand_ins import SlowApi

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Where the way to the API server is written."""
    return tmp_path / "kubeconfig"


@pytest.fixture
def api(kubeconfig: Path) -> Iterator[SlowApi]:
    """Have an API server that answers when the test lets it."""
    with slow_api(kubeconfig) as found:
        yield found


@pytest.mark.parametrize(
    ("function", "request_"),
    [
        ("on_secret_update", SECRET_CHANGED),
        ("on_namespace_create", about("Namespace", "", "team-new", verb="add")),
        ("on_delete_cleanup", about("ConfigMap", "prod", "ca", verb="delete")),
        ("on_resync", PING),
        ("on_resync", about("Pod", "kn-mirror", "adapter-0")),
    ],
)
def test_each_function_serves_as_it_is_from_the_checkout(
    function: str, request_: Request, api: SlowApi, kubeconfig: Path, tmp_path: Path
) -> None:
    api.release.set()

    with served(function, kubeconfig, tmp_path) as process:
        answer = process.send(request_)

    [line] = read_audit(process.out.read_text())
    assert (answer.status, answer.data) == (202, b"")
    assert line["decision"] == "nothing to do"
    assert line["api_calls"] == len(api.requests) > 0
    assert line["function"] == function.replace("_", "-")


def test_on_resync_resyncs_when_knative_has_started_it(
    api: SlowApi, kubeconfig: Path, tmp_path: Path
) -> None:
    """Nothing was sent: it is how a new installation finds what was there before it."""
    api.release.set()

    with served("on_resync", kubeconfig, tmp_path, K_SERVICE="on-resync") as process:
        [line] = eventually(lambda: read_audit(process.out.read_text()))

    assert line["event"]["type"] == "dev.kn-mirror.started"
    assert line["decision"] == "nothing to do"
    assert line["api_calls"] == len(api.requests) > 0


def test_an_event_for_which_on_resync_was_started_shares_its_resync(
    api: SlowApi, kubeconfig: Path, tmp_path: Path
) -> None:
    api.release.set()

    environment = {"K_SERVICE": "on-resync", "KN_MIRROR_RESYNC_DELAY": "4"}
    with served("on_resync", kubeconfig, tmp_path, **environment) as process:
        answer = process.send(PING)
        # The answer waits for the line of the ping alone, and the end of the block for none.
        lines = eventually(lambda: _two(read_audit(process.out.read_text())))

    assert answer.status == 202
    assert {line["decision"] for line in lines} == {"nothing to do", "gathered"}


def _two(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return lines if len(lines) == 2 else []


def test_sigterm_lets_an_event_under_way_end(
    api: SlowApi, kubeconfig: Path, tmp_path: Path
) -> None:
    with served("on_secret_update", kubeconfig, tmp_path) as process, ThreadPoolExecutor() as pool:
        answer = pool.submit(process.send, SECRET_CHANGED)
        api.asked.wait()
        process.terminate()
        eventually(lambda: "Handling signal: term" in process.err.read_text())
        api.release.set()

        assert answer.result().status == 202
        assert process.arbiter.wait(timeout=30) == 0

    [line] = read_audit(process.out.read_text())
    assert line["decision"] == "nothing to do"


def test_a_function_that_cannot_reach_the_api_server_is_alive_but_not_ready(
    kubeconfig: Path, tmp_path: Path
) -> None:
    with served("on_resync", kubeconfig, tmp_path) as process:
        probe = urllib3.request("GET", f"{process.url}health/ready", retries=False, timeout=30)

    assert (probe.status, probe.data) == (503, b"")
    assert "Not ready: No way to the API server" in process.err.read_text()
    assert "Traceback" not in process.err.read_text()


@pytest.mark.parametrize("value", ["0", "many", "65"])
def test_a_setting_that_cannot_be_meant_fails_the_start(value: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--bind=127.0.0.1:0", "functions.on_resync:app"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env={"KN_MIRROR_THREADS": value},
        timeout=60,
    )

    assert finished.returncode != 0
    assert f"KN_MIRROR_THREADS is '{value}'. Set it to a whole number" in finished.stderr
