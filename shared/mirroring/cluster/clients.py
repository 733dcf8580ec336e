"""A cluster, as one event sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.cluster.leases import LeaseKeeper
from mirroring.cluster.reading import ApiReader
from mirroring.cluster.requests import Counted
from mirroring.cluster.sharing import SharedReader
from mirroring.cluster.writing import ApiWriter

if TYPE_CHECKING:
    from mirroring.cluster.connections import Connection
    from mirroring.cluster.sharing import Readings


class Cluster:
    """What reads a cluster and what writes it, for one event.

    Args:
        connection: to its API server.
        dry_run: whether writes are only asked about.
        readings: what is read together with other events.

    Attributes:
        reader: reads.
        writer: writes.
        leases: keep what one event leaves for the next.
        workers: do several things at a time.
    """

    def __init__(
        self, connection: Connection, *, dry_run: bool = False, readings: Readings | None = None
    ) -> None:
        self._counted = Counted(connection.transport, readings.forget if readings else None)
        self.reader = (
            SharedReader(self._counted, readings) if readings else ApiReader(self._counted)
        )
        self.writer = ApiWriter(self._counted, dry_run=dry_run)
        self.leases = LeaseKeeper(self._counted)
        self.workers = connection.writers

    @property
    def calls(self) -> int:
        """How many requests were made."""
        return self._counted.calls
