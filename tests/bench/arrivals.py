"""What a new namespace costs, of which few of many sources want a mirror."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from mirroring.names import REFLECTS, ROLE, ROLE_SOURCE
from tests.bench.bare import Request
from tests.bench.landscapes import team_namespace
from tests.bench.serving import BenchError, event
from tests.bench.sites import creation
from tests.bench.spending import Cost, typical
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from typing import Any

    from tests.bench.sites import Site

ARRIVAL: Final = "new namespace, 3 of 100 sources want a mirror in it"

_ROUNDS: Final = 9
_WANTED: Final = 3
_SOURCES: Final = tuple(
    f"{path_of(kind, '')}?{urlencode({'labelSelector': f'{ROLE}={ROLE_SOURCE}'})}"
    for kind in ("Secret", "ConfigMap")
)


def measure_arrivals(site: Site) -> Cost:
    """Create namespaces, in turns with the requests without which none gets its mirrors.

    Those are: the namespace read, the sources listed, those that match read, the mirrors created.
    """
    ours, bare = [], []
    with site.serving("on_namespace_create") as serving:
        for number in range(_ROUNDS):
            # By its name a source with patterns wants it, by its label another; one wants all.
            name = f"team-002-new-{number}"
            body = team_namespace(name, "001")
            site.workbench.create(path_of("Namespace", ""), body)
            ours.append(serving.deliver(event("add", "Namespace", "", name)))
            bare.append(_without_function(site, name))
    return Cost(ARRIVAL, site.landscape.namespaces, _WANTED, typical(ours), median(bare))


def _without_function(site: Site, name: str) -> float:
    """Send the requests again, the mirrors having been deleted; return the seconds."""
    made = list(site.admin.items(path_of("Secret", name), whole=True))
    if len(made) != _WANTED:
        raise BenchError(f"a new namespace got {len(made)} mirrors instead of {_WANTED}")
    creations, reads = [creation(each) for each in made], [_source_of(each) for each in made]
    site.delete(made)
    seconds = site.bare.send([Request("GET", path_of("Namespace", "", name))])
    seconds += site.bare.fetch(_SOURCES).seconds
    return seconds + site.bare.send(reads) + site.bare.send(creations)


def _source_of(mirror: dict[str, Any]) -> Request:
    namespace, name = mirror["metadata"]["annotations"][REFLECTS].split("/")
    return Request("GET", path_of("Secret", namespace, name))
