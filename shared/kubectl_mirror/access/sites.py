"""A cluster, as one command asks it: who asks, of which kn-mirror, and what namespace is meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING

from kubectl_mirror.access.clusters import ways_to
from kubectl_mirror.access.installations import Installation
from mirroring.cluster.leases import LeaseKeeper
from mirroring.cluster.reading import ApiReader
from mirroring.errors import SettingError
from mirroring.objects.references import is_namespace_name
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from datetime import datetime

    from kubectl_mirror.access.clusters import Flags
    from kubectl_mirror.access.streams import Streams
    from kubectl_mirror.access.transports import EventsOnly, Rehearsals
    from mirroring.cluster.protocols import Transport
    from mirroring.policies.limits import Limits


def _named(namespace: object) -> str:
    if isinstance(namespace, str) and is_namespace_name(namespace):
        return namespace
    raise SettingError(
        f"{quoted(str(namespace))} is no name of a namespace. Name one by -n, or correct what "
        "the kubeconfig's context or --installed-in says."
    )


@dataclass(frozen=True, slots=True)
class Site:
    """What a command asks.

    Args:
        transport: by which nothing is written, nor content read.
        streams: read logs of Pods.
        events: sends events to its Brokers.
        rehearsals: ask what would come of writes.
        installation: kn-mirror, as it is there.
        namespace: the one that is meant.
        is_named: whether somebody named it, and not the kubeconfig.
        is_everywhere: whether all of them are.
        now: the time.
        flags: by which others ask the same cluster, where somebody named another than the usual.
    """

    transport: Transport
    streams: Streams
    events: EventsOnly
    rehearsals: Rehearsals
    installation: Installation
    namespace: str
    is_named: bool
    is_everywhere: bool
    now: datetime
    flags: str = ""

    @classmethod
    def of(
        cls, flags: Flags, *, namespace: str, everywhere: bool, installed_in: str, now: datetime
    ) -> Site:
        """Find the cluster that kubectl's flags name, and kn-mirror in it.

        Raises:
            SettingError: the flags name none that can be used.
            ApiError: it did not answer.
        """
        context = flags.chosen()
        # They become part of paths, and of what is printed.
        meant, own = _named(namespace or context.namespace), _named(installed_in)
        ways = ways_to(context, flags)
        installation = Installation.read(ways.transport, own)
        return cls(
            ways.transport,
            ways.streams,
            ways.events,
            ways.rehearsals,
            installation,
            meant,
            bool(namespace),
            everywhere,
            now,
            " ".join(f"--{name}={quote(value)}" for name, value in flags.of_a_cluster),
        )

    def again(self, now: datetime) -> Site:
        """Return the same as it is later.

        Raises:
            ApiError: the cluster did not answer.
        """
        installation = Installation.read(self.transport, self.installation.namespace)
        return replace(self, installation=installation, now=now)

    @property
    def reader(self) -> ApiReader:
        """Reads metadata."""
        return ApiReader(self.transport)

    @property
    def leases(self) -> LeaseKeeper:
        """Reads what kn-mirror remembers."""
        return LeaseKeeper(self.transport)

    @property
    def limits(self) -> Limits:
        """What kn-mirror looks at there."""
        return self.installation.settings.limits.of(self.installation.namespace)
