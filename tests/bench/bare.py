"""The same writes that a renewal makes, sent by the same client and nothing more."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration

from tests.bench.serving import BenchError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# As mirroring asks for it: metadata alone are a fraction of what was written.
_METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_JSON: Final = "application/json"
_JSON_PATCH: Final = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Write:
    """One request that is to be sent."""

    method: str
    path: str
    body: Any


class BareClient:
    """The official client, with as many threads as a function writes by.

    Args:
        kubeconfig: the account of the functions.
        threads: how many requests are under way at once.
    """

    def __init__(self, kubeconfig: Path, threads: int) -> None:
        configuration = Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=configuration)
        configuration.connection_pool_maxsize = threads
        self._client = ApiClient(configuration)
        self._pool = ThreadPoolExecutor(threads)

    def send(self, writes: Sequence[Write]) -> float:
        """Send all of them; return the seconds until the last was answered.

        Raises:
            BenchError: not every one was done.
        """
        start = time.perf_counter()
        statuses = list(self._pool.map(self._send, writes))
        seconds = time.perf_counter() - start
        if max(statuses) >= HTTPStatus.MULTIPLE_CHOICES:
            raise BenchError(f"a bare write was answered {max(statuses)}")
        return seconds

    def _send(self, write: Write) -> int:
        content_type = _JSON_PATCH if write.method == "PATCH" else _JSON
        serialized: tuple[Any, ...] = self._client.param_serialize(
            write.method,
            write.path,
            query_params=[("fieldManager", "kn-mirror")],
            header_params={"Accept": _METADATA, "Content-Type": content_type},
            auth_settings=["BearerToken"],
        )
        _, url, headers, _, _ = serialized
        answer = self._client.call_api(write.method, url, headers, write.body)
        answer.read()
        return int(answer.status)
