"""Rehearsals: writes of kn-mirror's accounts that the API server is asked about, and never does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from mirroring.cluster.requests import METADATA
from mirroring.cluster.writing import ApiWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirroring.cluster.protocols import Transport, Writer

_ALL: Final = r"/api/v1/namespaces/[a-z0-9-]+/(?:secrets|configmaps)"
# Of all objects of a namespace only one more is asked for: nothing deletes them all.
_PATHS: Final = {
    "POST": re.compile(_ALL),
    "PATCH": re.compile(rf"{_ALL}/[a-z0-9][a-z0-9.-]*"),
    "DELETE": re.compile(rf"{_ALL}/[a-z0-9][a-z0-9.-]*"),
}
_DRY_RUN: Final = ("dryRun", "All")
_ACCOUNT: Final = re.compile(r"system:serviceaccount:[a-z0-9-]+:on-[a-z-]+")


class RehearsalsOnly:
    """A transport by which a Secret's or ConfigMap's write is asked about, and nothing is written.

    The answer has no content. Nobody else is meant than an account of kn-mirror's, whoever asks.

    Args:
        transport: sends what is asked.
        user: the account, as the API server names it.
    """

    def __init__(self, transport: Transport, user: str) -> None:
        if not _ACCOUNT.fullmatch(user):
            raise PermissionError(f"kubectl mirror asks as functions only, and was to as {user}")
        self._transport, self._user = transport, user

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Send a request that may be, as `Transport` says.

        Raises:
            PermissionError: it may not, which is a mistake of the command's.
            Unavailable: no answer came.
        """
        allowed = _PATHS.get(method)
        if not (allowed and allowed.fullmatch(path) and _is_rehearsal(method, query, body)):
            raise PermissionError(f"kubectl mirror writes nothing, and was to {method} {path}")
        if headers.get("Accept") != METADATA:
            raise PermissionError(f"kubectl mirror reads no content, and was to read {path}")
        sent = {**headers, "Impersonate-User": self._user}
        return self._transport.request(
            method, path, query=query, headers=sent, body=body, most=most
        )


def _is_rehearsal(method: str, query: Sequence[tuple[str, str]], body: bytes | None) -> bool:
    is_plain = all(each == _DRY_RUN or each[0] == "fieldManager" for each in query)
    if _DRY_RUN not in query or not is_plain:
        return False
    # Of a deletion with options the API server reads none of its query.
    return method != "DELETE" or _says_so(body)


def _says_so(body: bytes | None) -> bool:
    try:
        options = json.loads(body or b"")
    except ValueError:
        return False
    return isinstance(options, dict) and options.get("dryRun") == ["All"]


def asking_as(transport: Transport, namespace: str, account: str) -> Writer:
    """Return what asks as one of kn-mirror's accounts what would come of a write.

    Args:
        transport: sends what is asked, as whoever the kubeconfig says.
        namespace: kn-mirror's own.
        account: of it.
    """
    user = f"system:serviceaccount:{namespace}:{account}"
    return ApiWriter(RehearsalsOnly(transport, user), dry_run=True)
