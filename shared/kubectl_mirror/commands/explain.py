"""`kubectl mirror explain`: why a mirror is there, or is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.certificates import told
from kubectl_mirror.asking.consumers import KINDS, read, uses_of
from kubectl_mirror.asking.explanations import Explanation
from kubectl_mirror.asking.objects import Inquirer
from kubectl_mirror.asking.questions import consumer_of, is_of_a_kind, refs_of
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
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.asking.consumers import Use
    from kubectl_mirror.showing.pages import Output
    from mirroring.objects.references import Ref


@click.command()
@click.argument("what", shell_complete=candidates.objects)
@options
def explain(what: str, site: Site, output: Output) -> int:
    """Say why a mirror is there, or is not; what decided; and by which command it changes.

    WHAT is a source as namespace/name, whose mirror in the namespace of -n is explained; or
    secret/name, configmap/name, ingress/name, gateway/name or certificate/name in that namespace,
    be it there or not. Commands that give away what others have are named where WHAT is a source.

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
    if kind := KINDS.get(before.lower()):
        return _of_consumer(consumer_of(kind, name, site.namespace), site, inquirer)
    refs = refs_of(what, site.namespace, site.limits.kinds)
    there = [ref for ref in refs if inquirer.is_there(ref)]
    if is_of_a_kind(what) or "/" not in what or not site.is_named:
        return [each for ref in there or refs[:1] for each in inquirer.object(ref)]
    explained = [inquirer.mirror(ref, site.namespace) for ref in there or refs]
    # Of what went, the kind is known by what is left of it.
    left = [each for each in explained if each.step and each.step.seen]
    return explained if there else left or explained[:1]


def _of_consumer(ref: Ref, site: Site, inquirer: Inquirer) -> Sequence[Explanation]:
    found = read(site.transport, ref)
    if found is None:
        raise SettingError(f"There is no {ref}.")
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
