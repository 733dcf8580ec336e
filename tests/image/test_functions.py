"""Functions in the image: as in a restricted Pod, and with all that they need."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.event_source import EventSource
from sandbox.processes import gunicorn
from sandbox.triggers import Triggers, for_functions
from tests.cloud_events import PING, SECRET_CHANGED, Request, about
from tests.image.containers import said_by, serving
from tests.lab.api import Api
from tests.lab.clusters import Workbench
from tests.lab.controlplane.accounts import write_kubeconfig
from tests.lab.programs.processes import free_ports
from tests.lab.waiting import eventually
from tests.pods import TOKEN
from tests.secrecy import found_in
from tests.stories import SECRETS, story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.containers.images import Image
    from tests.pods import Pod

pytestmark = pytest.mark.image

EVENTS = {
    "on_secret_update": SECRET_CHANGED,
    "on_namespace_create": about("Namespace", "", "team-new", verb="add"),
    "on_delete_cleanup": about("ConfigMap", "prod", "ca", verb="delete"),
    "on_resync": PING,
}


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_takes_its_event(
    image: Image, pod: Pod, tmp_path: Path, function: str
) -> None:
    with serving(image, function, pod, tmp_path) as container:
        answer = container.send(EVENTS[function])

    assert (answer.status, answer.data) == (202, b"")


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_refuses_what_is_no_event(
    image: Image, pod: Pod, tmp_path: Path, function: str
) -> None:
    with serving(image, function, pod, tmp_path) as container:
        answer = container.send(Request({"Content-Type": "application/json"}, b"{}"))

    assert (answer.status, answer.data) == (400, b"")


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_wants_its_event_again_when_no_api_server_answers(
    image: Image, pod: Pod, tmp_path: Path, function: str
) -> None:
    (nowhere,) = free_ports(1)
    nobody = replace(pod, url=f"https://127.0.0.1:{nowhere}")

    with serving(image, function, nobody, tmp_path) as container:
        answer = container.send(EVENTS[function])

    assert (answer.status, answer.data) == (503, b"")


def test_the_story_of_a_certificate_comes_true(image: Image, pod: Pod, tmp_path: Path) -> None:
    """Nothing is left out of the image that mirroring needs."""
    names = ("on_secret_update", "on_delete_cleanup", "on_namespace_create")
    kubeconfig = tmp_path / "watcher.kubeconfig"
    write_kubeconfig(kubeconfig, url=pod.url, ca_file=pod.ca_file, user="watcher", token=TOKEN)
    with ExitStack() as stack:
        containers = {
            name: stack.enter_context(serving(image, name, pod, tmp_path)) for name in names
        }
        triggers = Triggers(for_functions(**{name: containers[name].url for name in names}))
        stack.enter_context(EventSource(kubeconfig, triggers.deliver))

        story(Workbench(Api(pod.url, ca_file=pod.ca_file)), resync=lambda: None)

        logs = {name: container.log.encode() for name, container in containers.items()}
    assert found_in(logs, SECRETS) == []


def test_a_function_ends_when_it_is_asked_to(image: Image, pod: Pod, tmp_path: Path) -> None:
    """It is process 1 there, which the kernel spares a signal that it does not handle."""
    with serving(image, "on_resync", pod, tmp_path) as container:
        container.terminate()

        assert eventually(lambda: container.process.ended is not None, within=60)
        assert container.process.ended == 0


def test_nothing_that_a_function_loads_has_to_be_compiled(
    image: Image, pod: Pod, tmp_path: Path
) -> None:
    with serving(image, "on_secret_update", pod, tmp_path, PYTHONVERBOSE="1") as container:
        container.send(SECRET_CHANGED)
        log = container.log

    loaded = re.findall(r"^# code object from '?(.*?)'?$", log, re.MULTILINE)
    assert {Path(path).suffix for path in loaded} == {".pyc"}


def test_the_start_is_timed_in_the_image_and_outside(
    image: Image,
    pod: Pod,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    start = time.monotonic()
    with serving(image, "on_resync", pod, tmp_path) as container:
        inside = time.monotonic() - start
        assert container.send(PING).status == 202
    start = time.monotonic()
    account = {"POD_ACCOUNT": str(pod.account), "POD_FUNCTION": "functions.on_resync"}
    with gunicorn("tests.in_pod:app", tmp_path, **pod.environment, **account) as process:
        process.await_listening()
        outside = time.monotonic() - start
    record_property("start of on-resync in a container", f"{inside:.2f} s")
    record_property("start of on-resync outside one", f"{outside:.2f} s")


def test_a_function_is_neither_root_nor_able_to_write(image: Image, tmp_path: Path) -> None:
    script = """
import os
def refused(folder):
    try:
        open(os.path.join(folder, "mine"), "w").close()
    except OSError:
        return True
folders = [folder for folder, *_ in os.walk("/") if not folder.startswith(("/proc", "/dev/"))]
print(os.getuid(), os.getgid(), "/tmp" in folders, "/app/functions" in folders)
print(*(folder for folder in folders if not refused(folder)))
"""

    assert said_by(script, image, tmp_path).split() == ["65532", "65532", "True", "True"]


def test_outside_of_a_pod_it_says_that_it_reads_no_kubeconfig(image: Image, tmp_path: Path) -> None:
    script = """
from mirroring.cluster.connections import Connection
from mirroring.errors import SettingError
from mirroring.settings import Settings
try:
    Connection.from_environment(Settings())
except SettingError as error:
    print(error)
"""

    assert "a package that is not here, kubernetes" in said_by(script, image, tmp_path)
