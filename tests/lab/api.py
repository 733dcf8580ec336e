"""Requests of tests to an API server, each as it is sent and as it comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import urllib3

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: the status code, the decoded JSON and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def reason(self) -> str:
        """The API's word for why it was refused."""
        return str(self.body.get("reason", ""))

    @property
    def causes(self) -> list[str]:
        """The reasons within that reason."""
        causes = (self.body.get("details") or {}).get("causes") or ()
        return [cause["reason"] for cause in causes]

    def __bool__(self) -> bool:
        return self.status < 400


class Api:
    """An API server, spoken to as one account.

    Unlike clients for everybody else it knows nothing of retries, kinds or errors, so that a test
    sees what there is.
    """

    def __init__(self, url: str, *, token: str = "", ca_file: Path | None = None) -> None:
        self.url = url
        self.ca_file = ca_file
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(
            retries=False, timeout=30, maxsize=16, ca_certs=str(ca_file) if ca_file else None
        )

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = JSON,
        **more_headers: str,
    ) -> Answer:
        """Send one request and decode the answer.

        Args:
            method: of HTTP.
            path: with the query, as in `/api/v1/secrets?limit=1`.
            body: is sent as JSON when it is not `None`.
            content_type: of the body; a patch says by it which kind of patch it is.
            more_headers: underscores stand for hyphens.
        """
        more = {name.replace("_", "-"): value for name, value in more_headers.items()}
        headers = {**self._headers, "Content-Type": content_type, **more}
        encoded = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        answer = self._pool.request(method, self.url + path, body=encoded, headers=headers)
        return Answer(answer.status, _decoded(answer.data), answer.headers)

    def stream(self, path: str) -> urllib3.BaseHTTPResponse:
        """Begin a request whose answer is read as it comes; it may be silent for long."""
        return self._pool.request(
            "GET",
            self.url + path,
            headers=self._headers,
            preload_content=False,
            timeout=urllib3.Timeout(connect=30),
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
