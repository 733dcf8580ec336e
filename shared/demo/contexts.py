"""Contexts: a cluster of the user's own, by the name that kubectl knows it by."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT: Final = "~/.kube/config"
_LISTS: Final = ("clusters", "contexts", "users")
_FILES: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class ContextError(Exception):
    """There is no such context; the message names those that there are."""


def write_kubeconfig(context: str, path: Path) -> None:
    """Write a kubeconfig whose current context is the one named, for this user's eyes only.

    Several files in `KUBECONFIG` count as kubectl counts them: of two entries of one name the
    first.

    Raises:
        ContextError: there is no such context.
    """
    merged: dict[str, dict[str, Any]] = {name: {} for name in _LISTS}
    for folder, read in _files():
        for name in _LISTS:
            for entry in read.get(name) or ():
                _make_absolute(entry, folder)
                merged[name].setdefault(entry["name"], entry)
    if context not in merged["contexts"]:
        known = ", ".join(sorted(merged["contexts"])) or "none"
        raise ContextError(f"There is no context {context!r}. There are: {known}.")
    kubeconfig = {name: list(entries.values()) for name, entries in merged.items()}
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump({**kubeconfig, "current-context": context}))


def _files() -> Iterator[tuple[Path, dict[str, Any]]]:
    paths = os.environ.get("KUBECONFIG") or _DEFAULT
    for text in paths.split(os.pathsep):
        path = Path(text).expanduser()
        if text and path.exists():
            yield path.parent.absolute(), yaml.safe_load(path.read_text()) or {}


def _make_absolute(entry: dict[str, Any], folder: Path) -> None:
    for inner in entry.values():
        for name in _FILES:
            if isinstance(inner, dict) and inner.get(name):
                inner[name] = str(folder / inner[name])
