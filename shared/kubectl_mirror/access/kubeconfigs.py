"""Kubeconfigs, as kubectl reads them: files that are merged, and one context of them.

The official client reads them, too, but takes a quarter of a second to be imported, and 75 MB.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ says how they
are merged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LISTS: Final = {"clusters": "cluster", "users": "user", "contexts": "context"}
# Of these a relative path begins where its file is.
_PATHS: Final = (
    "certificate-authority",
    "client-certificate",
    "client-key",
    "tokenFile",
)
# libyaml reads a large file ten times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Context:
    """A cluster and who asks it.

    Args:
        name: of the context; empty where nothing was named.
        cluster: as the file has it.
        user: likewise.
        namespace: the one that is meant where none is named.
        origin: the kubeconfig that has it, as errors name it.
    """

    name: str
    cluster: Mapping[str, Any] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict, repr=False)
    namespace: str = "default"
    origin: str = "the kubeconfig"


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """What several files say together: of each name the first that has it.

    Args:
        clusters: by name.
        users: by name.
        contexts: by name.
        current: the context that is meant where none is named.
        origin: the files, as errors name them.
    """

    clusters: Mapping[str, Mapping[str, Any]]
    users: Mapping[str, Mapping[str, Any]] = field(repr=False)
    contexts: Mapping[str, Mapping[str, Any]]
    current: str
    origin: str = "the kubeconfig"

    @classmethod
    def read(cls, named: str | None, environment: Mapping[str, str] = os.environ) -> Kubeconfig:
        """Read the files that a flag names, else `KUBECONFIG`, else `~/.kube/config`.

        Args:
            named: one file, which has to be there; None for the others, which need not.
            environment: of the process.

        Raises:
            SettingError: a file cannot be read, or is no kubeconfig.
        """
        found: dict[str, dict[str, Mapping[str, Any]]] = {each: {} for each in _LISTS}
        current = ""
        paths = _paths(named, environment)
        for path in paths:
            content = _content(path, is_needed=named is not None)
            for plural, singular in _LISTS.items():
                for name, entry in _entries(content, plural, singular, path):
                    found[plural].setdefault(name, entry)
            current = current or str(content.get("current-context") or "")
        origin = f"kubeconfig {os.pathsep.join(map(str, paths))}"
        return cls(found["clusters"], found["users"], found["contexts"], current, origin)

    def context(
        self, name: str = "", *, cluster: str = "", user: str = "", server: str = ""
    ) -> Context:
        """Return a context, with another cluster, user or server where these are named.

        Raises:
            SettingError: there is no such context, cluster or user.
        """
        name = name or self.current
        chosen = self._named(self.contexts, name, "context") if name else {}
        cluster, user = cluster or chosen.get("cluster", ""), user or chosen.get("user", "")
        if not (cluster or server):
            raise SettingError(
                f"No cluster is named: there is no current context in {self.origin}. "
                "Choose one by kubectl config use-context, or by --context."
            )
        found = self._named(self.clusters, cluster, "cluster") if cluster else {}
        return Context(
            name,
            {**found, **({"server": server} if server else {})},
            self._named(self.users, user, "user") if user else {},
            chosen.get("namespace") or "default",
            self.origin,
        )

    def _named(
        self, entries: Mapping[str, Mapping[str, Any]], name: str, what: str
    ) -> Mapping[str, Any]:
        if name not in entries:
            known = ", ".join(sorted(entries)) or "none"
            raise SettingError(f"There is no {what} {name} in {self.origin}. There is: {known}.")
        return entries[name]


def _paths(named: str | None, environment: Mapping[str, str]) -> Sequence[Path]:
    if named is not None:
        return [Path(named)]
    listed = [Path(each) for each in environment.get("KUBECONFIG", "").split(os.pathsep) if each]
    return listed or [Path(environment.get("HOME", "~")).expanduser() / ".kube" / "config"]


def _content(path: Path, *, is_needed: bool) -> Mapping[str, Any]:
    try:
        # What kubectl writes is YAML, of which JSON is a part.
        found = yaml.load(path.read_text(), _LOADER)  # noqa: S506 (both are safe loaders)
    except FileNotFoundError:
        if is_needed:
            raise SettingError(f"There is no kubeconfig {path}.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"Kubeconfig {path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        # Its text quotes the file, which may hold a token.
        raise SettingError(f"Kubeconfig {path} is no YAML{_place(error)}.") from None
    except (ValueError, RecursionError):
        raise SettingError(f"Kubeconfig {path} is no YAML that can be read.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SettingError(f"Kubeconfig {path} is no kubeconfig: it has no fields.")
    return found


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", in line {mark.line + 1}" if mark else ""


def _entries(
    content: Mapping[str, Any], plural: str, singular: str, path: Path
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    listed = content.get(plural) or []
    if not isinstance(listed, list):
        raise SettingError(f"Kubeconfig {path} is no kubeconfig: its {plural} are no list.")
    for each in listed:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise SettingError(f"Kubeconfig {path} has one of {plural} without a name.")
        entry = each.get(singular) or {}
        if not isinstance(entry, dict):
            raise SettingError(f"Kubeconfig {path}: {singular} {each['name']} has no fields.")
        yield each["name"], _resolved(entry, path.parent)


def _resolved(entry: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Have paths begin where the file is; that of a program only where it is written as a path."""
    found = {**entry}
    for name in _PATHS:
        if found.get(name):
            found[name] = str(folder / str(found[name]))
    plugin = found.get("exec")
    if isinstance(plugin, dict):
        command = str(plugin.get("command", ""))
        if "/" in command:
            found["exec"] = {**plugin, "command": str(folder / command)}
    return found
