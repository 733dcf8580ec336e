"""Accounts: which API server is asked, and who asks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kubernetes import config
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import should_bypass_proxies
from kubernetes.config.config_exception import ConfigException

from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SERVICE_ACCOUNT_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks, and how the API server is reached.

    Args:
        server: its URL.
        authorization: returns the header of that name, as it is now; empty for none.
        tls: what urllib3's pools take for it: certificates, keys and names.
        proxy: the URL of the one that leads to the server; empty for none.
    """

    server: str
    authorization: Callable[[], str]
    tls: Mapping[str, Any]
    proxy: str = ""


def from_environment() -> Account:
    """Find the pod's service account where there is one, else what `KUBECONFIG` says.

    Raises:
        SettingError: neither is there, or it cannot be read.
    """
    if _SERVICE_ACCOUNT_TOKEN.exists() and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _read(config.load_incluster_config)
    return from_kubeconfig(os.environ.get("KUBECONFIG"))


def from_kubeconfig(files: str | Path | None) -> Account:
    """Read the account of a kubeconfig's current context.

    Args:
        files: a file, or several as `KUBECONFIG` names them; `~/.kube/config` without any.

    Raises:
        SettingError: it is not there, or cannot be read.
    """
    named = files and str(files)
    return _read(lambda **into: config.load_kube_config(named, **into))


def _read(load: Callable[..., object]) -> Account:
    configuration = Configuration()
    try:
        load(client_configuration=configuration)
    except (ConfigException, OSError) as error:
        raise SettingError(
            f"No way to the API server: {str(error).rstrip('.')}. "
            "Run in a pod with a service account, or set KUBECONFIG."
        ) from error
    return Account(
        server=configuration.host,
        authorization=lambda: configuration.get_api_key_with_prefix("BearerToken") or "",
        tls=_tls(configuration),
        proxy=_proxy(configuration),
    )


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
    if should_bypass_proxies(configuration.host, configuration.no_proxy or ""):
        return ""
    return configuration.proxy or ""
