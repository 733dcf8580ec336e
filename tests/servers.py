"""An API server that a test runs against, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach an API server.

    Args:
        url: without a path.
        kubeconfig: for what is tested; its account may do what mirroring needs and no more.
        admin_kubeconfig: for everything else.
        token: the administrator's bearer token; empty where none is asked for.
        ca_file: the certificates to trust; None where there is no TLS.
        forget_old_states: makes the server unable to tell what was before; a sandbox begins so.
    """

    url: str
    kubeconfig: Path
    admin_kubeconfig: Path
    token: str = field(default="", repr=False)
    ca_file: Path | None = None
    forget_old_states: Callable[[], None] = lambda: None
