"""What a resync costs, whatever it finds."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from mirroring.names import ROLE
from tests.bench.serving import BenchError, accuses, ping
from tests.bench.sites import creation
from tests.bench.spending import Cost, typical
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.serving import Serving
    from tests.bench.sites import Site
    from tests.bench.spending import Spent

FIRST: Final = "first resync, every mirror is made"
LOOK: Final = "look at everything, nothing to do"
TICK: Final = "resync, nothing to do"
THIRD_MISSING: Final = "resync, a third of all mirrors is missing"
ALL_MISSING: Final = "resync, every mirror is missing"

_KINDS: Final = ("Secret", "ConfigMap")
BY_LABEL: Final = (
    path_of("Namespace", ""),
    *(f"{path_of(kind, '')}?{urlencode({'labelSelector': ROLE})}" for kind in _KINDS),
)
_EVERYTHING: Final = (path_of("Namespace", ""), *(path_of(kind, "") for kind in _KINDS))
_ALWAYS: Final = {"KN_MIRROR_FULL_RESYNC_INTERVAL": "0"}
# Of a hundred mirrors 34 are missing.
_CYCLE: Final = 50
_MISSING: Final = 17


def measure_orderly(site: Site, rounds: int) -> list[Cost]:
    """Resync a cluster without mirrors, and then, when all is in order.

    Each by a process of its own, in turns with the same lists without it.
    """
    with site.serving("on_resync") as serving:
        first = _resync(site, serving)
    return [
        Cost(FIRST, site.landscape.namespaces, site.landscape.mirrors, first),
        _undisturbed(site, LOOK, _EVERYTHING, rounds, **_ALWAYS),
        _undisturbed(site, TICK, BY_LABEL, rounds),
    ]


def measure_losses(site: Site, rounds: int) -> list[Cost]:
    """Resync a cluster that has lost mirrors, in turns with making the same ones without it."""
    return [
        _damaged(site, THIRD_MISSING, _MISSING, rounds),
        _damaged(site, ALL_MISSING, _CYCLE, (rounds + 1) // 2),
    ]


def _resync(site: Site, serving: Serving) -> Spent:
    """Let everything be brought in order.

    Raises:
        BenchError: mirrors are missing after that, or there are too many.
    """
    spent, wanted = serving.deliver(ping()), site.landscape.mirrors
    if (found := len(site.mirrors())) != wanted:
        told = next(filter(accuses, serving.audit()), "nothing of it")
        raise BenchError(f"{found} mirrors are there instead of {wanted}; the audit says {told}")
    return spent


def _undisturbed(
    site: Site, activity: str, lists: Sequence[str], rounds: int, **environment: str
) -> Cost:
    ours, bare, pages = [], [], 0
    with site.serving("on_resync", **environment) as serving:
        for _ in range(rounds):
            ours.append(serving.deliver(ping()))
            fetched = site.bare.fetch(lists)
            bare.append(fetched.seconds)
            pages = fetched.further_pages
    return Cost(
        activity, site.landscape.namespaces, 0, typical(ours), median(bare), further_pages=pages
    )


def _damaged(site: Site, activity: str, missing: int, rounds: int) -> Cost:
    """Delete mirrors and let them be made again, by a resync and by the same requests in turns."""
    ours, bare = [], []
    lost = [each for n, each in enumerate(site.mirrors(whole=True)) if n % _CYCLE < missing]
    creations = [creation(each) for each in lost]
    with site.serving("on_resync") as serving:
        for _ in range(rounds):
            site.delete(lost)
            ours.append(_resync(site, serving))
            site.delete(lost)
            bare.append(site.bare.send(creations))
    return Cost(activity, site.landscape.namespaces, len(lost), typical(ours), median(bare))
