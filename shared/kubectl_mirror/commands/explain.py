"""`kubectl mirror explain`: why a mirror is there, or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.objects import Inquirer
from kubectl_mirror.asking.questions import is_of_a_kind, refs_of
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands.options import DIFFERENCES, IN_SYNC, options
from kubectl_mirror.showing.explanations import explanation_page
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.explanations import Explanation
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.argument("what")
@options
def explain(what: str, site: Site, output: Output) -> int:
    """Say why a mirror is there, or is not; what decided; and by which command it changes.

    WHAT is a source as namespace/name, whose mirror in the namespace of -n is explained; or
    secret/name, configmap/name, ingress/name, gateway/name or certificate/name in that namespace,
    be it there or not.

    Exit code 0: there is nothing to mend; 1: there is; more: it could not be seen.
    """
    survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, site.now)
    explained = _explained(what, site, Inquirer(survey))
    explanation_page(explained).show(output)
    return IN_SYNC if all(each.is_well for each in explained) else DIFFERENCES


def _explained(what: str, site: Site, inquirer: Inquirer) -> Sequence[Explanation]:
    kinds = site.limits.kinds
    refs = refs_of(what, site.namespace, kinds)
    if is_of_a_kind(what) or "/" not in what or not site.is_named:
        there = [ref for ref in refs if inquirer.survey.reader.metadata(ref)] or refs[:1]
        return [each for ref in there for each in inquirer.object(ref)]
    if site.is_everywhere:
        raise SettingError("-A names no namespace. Name the one that is meant by -n.")
    there = [ref for ref in refs if inquirer.survey.reader.metadata(ref)] or refs[:1]
    return [inquirer.mirror(ref, site.namespace) for ref in there]
