"""The connection to the API server that the handlers of a process share."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from mirroring.cluster import service_accounts
from mirroring.cluster.requests import JSON
from mirroring.cluster.transports import HttpTransport
from mirroring.errors import SettingError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.cluster.accounts import Account
    from mirroring.cluster.protocols import Transport, Writers
    from mirroring.settings import Settings


NAMESPACE: Final = "kn-mirror"


class Connection:
    """A transport, and the threads by which one event may use it many times at once.

    Args:
        transport: sends the requests.
        writers: are shared by all events, so that all of them together do not ask for more at a
            time.
        namespace: kn-mirror's own.
    """

    def __init__(
        self, transport: Transport, writers: Writers, *, namespace: str = NAMESPACE
    ) -> None:
        self.transport = transport
        self.writers = writers
        self.namespace = namespace

    @classmethod
    def from_environment(cls, settings: Settings) -> Self:
        """Connect as the pod's service account where there is one, else as `KUBECONFIG` says.

        Raises:
            SettingError: neither is there, or it cannot be read.
        """
        return cls(
            HttpTransport(_account(os.environ), settings),
            ThreadPoolExecutor(settings.writers, thread_name_prefix="writer"),
            namespace=service_accounts.namespace(service_accounts.FOLDER) or NAMESPACE,
        )

    def is_ready(self) -> bool:
        """Whether the API server answers this account."""
        try:
            status, _ = self.transport.request("GET", "/version", headers={"Accept": JSON})
        except Unavailable:
            return False
        return status == HTTPStatus.OK


def _account(environment: Mapping[str, str]) -> Account:
    if service_accounts.is_in_pod(environment, service_accounts.FOLDER):
        return service_accounts.from_pod(environment, service_accounts.FOLDER)
    try:
        # No pod has a kubeconfig, and the image has not the packages that read one.
        from mirroring.cluster.kubeconfigs import from_kubeconfig  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingError(
            "No way to the API server: there is no service account as in a pod, and kubeconfigs "
            f"are read by a package that is not here, {error.name}. "
            "Run in a pod with a service account, or from a checkout."
        ) from error
    return from_kubeconfig(environment.get("KUBECONFIG"))
