"""API servers that tests run on: the sandbox, and a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """An API server, and how to speak to it as one who may do everything.

    Args:
        url: without a path.
        kubeconfig: for programs that read one.
        token: empty where none is asked for.
        ca_file: the certificates to trust, None where there is no TLS.
    """

    url: str
    kubeconfig: Path
    token: str = ""
    ca_file: Path | None = None
