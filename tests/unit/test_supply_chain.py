"""What is built from, and what is given out, is known by its hash."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

import pytest

from tests.knative.checkouts import PUSHED, Checkout
from tests.knative.documents import yaml_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: Final = Path(__file__).parents[2]
INDEX: Final = b'{"schemaVersion": 2, "manifests": []}'
DIGEST: Final = f"sha256:{hashlib.sha256(INDEX).hexdigest()}"


class Registry(BaseHTTPRequestHandler):
    """A registry that has two images, and shows them to whoever asks for a token first."""

    said = DIGEST

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/token":
            self._send(200, b'{"token": "for-anybody"}')
        elif self.headers["Authorization"] != "Bearer for-anybody":
            realm = f'realm="http://{self.headers["Host"]}/token",service="x",scope="pull"'
            self._send(401, b"", {"WWW-Authenticate": f"Bearer {realm}"})
        elif path in {"/v2/python/base/manifests/stable", "/v2/uv/manifests/1.2.3"}:
            self._send(200, INDEX, {"Docker-Content-Digest": self.said})
        else:
            self._send(404, b"")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class LyingRegistry(Registry):
    """One that says of an image what it is not."""

    said = PUSHED


@contextmanager
def listening(registry: type[Registry]) -> Iterator[str]:
    """Have a registry until the end of the block; what is its name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), registry) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def registry() -> Iterator[str]:
    """Have a registry."""
    with listening(Registry) as name:
        yield name


def dockerfile(folder: Path, registry: str, *, uv: str = "uv:1.2.3") -> Path:
    """Write one that is built from two images, one pinned to what it was before."""
    file = folder / "Dockerfile"
    file.write_text(
        f"# Python.\n# {registry}/python/base:stable\nARG BASE={registry}/python/base:stable\n"
        f"# {registry}/{uv}\nARG UV={registry}/uv@{PUSHED}\n\nFROM ${{BASE}}\nARG OTHER=1\n"
    )
    return file


def pin(file: Path) -> subprocess.CompletedProcess[str]:
    """Pin what a Dockerfile is built from."""
    command = [sys.executable, str(PROJECT / "image" / "pins.py"), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Have make do something in the checkout."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, cwd=PROJECT
    )


def test_images_are_pinned_to_what_their_tags_name(registry: str, tmp_path: Path) -> None:
    file = dockerfile(tmp_path, registry)

    finished = pin(file)

    assert finished.stdout.splitlines() == [
        f"BASE={registry}/python/base@{DIGEST}",
        f"UV={registry}/uv@{DIGEST}",
    ]
    assert file.read_text() == (
        f"# Python.\n# {registry}/python/base:stable\nARG BASE={registry}/python/base@{DIGEST}\n"
        f"# {registry}/uv:1.2.3\nARG UV={registry}/uv@{DIGEST}\n\nFROM ${{BASE}}\nARG OTHER=1\n"
    )


def test_pins_stay_as_they_are_where_one_cannot_be_had(registry: str, tmp_path: Path) -> None:
    file = dockerfile(tmp_path, registry, uv="uv:none")
    before = file.read_text()

    finished = pin(file)

    assert finished.returncode != 0
    assert finished.stderr == f"{registry}/uv:none: HTTP Error 404: Not Found.\n"
    assert file.read_text() == before


def test_a_registry_that_sends_something_else_than_it_says_is_not_believed(tmp_path: Path) -> None:
    with listening(LyingRegistry) as registry:
        finished = pin(dockerfile(tmp_path, registry))

    assert f"the registry says that it is {PUSHED}, and sends {DIGEST}" in finished.stderr


def test_the_dockerfiles_bases_are_those_that_pins_finds() -> None:
    found = re.findall(r"(?m)^# (\S+:\S+)\nARG (\w+)=(\S+)$", (PROJECT / "Dockerfile").read_text())

    assert [name for _, name, _ in found] == ["BASE", "UV"]
    for tagged, _, image in found:
        by_digest = rf"{re.escape(tagged.rpartition(':')[0])}@sha256:[0-9a-f]{{64}}"
        assert image == tagged or re.fullmatch(by_digest, image)


def test_uv_is_installed_by_the_hashes_of_the_lock(tmp_path: Path) -> None:
    packages = tomllib.loads((PROJECT / "uv.lock").read_text())["package"]
    [uv] = [package for package in packages if package["name"] == "uv"]
    file = tmp_path / "uv.txt"

    assert make(str(file)).returncode == 0

    first, *hashes = file.read_text().removesuffix(" \\\n").split(" \\\n  ")
    assert first == f"uv=={uv['version']}"
    assert sorted(hashes) == sorted(
        f"--hash={each['hash']}" for each in (uv["sdist"], *uv["wheels"])
    )


def test_nothing_is_installed_without_hashes() -> None:
    """Neither here nor in the image."""
    recipes = (PROJECT / "Makefile").read_text() + (PROJECT / "Dockerfile").read_text()
    installing = re.findall(r".*pip(?: |\", \")(?:install|sync).*", recipes)

    assert len(installing) == 4
    assert all("--require-hashes" in each for each in installing)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Have a builder that pushes nowhere, pinned bases and the manifests' image."""
    builder = tmp_path / "builder"
    builder.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n[ "$1" != push ] || printf {PUSHED} > "$3"\n'
    )
    builder.chmod(0o755)
    dockerfile(tmp_path, "registry.example").write_text(
        f"ARG BASE=registry.example/base@{PUSHED}\nARG UV=registry.example/uv@{PUSHED}\n"
    )
    shutil.copy(PROJECT / "knative" / "base" / "kustomization.yaml", tmp_path)
    return tmp_path


