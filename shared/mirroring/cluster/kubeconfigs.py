"""Accounts outside of pods, as kubeconfigs have them, by way of the official client.

No pod needs it, so nothing that a pod loads imports this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubernetes import config
from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException

from mirroring.cluster.accounts import Account
from mirroring.cluster.proxies import is_direct
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from pathlib import Path


def from_kubeconfig(files: str | Path | None) -> Account:
    """Read the account of a kubeconfig's current context.

    Args:
        files: a file, or several as `KUBECONFIG` names them; `~/.kube/config` without any.

    Raises:
        SettingError: it is not there, or cannot be read.
    """
    configuration = Configuration()
    try:
        config.load_kube_config(str(files) if files else None, client_configuration=configuration)
    except (ConfigException, OSError) as error:
        raise SettingError(
            f"No way to the API server: {str(error).rstrip('.')}. "
            "Run in a pod with a service account, or set KUBECONFIG."
        ) from error
    return Account(
        server=configuration.host,
        credentials=_Credentials(configuration),
        tls=_tls(configuration),
        proxy=_proxy(configuration),
    )


class _Credentials:
    """A kubeconfig's token, which the official client renews by the kubeconfig's own means."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def header(self) -> str:
        """Return the header `Authorization`; empty where a certificate says who asks."""
        return self._configuration.get_api_key_with_prefix("BearerToken") or ""

    def renew(self, refused: str) -> bool:
        """Say whether the client, which knows when a token ends, has another by now."""
        return self.header() != refused


def _tls(configuration: Configuration) -> dict[str, Any]:
    options = {
        "cert_reqs": "CERT_REQUIRED" if configuration.verify_ssl else "CERT_NONE",
        "ca_certs": configuration.ssl_ca_cert,
        "cert_file": configuration.cert_file,
        "key_file": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    return {name: value for name, value in options.items() if value}


def _proxy(configuration: Configuration) -> str:
    """Return the kubeconfig's own proxy, or the environment's."""
    if is_direct(configuration.host, configuration.no_proxy or ""):
        return ""
    return configuration.proxy or ""
