"""The connection to the API server: credentials, transport, retries, and the writing threads."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from mirroring.errors import SettingError, Unavailable

if TYPE_CHECKING:
    from mirroring.settings import Settings

_log = logging.getLogger(__name__)

_SERVICE_ACCOUNT_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_TRANSIENT: Final = (429, 500, 502, 503, 504)
_LONGEST_RETRY_AFTER: Final = 10  # seconds; what takes longer is for the event's own retry


class Connection:
    """One pool of connections to one API server, shared by all threads of the process.

    Every request has a timeout. Requests that met 429, 5xx or a broken connection are sent again,
    after the time that the server asks for: each is either a read or guarded by a precondition, so
    that twice is once.
    """

    def __init__(self, configuration: Configuration, settings: Settings) -> None:
        configuration.retries = Retry(
            total=settings.request_retries,
            status_forcelist=_TRANSIENT,
            allowed_methods=None,
            backoff_factor=0.2,
            backoff_max=2,
            retry_after_max=_LONGEST_RETRY_AFTER,
            raise_on_status=False,
        )
        # Beyond its size the pool opens, and throws away, a TLS connection for every request.
        configuration.connection_pool_maxsize = settings.writers + settings.threads
        self._client = ApiClient(configuration)
        self._client.user_agent = "kn-mirror"
        self._timeout = settings.request_timeout
        self.writers = ThreadPoolExecutor(settings.writers, thread_name_prefix="writer")

    @classmethod
    def from_environment(cls, settings: Settings) -> Self:
        """Connect as the pod's service account where there is one, else as `KUBECONFIG` says.

        Raises:
            SettingError: neither is there, or it cannot be read.
        """
        configuration = Configuration()
        try:
            if _SERVICE_ACCOUNT_TOKEN.exists() and "KUBERNETES_SERVICE_HOST" in os.environ:
                config.load_incluster_config(client_configuration=configuration)
            else:
                config.load_kube_config(
                    os.environ.get("KUBECONFIG"), client_configuration=configuration
                )
        except (ConfigException, OSError) as error:
            raise SettingError(
                f"No way to the API server: {str(error).rstrip('.')}. "
                "Run in a pod with a service account, or set KUBECONFIG."
            ) from error
        return cls(configuration, settings)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, str]] | None = None,
        headers: dict[str, str],
        body: object = None,
    ) -> tuple[int, bytes]:
        """Send one request and return the answer's status and body, whatever the status is.

        Raises:
            Unavailable: no answer came, after all retries.
        """
        serialized: tuple[Any, ...] = self._client.param_serialize(
            method, path, query_params=query, header_params=headers, auth_settings=["BearerToken"]
        )
        _, url, sent_headers, _, _ = serialized
        try:
            answer = self._client.call_api(
                method, url, sent_headers, body, _request_timeout=self._timeout
            )
            _log.debug("%s %s: %s", method, path, answer.status)
            return answer.status, answer.read() or b""
        except (HTTPError, ApiException) as error:
            raise Unavailable(
                f"The API server did not answer {method} {path}: {type(error).__name__}. "
                "It is tried again when the event is delivered again."
            ) from error

    def is_ready(self) -> bool:
        """Whether the API server answers this account."""
        try:
            status, _ = self.request("GET", "/version", headers={"Accept": "application/json"})
        except Unavailable:
            return False
        return status == HTTPStatus.OK
