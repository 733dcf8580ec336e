"""`kubectl mirror tree`: sources with what is mirrored from them, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kubectl_mirror.asking.questions import Question
from kubectl_mirror.asking.surveys import Survey
from kubectl_mirror.asking.trees import Grove
from kubectl_mirror.commands import candidates
from kubectl_mirror.commands.options import exit_code, options_with
from kubectl_mirror.showing.trees import tree_page

if TYPE_CHECKING:
    from kubectl_mirror.access.sites import Site
    from kubectl_mirror.showing.pages import Output


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=candidates.sources)
@click.option("--all", "all_of_them", is_flag=True, help="each of many mirrors that are alike")
@options_with("mermaid", "dot", "svg")
def tree(sources: tuple[str, ...], site: Site, output: Output, *, all_of_them: bool) -> int:
    """Show sources, their mirrors, and what is pulled from these, as a picture.

    SOURCE is name, namespace/name or secret/name. Without any: what is in the namespace that is
    meant, or with -A all sources. mermaid and dot are for other tools to draw, svg for a browser.

    Exit code 0: all is in sync; 1: something is not; more: it could not be seen.
    """
    question = Question.of(
        sources,
        namespace=site.namespace,
        everywhere=site.is_everywhere,
        kinds=site.limits.kinds,
    )
    survey = Survey(site.reader, site.limits, site.leases, site.installation.namespace, site.now)
    answer = survey.answer(question)
    tree_page(answer, Grove.of(answer), site.now, all_of_them=all_of_them).show(output)
    return exit_code(answer)
