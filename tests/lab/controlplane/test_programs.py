from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.controlplane import find_programs, programs
from tests.lab.programs import ProgramError, catalogue, packages, toolchain

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def only_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave one empty folder in PATH, an empty cache, and nothing to install from."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packages, "_PROJECT", tmp_path)
    return tmp_path


def put(path: Path, script: str = "") -> Path:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_assets_of_envtest_are_taken_when_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("etcd", "kube-apiserver", "kube-controller-manager")
    etcd, apiserver, controllers = (put(tmp_path / name) for name in names)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    found = find_programs()

    assert (found.etcd, found.kube_apiserver) == (etcd, apiserver)
    assert found.kube_controller_manager == controllers


def test_assets_that_lack_a_program_are_an_error_that_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "etcd")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    with pytest.raises(ProgramError, match="no kube-apiserver: unset it, or add"):
        find_programs()


@pytest.mark.parametrize("version", ["3.6.0", "3.10.2", "4.0.0-rc.1"])
def test_an_etcd_that_is_new_enough_is_taken(only_in_path: Path, version: str) -> None:
    etcd = put(only_in_path / "etcd", f"echo etcd Version: {version}; echo Go Version: go1.99.1")

    assert programs.find_etcd() == etcd


@pytest.mark.parametrize("says", ["etcd Version: 3.5.21", "Go Version: go1.99.1", ""])
def test_without_an_etcd_that_will_do_it_is_built(
    only_in_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    put(only_in_path / "etcd", f"echo {says}")
    monkeypatch.setattr(programs, "built", lambda program: program.place)

    assert programs.find_etcd() == catalogue.etcd().place


def test_a_go_that_is_new_enough_is_taken(only_in_path: Path) -> None:
    go = put(only_in_path / "go", "echo go version go1.99.1 linux/amd64")

    assert toolchain.go() == go


@pytest.mark.parametrize(
    "says", ["go version go1.21.13 linux/amd64", "go version devel linux/amd64", ""]
)
def test_without_a_go_that_will_do_the_error_says_what_would(only_in_path: Path, says: str) -> None:
    put(only_in_path / "go", f"echo {says}")

    with pytest.raises(ProgramError, match=r"Go 1\.26\.0 or newer.*KUBEBUILDER_ASSETS"):
        toolchain.go()