def push(folder: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Push an image with that builder."""
    return make(
        "push",
        f"BUILDER={folder}/builder",
        f"DIGEST={folder}/pushed/digest",
        f"BASES={folder}/Dockerfile",
        f"KUSTOMIZATION={folder}/kustomization.yaml",
        *variables,
    )


def test_the_manifests_name_the_image_that_was_pushed(release: Path) -> None:
    before = (release / "kustomization.yaml").read_text()

    assert [push(release).returncode, push(release).returncode] == [0, 0]

    after = (release / "kustomization.yaml").read_text()
    assert after.replace(f"    digest: {PUSHED}\n", "") == before.replace("    digest: ", "")
    assert after.count("digest: ") == 1
    assert "build " in (release / "asked").read_text()


def test_the_manifests_name_an_image_of_another_name(release: Path) -> None:
    """A tag that looks like a number is a text, too."""
    image = "localhost:5000/team/kn-mirror:1.20"

    assert push(release, f"IMAGE={image}").returncode == 0

    text = (release / "kustomization.yaml").read_text()
    assert '    newName: localhost:5000/team/kn-mirror\n    newTag: "1.20"\n    digest: ' in text


def test_an_image_on_bases_that_are_not_pinned_is_not_pushed(release: Path) -> None:
    shutil.copy(PROJECT / "Dockerfile", release)
    text = (release / "Dockerfile").read_text()
    (release / "Dockerfile").write_text(re.sub(r"@sha256:[0-9a-f]{64}", ":tag", text))

    finished = push(release)

    assert finished.returncode != 0
    assert "are not pinned. Pin them by `make pins`." in finished.stderr
    assert not (release / "asked").exists()


MINE: Final = "registry.example/team/kn-mirror:1.2.3"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Have one from which nobody has pushed an image."""
    return Checkout.made(tmp_path / "checkout")


def test_a_release_names_the_image_that_was_pushed(checkout: Checkout) -> None:
    finished = checkout.make("push", "release", f"IMAGE={MINE}")

    assert finished.returncode == 0
    assert checkout.images == {f"{MINE}@{PUSHED}"}


def test_a_release_has_a_checksum(checkout: Checkout) -> None:
    assert checkout.make("push", "release", f"IMAGE={MINE}").returncode == 0

    checksum = f"{hashlib.sha256(checkout.release.read_bytes()).hexdigest()}  kn-mirror.yaml\n"
    assert (checkout.folder / "kn-mirror.yaml.sha256").read_text() == checksum


@pytest.mark.parametrize("variables", [[], [f"IMAGE={MINE}"]], ids=["no-image", "image"])
def test_what_nobody_pushed_is_not_released(checkout: Checkout, variables: list[str]) -> None:
    finished = checkout.make("release", *variables)

    assert finished.returncode != 0
    assert "The manifests name no image that was pushed. Push one by `make p" in finished.stderr
    assert not checkout.release.exists()


def test_another_image_than_was_pushed_is_not_passed_over(checkout: Checkout) -> None:
    checkout.make("push", f"IMAGE={MINE}")

    finished = checkout.make("release", "IMAGE=registry.example/other:1")

    assert finished.returncode != 0
    assert f"name {MINE}@{PUSHED}, not registry.example/other:1." in finished.stderr
    assert not checkout.release.exists()


def test_an_overlay_of_ones_own_may_name_an_image_that_no_registry_has(
    checkout: Checkout,
) -> None:
    """As an image that is loaded onto the nodes."""
    own = checkout.folder / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(yaml_of("By hand"))

    finished = checkout.make("release", "OVERLAY=own")

    assert finished.returncode == 0
    assert checkout.images == {"dev.local/kn-mirror:0.1.0"}


NO_RELEASE: Final = {
    "no such overlay": (
        ["OVERLAY=hardend"],
        "There is no overlay 'hardend'. There are default, drop-in, hardened, kafka, or name",
    ),
    "kubectl fails": (["KUBECTL=./broken"], "failed; what it says is above."),
    "no kubectl": (["KUBECTL=no-kubectl"], "no-kubectl kustomize "),
    "another image": (["IMAGE=registry.example/other:1"], "not registry.example/other:1."),
}


@pytest.mark.parametrize(
    ("variables", "words"), NO_RELEASE.values(), ids=[each.replace(" ", "-") for each in NO_RELEASE]
)
def test_where_there_is_no_release_the_former_one_stays(
    checkout: Checkout, variables: list[str], words: str
) -> None:
    checkout.make("push", "release", f"IMAGE={MINE}")
    (checkout.folder / "broken").write_text("#!/bin/sh\necho half\nexit 1\n")
    (checkout.folder / "broken").chmod(0o755)
    before = files(checkout.folder)

    finished = checkout.make("release", *variables)

    assert finished.returncode != 0
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr
    assert files(checkout.folder) == before


def files(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, but for its folders."""
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
