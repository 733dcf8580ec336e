"""Accounts: which API server is asked, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Credentials(Protocol):
    """What tells the API server who asks."""

    def header(self) -> str:
        """Return the header `Authorization` as it is now; empty for none."""
        ...

    def renew(self, refused: str) -> bool:
        """Look for others than those that were refused, and say whether there are any."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks, and how the API server is reached.

    Args:
        server: its URL.
        credentials: are asked before every request.
        tls: what urllib3's pools take for it: certificates, keys and names.
        proxy: the URL of the one that leads to the server; empty for none.
    """

    server: str
    credentials: Credentials
    tls: Mapping[str, Any]
    proxy: str = ""
