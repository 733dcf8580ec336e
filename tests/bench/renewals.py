"""What it costs to bring a renewed Secret to every namespace."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from mirroring.names import REFLECTED_VERSION
from tests.bench.bare import Request
from tests.bench.landscapes import EVERYWHERE, HOME, certificate
from tests.bench.serving import BenchError, event
from tests.bench.spending import Cost, typical
from tests.lab.api import JSON_PATCH
from tests.lab.clusters import encode, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.bench.serving import Serving
    from tests.bench.sites import Site
    from tests.bench.spending import Spent

RENEWAL: Final = "renewal of a source with a mirror in every namespace"


def measure_renewals(site: Site, rounds: int) -> Cost:
    """Renew the certificate, in turns with the same patches, which take its mirrors back again.

    The bare patches leave the mirrors as they were before the renewal just measured, so that the
    next one finds what any renewal finds.
    """
    ours, bare = [], []
    with site.serving("on_secret_update") as serving:
        for _ in range(rounds):
            before = _a_mirror(site)
            ours.append(_renew(site, serving))
            bare.append(site.bare.send(list(_back_to(before, _a_mirror(site), site))))
    teams = site.landscape.namespaces
    return Cost(RENEWAL, teams, teams, typical(ours), median(bare))


def _renew(site: Site, serving: Serving) -> Spent:
    """Change the source, and let its mirrors follow.

    Raises:
        BenchError: not every mirror has followed.
    """
    data = {key: encode(value) for key, value in certificate().items()}
    renewed = site.workbench.patch("Secret", HOME, EVERYWHERE, {"data": data})
    spent = serving.deliver(event("update", "Secret", HOME, EVERYWHERE))
    version = renewed["metadata"]["resourceVersion"]
    followed = sum(
        each["metadata"]["annotations"].get(REFLECTED_VERSION) == version
        for each in site.named(EVERYWHERE)
    )
    if followed != site.landscape.namespaces:
        raise BenchError(f"{followed} of {site.landscape.namespaces} mirrors have followed")
    return spent


def _a_mirror(site: Site) -> dict[str, Any]:
    team = site.landscape.teams()[0]
    mirror = site.workbench.get("Secret", team, EVERYWHERE)
    if mirror is None:
        raise BenchError(f"Secret {team}/{EVERYWHERE} is not there: no resync has made it")
    return mirror


def _back_to(before: Mapping[str, Any], after: Mapping[str, Any], site: Site) -> Iterator[Request]:
    """Do to each mirror the contrary of a renewal: `before` had become `after`."""
    now = after["metadata"]["annotations"]
    changed = dict(before["metadata"]["annotations"].items() - now.items())
    operations = [
        {"op": "add", "path": "/data", "value": before["data"]},
        *(
            {"op": "add", "path": f"/metadata/annotations/{key.replace('/', '~1')}", "value": value}
            for key, value in changed.items()
        ),
    ]
    for found in site.named(EVERYWHERE):
        seen = found["metadata"]
        if seen["namespace"] != HOME:
            version = seen["resourceVersion"]
            lock = {"op": "replace", "path": "/metadata/resourceVersion", "value": version}
            path = f"{path_of('Secret', seen['namespace'], EVERYWHERE)}?fieldManager=kn-mirror"
            body = json.dumps([lock, *operations]).encode()
            yield Request("PATCH", path, body, JSON_PATCH)
