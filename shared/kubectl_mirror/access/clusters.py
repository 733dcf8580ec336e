"""The cluster that a command asks, as kubectl's flags name it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from urllib3 import HTTPHeaderDict

from kubectl_mirror.access.accounts import account_of
from kubectl_mirror.access.kubeconfigs import Context, Kubeconfig
from kubectl_mirror.access.streams import Streams
from kubectl_mirror.access.transports import EventsOnly, MetadataOnly, Rehearsals
from mirroring.cluster.service_accounts import FOLDER, is_in_pod, namespace
from mirroring.cluster.transports import HttpTransport
from mirroring.errors import SettingError
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mirroring.cluster.protocols import Transport

_DURATION: Final = re.compile(r"(\d+)(ms|s|m|h)?")
_SECONDS: Final = {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """kubectl's flags that say which cluster is asked, and who asks; empty for none.

    Args:
        kubeconfig: a file.
        context: of it.
        cluster: in place of the context's.
        user: likewise.
        server: likewise, a URL.
        token: in place of the user's.
        impersonated: who is meant in place of the user, a name.
        groups: likewise.
        timeout: of each request, as `5s` or `1m`; `0` for the usual one.
    """

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    user: str = ""
    server: str = ""
    token: str = field(default="", repr=False)
    impersonated: str = ""
    groups: tuple[str, ...] = ()
    timeout: str = "0"

    @property
    def of_a_cluster(self) -> Sequence[tuple[str, str]]:
        """Those that name a cluster, and who asks but for the token, each with what it says."""
        named = ("kubeconfig", "context", "cluster", "user", "server")
        return [(name, value) for name in named if (value := getattr(self, name))]

    def chosen(self, environment: Mapping[str, str] = os.environ) -> Context:
        """Return the context that they choose.

        Raises:
            SettingError: there is none, or it cannot be read.
        """
        found = Kubeconfig.read(self.kubeconfig or None, environment)
        is_elsewhere = self.context or self.cluster or self.server or found.contexts
        if not is_elsewhere and is_in_pod(environment, FOLDER):
            context = _of_pod(environment, FOLDER)
        else:
            named = {"cluster": self.cluster, "user": self.user, "server": self.server}
            context = found.context(self.context, **named)
        return replace(context, user=self._with_token(context.user))

    def _with_token(self, user: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave of a user who is meant, not who asks, where a token says that."""
        if not self.token:
            return user
        meant = {name: value for name, value in user.items() if name.startswith("as")}
        return {**meant, "token": self.token}


def _of_pod(environment: Mapping[str, str], folder: Path) -> Context:
    """Return what kubectl takes in a pod without a kubeconfig: the pod's own account."""
    host, port = (environment.get(f"KUBERNETES_SERVICE_{each}", "") for each in ("HOST", "PORT"))
    where = f"[{host}]" if ":" in host else host
    return Context(
        "",
        {"server": f"https://{where}:{port}", "certificate-authority": str(folder / "ca.crt")},
        {"tokenFile": str(folder / "token")},
        namespace(folder) or "default",
        "the pod's account",
    )


class Ways(NamedTuple):
    """The ways to a cluster.

    Args:
        transport: asks for metadata.
        streams: read logs.
        events: sends events to its Brokers.
        rehearsals: ask what would come of writes.
    """

    transport: Transport
    streams: Streams
    events: EventsOnly
    rehearsals: Rehearsals


def ways_to(
    context: Context,
    flags: Flags,
    environment: Mapping[str, str] = os.environ,
    *,
    retries: int | None = None,
) -> Ways:
    """Return what asks a cluster.

    Args:
        context: the cluster, and who asks.
        flags: say who is meant, and how long an answer may take.
        environment: of the process.
        retries: how often a request is sent again; None for as often as the functions do.

    Raises:
        SettingError: the context cannot be used.
    """
    settings = replace(Settings(), request_timeout=_seconds(flags.timeout))
    if retries is not None:
        settings = replace(settings, request_retries=retries)
    account, headers = account_of(context, environment), impersonated(context, flags)
    transport = HttpTransport(account, settings)
    streams = Streams(account, headers)
    return Ways(
        MetadataOnly(transport, headers),
        streams,
        EventsOnly(transport, headers),
        Rehearsals(transport),
    )


def impersonated(context: Context, flags: Flags) -> HTTPHeaderDict:
    """Return the headers that say who is meant; of several groups each has its own."""
    user = context.user
    name = flags.impersonated or str(user.get("as") or "")
    groups = flags.groups or tuple(user.get("as-groups") or ())
    uid, extra = str(user.get("as-uid") or ""), user.get("as-user-extra") or {}
    if (groups or uid or extra) and not name:
        raise SettingError("--as-group says in which groups somebody is: say who, by --as.")
    headers = HTTPHeaderDict({"Impersonate-User": name} if name else {})
    for group in groups:
        headers.add("Impersonate-Group", str(group))
    if uid:
        headers["Impersonate-Uid"] = uid
    for key, values in extra.items():
        for value in values:
            headers.add(f"Impersonate-Extra-{quote(key, safe='')}", str(value))
    return headers


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise SettingError(f"--request-timeout={text} is no time. Write 5s, 1m or 0.")
    seconds = int(match[1]) * _SECONDS[match[2]]
    return max(1, round(seconds)) if seconds else Settings().request_timeout
