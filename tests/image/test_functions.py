"""Functions in the image: as in a restricted Pod, and with all that they need."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.event_source import EventSource
from sandbox.triggers import Triggers, for_functions
from tests.cloud_events import PING, SECRET_CHANGED, Request, about
from tests.image.containers import said_by, serving
from tests.lab.api import Api
from tests.lab.clusters import Workbench
from tests.lab.programs.processes import free_ports
from tests.lab.waiting import eventually
from tests.processes import served
from tests.secrecy import found_in
from tests.stories import SECRETS, story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.containers.images import Image
    from tests.servers import Server

pytestmark = pytest.mark.image

EVENTS = {
    "on_secret_update": SECRET_CHANGED,
    "on_namespace_create": about("Namespace", "", "team-new", verb="add"),
    "on_delete_cleanup": about("ConfigMap", "prod", "ca", verb="delete"),
    "on_resync": PING,
}


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_takes_its_event(
    image: Image, sandbox_server: Server, tmp_path: Path, function: str
) -> None:
    with serving(image, function, sandbox_server.kubeconfig, tmp_path) as container:
        answer = container.send(EVENTS[function])

    assert (answer.status, answer.data) == (202, b"")


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_refuses_what_is_no_event(
    image: Image, sandbox_server: Server, tmp_path: Path, function: str
) -> None:
    with serving(image, function, sandbox_server.kubeconfig, tmp_path) as container:
        answer = container.send(Request({"Content-Type": "application/json"}, b"{}"))

    assert (answer.status, answer.data) == (400, b"")


@pytest.mark.parametrize("function", EVENTS)
def test_each_function_wants_its_event_again_when_no_api_server_answers(
    image: Image, sandbox_server: Server, tmp_path: Path, function: str
) -> None:
    (nowhere,) = free_ports(1)
    kubeconfig = tmp_path / "nowhere.kubeconfig"
    written = sandbox_server.kubeconfig.read_text()
    kubeconfig.write_text(written.replace(sandbox_server.url, f"http://127.0.0.1:{nowhere}"))

    with serving(image, function, kubeconfig, tmp_path) as container:
        answer = container.send(EVENTS[function])

    assert (answer.status, answer.data) == (503, b"")


def test_the_story_of_a_certificate_comes_true(
    image: Image, sandbox_server: Server, tmp_path: Path
) -> None:
    """Nothing is left out of the image that mirroring needs."""
    names = ("on_secret_update", "on_delete_cleanup", "on_namespace_create")
    kubeconfig = sandbox_server.kubeconfig
    with ExitStack() as stack:
        containers = {
            name: stack.enter_context(serving(image, name, kubeconfig, tmp_path)) for name in names
        }
        triggers = Triggers(for_functions(**{name: containers[name].url for name in names}))
        stack.enter_context(EventSource(kubeconfig, triggers.deliver))

        story(Workbench(Api(sandbox_server.url)), resync=lambda: None)

        logs = {name: container.log.encode() for name, container in containers.items()}
    assert found_in(logs, SECRETS) == []


def test_a_function_ends_when_it_is_asked_to(
    image: Image, sandbox_server: Server, tmp_path: Path
) -> None:
    """It is process 1 there, which the kernel spares a signal that it does not handle."""
    with serving(image, "on_resync", sandbox_server.kubeconfig, tmp_path) as container:
        container.terminate()

        assert eventually(lambda: container.process.ended is not None, within=60)
        assert container.process.ended == 0


def test_nothing_that_a_function_loads_has_to_be_compiled(
    image: Image, sandbox_server: Server, tmp_path: Path
) -> None:
    with serving(
        image, "on_secret_update", sandbox_server.kubeconfig, tmp_path, PYTHONVERBOSE="1"
    ) as container:
        container.send(SECRET_CHANGED)
        log = container.log

    loaded = re.findall(r"^# code object from '?(.*?)'?$", log, re.MULTILINE)
    assert {Path(path).suffix for path in loaded} == {".pyc"}


def test_the_start_is_timed_in_the_image_and_outside(
    image: Image,
    sandbox_server: Server,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    start = time.monotonic()
    with serving(image, "on_resync", sandbox_server.kubeconfig, tmp_path) as container:
        inside = time.monotonic() - start
        assert container.send(PING).status == 202
    start = time.monotonic()
    with served("on_resync", sandbox_server.kubeconfig, tmp_path) as process:
        outside = time.monotonic() - start
        assert process.send(PING).status == 202
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


def test_what_is_left_of_the_kubernetes_package_can_be_imported(
    image: Image, tmp_path: Path
) -> None:
    script = """
import importlib, pkgutil, kubernetes
names = [each.name for each in pkgutil.walk_packages(kubernetes.__path__, "kubernetes.")]
for name in names:
    importlib.import_module(name)
print("kubernetes.client.api_client" in names, "kubernetes.config.incluster_config" in names)
"""

    assert said_by(script, image, tmp_path).split() == ["True", "True"]
