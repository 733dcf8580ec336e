"""`kubectl mirror plan`: what would be done, if manifests were applied, or by the next resync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kubectl_mirror.access.documents import documents
from kubectl_mirror.asking.forecasts import Forecaster
from kubectl_mirror.asking.questions import refs_of
from kubectl_mirror.asking.suppositions import Supposing, Supposition
from kubectl_mirror.asking.wishes import of_annotations
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import DIFFERENCES, IN_SYNC, options
from kubectl_mirror.showing.forecasts import forecast_page
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.showing.pages import Output
    from mirroring.objects.references import Ref


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=candidates.sources)
@click.option(
    "-f",
    "--filename",
    "files",
    multiple=True,
    metavar="FILE",
    help="manifests to be applied: a file, a folder, or - for standard input",
)
@click.option(
    "-k", "--kustomize", "kustomizations", multiple=True, metavar="DIR", help="likewise, built"
)
@click.option(
    "--annotate",
    "annotations",
    multiple=True,
    metavar="KEY=VALUE",
    help="an annotation that SOURCE gets, or KEY- loses; auto-namespaces is enough for a KEY",
)
@options
def plan(
    sources: tuple[str, ...],
    *,
    files: tuple[str, ...],
    kustomizations: tuple[str, ...],
    annotations: tuple[str, ...],
    site: Site,
    output: Output,
) -> int:
    """Say what kn-mirror would make, change and take away, what is blocked, and why.

    With -f, -k or --annotate: if these were applied to the cluster as it is. Without: what the next
    resync does. Nothing is written, and no value of any Secret is shown.

    SOURCE is name, namespace/name or secret/name; without any: all of them.

    Exit code 0: nothing; 1: something, or something to correct; more: it could not be seen.
    """
    named = frozenset(ref for text in sources for ref in _refs(text, site))
    supposition = _supposed(site, named, files, kustomizations, annotations)
    forecaster = Forecaster(
        site.reader,
        site.limits,
        site.leases,
        site.installation.namespace,
        site.now,
        supposition,
    )
    forecast = forecaster.forecast(named)
    forecast_page(forecast, supposition).show(output)
    return DIFFERENCES if forecast.is_difference or forecast.missing else IN_SYNC


def _refs(text: str, site: Site) -> Sequence[Ref]:
    return refs_of(text, site.namespace, site.limits.kinds)


def _supposed(
    site: Site,
    named: frozenset[Ref],
    files: Sequence[str],
    kustomizations: Sequence[str],
    annotations: Sequence[str],
) -> Supposition:
    if not (files or kustomizations or annotations):
        return Supposition()
    at = site.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    supposing = Supposing(site.transport, site.limits.kinds, site.namespace, at)
    if annotations and not named:
        raise SettingError("--annotate says what of SOURCE is to be otherwise: name a SOURCE.")
    read = documents(files, kustomizations)
    return supposing.of(read, of_annotations(named, annotations) if annotations else ())
