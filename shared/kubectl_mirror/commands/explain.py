"""`kubectl mirror explain`: why a mirror is there, or is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.certificates import told
from kubectl_mirror.asking.consumers import KINDS, read, uses_of
from kubectl_mirror.asking.explanations import Explanation
from kubectl_mirror.asking.objects import Inquirer
from kubectl_mirror.asking.questions import consumer_of, names_a_namespace, refs_of
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import (
    DIFFERENCES,
    IN_SYNC,
    UNSEEN,
    options,
    tell_whom_commands_are_for,
)
from kubectl_mirror.showing.explanations import explanation_page
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.consumers import Use
    from kubectl_mirror.showing.pages import Output
    from mirroring.objects.references import Ref


@click.command()
@click.argument("what", shell_complete=candidates.objects)
@options
def explain(what: str, site: Site, output: Output) -> int:
    """Say why a mirror is there, or is not; what decided; and by which command it changes.

    WHAT is a source as namespace/name or secret/namespace/name, whose mirror in the namespace of -n
    is explained; or secret/name, configmap/name, ingress/name, gateway/name or certificate/name in
    that namespace, be it there or not. Commands that give away what others have are named where
    WHAT is a source.

    Exit code 0: there is nothing to mend; 1: there is; more: it could not be seen.
    """
    survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, site.now)
    explained = _explained(what, site, Inquirer(survey))
    explanation_page(explained).show(output)
    if any(each.remedies for each in explained):
        tell_whom_commands_are_for(site)
    left = [each for each in explained if not each.is_well]
    if not left:
        return IN_SYNC
    return UNSEEN if all(each.is_unseen for each in left) else DIFFERENCES


def _explained(what: str, site: Site, inquirer: Inquirer) -> Sequence[Explanation]:
    before, _, name = what.partition("/")
    consumer = None
    if kind := KINDS.get(before.lower()):
        consumer = consumer_of(kind, name, site.namespace)
        if found := read(site.transport, consumer):
            return _of_consumer(consumer, found, site, inquirer)
        if "/" in name:
            raise SettingError(f"There is no {consumer}.")
    refs = refs_of(what, site.namespace, site.limits.kinds)
    there = [ref for ref in refs if inquirer.is_there(ref)]
    # A namespace may be called as a kind is.
    if consumer and not there:
        raise SettingError(f"There is no {consumer}, nor a Secret or ConfigMap {refs[0].path}.")
    if not (site.is_named and names_a_namespace(what)):
        return [each for ref in there or refs[:1] for each in inquirer.object(ref)]
    explained = [inquirer.mirror(ref, site.namespace) for ref in there or refs]
    # Of what went, the kind is known by what is left of it.
    left = [each for each in explained if each.step and each.step.seen]
    return explained if there else left or explained[:1]


def _of_consumer(
    ref: Ref, found: Mapping[str, Any], site: Site, inquirer: Inquirer
) -> Sequence[Explanation]:
    uses = uses_of(ref, found)
    if not uses:
        return [Explanation(ref, f"{ref} names no Secret, so it has no certificate of one.")]
    return [each for use in uses for each in _of_use(ref, use, site, inquirer)]


def _of_use(ref: Ref, use: Use, site: Site, inquirer: Inquirer) -> Iterator[Explanation]:
    hosts = f", for {', '.join(use.hosts)}" if use.hosts else ""
    is_missed = not inquirer.is_there(use.secret)
    for each in inquirer.object(use.secret):
        details = [f"{ref} names it{hosts}.", *each.details]
        source = inquirer.metadata(each.source) if each.source else None
        if source:
            details += told(site.transport, source, use.hosts)
        yield replace(each, details=details, is_missed=is_missed or each.is_missed)
