"""The options that commands share: kubectl's own, by kubectl's names."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from kubectl_mirror.access.clusters import Flags

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS: Final = ("table", "wide", "json", "yaml", "name")

_CLUSTER: Final = (
    click.option("--kubeconfig", metavar="FILE", default="", help="the kubeconfig"),
    click.option("--context", metavar="NAME", default="", help="of the kubeconfig"),
    click.option("--cluster", metavar="NAME", default="", help="in place of the context's"),
    click.option("--user", metavar="NAME", default="", help="in place of the context's"),
    click.option("-s", "--server", metavar="URL", default="", help="in place of the cluster's"),
    click.option("--token", metavar="TOKEN", default="", help="in place of the user's"),
    click.option("--as", "impersonated", metavar="NAME", default="", help="ask as somebody else"),
    click.option("--as-group", "groups", metavar="NAME", multiple=True, help="likewise"),
    click.option(
        "--request-timeout", "timeout", metavar="TIME", default="0", help="of each request, as 5s"
    ),
)
_OTHERS: Final = (
    click.option("-n", "--namespace", metavar="NAME", default="", help="the one that is meant"),
    click.option("-A", "--all-namespaces", is_flag=True, help="all of them"),
    click.option(
        "-o", "--output", type=click.Choice(FORMATS), default="table", help="how it is shown"
    ),
    click.option("--no-headers", is_flag=True, help="a table without its first line"),
    click.option(
        "--installed-in",
        metavar="NAMESPACE",
        default="kn-mirror",
        envvar="KN_MIRROR_NAMESPACE",
        help="kn-mirror's own namespace",
    ),
)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that all of them have; of the cluster's it is given `flags`."""

    @wraps(command)
    def with_flags(**given: Any) -> None:
        names = Flags.__dataclass_fields__
        flags = Flags(**{name: given.pop(name) for name in [*given] if name in names})
        command(flags=flags, **given)

    for option in reversed((*_OTHERS, *_CLUSTER)):
        with_flags = option(with_flags)
    return with_flags
