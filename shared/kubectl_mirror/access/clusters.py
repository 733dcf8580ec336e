"""The cluster that a command asks, as kubectl's flags name it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.access.accounts import account_of
from kubectl_mirror.access.kubeconfigs import Kubeconfig
from kubectl_mirror.access.streams import Streams
from kubectl_mirror.access.transports import EventsOnly, MetadataOnly
from mirroring.cluster.transports import HttpTransport
from mirroring.errors import SettingError
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_mirror.access.kubeconfigs import Context
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

    def chosen(self, environment: Mapping[str, str] = os.environ) -> Context:
        """Return the context that they choose.

        Raises:
            SettingError: there is none, or it cannot be read.
        """
        found = Kubeconfig.read(self.kubeconfig or None, environment)
        context = found.context(self.context, cluster=self.cluster, user=self.user)
        cluster = {**context.cluster, **({"server": self.server} if self.server else {})}
        user = {"token": self.token} if self.token else context.user
        return replace(context, cluster=cluster, user=user)


class Ways(NamedTuple):
    """The ways to a cluster.

    Args:
        transport: asks for metadata.
        streams: read logs.
        events: sends events to its Brokers.
    """

    transport: Transport
    streams: Streams
    events: EventsOnly


def ways_to(context: Context, flags: Flags, environment: Mapping[str, str] = os.environ) -> Ways:
    """Return what asks a cluster.

    Raises:
        SettingError: the context cannot be used.
    """
    settings = replace(Settings(), request_timeout=_seconds(flags.timeout))
    account, headers = account_of(context, environment), _impersonated(context, flags)
    transport = HttpTransport(account, settings)
    streams = Streams(account, headers)
    return Ways(MetadataOnly(transport, headers), streams, EventsOnly(transport, headers))


def _impersonated(context: Context, flags: Flags) -> dict[str, str]:
    """Return the headers that say who is meant."""
    user = context.user
    name = flags.impersonated or str(user.get("as") or "")
    groups = flags.groups or tuple(user.get("as-groups") or ())
    if groups and not name:
        raise SettingError("--as-group says in which groups somebody is: say who, by --as.")
    # urllib3 sends a header once; the API server takes several groups in several headers only.
    if len(groups) > 1:
        raise SettingError("Several groups cannot be meant at once. Name one by --as-group.")
    found = {"Impersonate-User": name} if name else {}
    return found | ({"Impersonate-Group": groups[0]} if groups else {})


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise SettingError(f"--request-timeout={text} is no time. Write 5s, 1m or 0.")
    seconds = int(match[1]) * _SECONDS[match[2]]
    return max(1, round(seconds)) if seconds else Settings().request_timeout
