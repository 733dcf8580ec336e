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
    from kubectl_mirror.asking.forecasts import Forecast
    from kubectl_mirror.asking.rehearsals import Rehearsed
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
@click.option(
    "--server-side",
    is_flag=True,
    help="have the API server say of examples, as kn-mirror's account, whether it would take them",
)
@options
def plan(
    sources: tuple[str, ...],
    *,
    files: tuple[str, ...],
    kustomizations: tuple[str, ...],
    annotations: tuple[str, ...],
    server_side: bool,
    site: Site,
    output: Output,
) -> int:
    """Say what kn-mirror would make, change and take away, what is blocked, and why.

    With -f, -k or --annotate: if these were applied to the cluster as it is. Without: what the next
    resync does. Nothing is written, and no value of any Secret is shown.

    With --server-side the API server is asked of one example of each kind of write of a source, by
    a dry run with made-up values: by rights, quotas and policies. It takes the right to impersonate
    kn-mirror's account.

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
    forecast, asked = forecaster.forecast(named), None
    if server_side:
        output.progress.say("Asking the API server of examples")
        forecast, asked = _rehearsed(site, forecast, supposition)
    forecast_page(forecast, supposition, asked).show(output)
    return DIFFERENCES if forecast.is_difference or forecast.missing else IN_SYNC


def _rehearsed(site: Site, forecast: Forecast, supposition: Supposition) -> Rehearsed:
    # Whoever does not ask for it need not wait for it.
    from kubectl_mirror.asking.rehearsals import Rehearser  # noqa: PLC0415

    own = site.installation.namespace
    rehearser = Rehearser(
        site.reader,
        lambda account: site.rehearsals.of(own, account),
        own,
        supposition,
        _noted(site),
    )
    return rehearser.rehearse(forecast)


def _noted(site: Site) -> str:
    return site.now.strftime("%Y-%m-%dT%H:%M:%SZ")


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
    supposing = Supposing(site.transport, site.limits.kinds, site.namespace, _noted(site))
    if annotations and not named:
        raise SettingError("--annotate says what of SOURCE is to be otherwise: name a SOURCE.")
    read = documents(files, kustomizations)
    return supposing.of(read, of_annotations(named, annotations) if annotations else ())
