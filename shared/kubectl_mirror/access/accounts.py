"""Accounts of people: what a kubeconfig's context says of the server and of who asks."""

from __future__ import annotations

import ssl
import tempfile
from base64 import b64decode, b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubectl_mirror.access.plugins import Credential, Plugin
from mirroring.cluster.accounts import Account
from mirroring.cluster.proxies import proxy_to
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_mirror.access.kubeconfigs import Context


def account_of(context: Context, environment: Mapping[str, str]) -> Account:
    """Return who asks which server.

    Raises:
        SettingError: the context cannot be used, with why.
    """
    cluster, user = context.cluster, context.user
    server = str(cluster.get("server") or "")
    if not server.startswith(("http://", "https://")):
        raise SettingError(f"The kubeconfig's cluster has no server, or none with a URL: {server}.")
    if user.get("auth-provider"):
        raise SettingError(
            "The kubeconfig's user has an auth-provider, which kubectl does not take any more, "
            "either. Have your provider write the kubeconfig anew."
        )
    plugin = Plugin(user["exec"], cluster, environment) if user.get("exec") else None
    try:
        credentials = _Credentials(user, plugin)
        tls = _tls(cluster, user, credentials.latest) if server.startswith("https://") else {}
    except (OSError, ValueError) as error:
        raise SettingError(
            f"The kubeconfig's context {context.name} cannot be used: {error}."
        ) from (error)
    proxy = str(cluster.get("proxy-url") or "") or proxy_to(server, environment)
    return Account(server.rstrip("/"), credentials, tls, proxy)


class _Credentials:
    """A token or password, or what a plugin says."""

    def __init__(self, user: Mapping[str, Any], plugin: Plugin | None) -> None:
        self._user, self._plugin = user, plugin
        self.latest = plugin.ask() if plugin else Credential(_token(user))

    def header(self) -> str:
        """Return the header `Authorization`; empty where a certificate says who asks."""
        if self.latest.token:
            return f"Bearer {self.latest.token}"
        if name := self._user.get("username"):
            joined = f"{name}:{self._user.get('password', '')}"
            return f"Basic {b64encode(joined.encode()).decode()}"
        return ""

    def renew(self, refused: str) -> bool:
        """Ask the plugin, or read the file, again, and say whether that has another token."""
        self.latest = self._plugin.ask() if self._plugin else Credential(_token(self._user))
        return self.header() != refused


def _token(user: Mapping[str, Any]) -> str:
    if path := user.get("tokenFile"):
        return Path(path).read_text().strip()
    return str(user.get("token") or "").strip()


def _tls(
    cluster: Mapping[str, Any], user: Mapping[str, Any], credential: Credential
) -> dict[str, Any]:
    """Return what urllib3 takes for it."""
    context = ssl.create_default_context(
        cafile=cluster.get("certificate-authority"),
        cadata=_decoded(cluster, "certificate-authority-data") or None,
    )
    # The certificates of clusters are older than what OpenSSL asks of new ones.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    options: dict[str, Any] = {"ssl_context": context}
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        options["cert_reqs"] = "CERT_NONE"
    certificate = credential.certificate or _decoded(user, "client-certificate-data")
    key = credential.key or _decoded(user, "client-key-data")
    with ExitStack() as stack:
        chain = _written(stack, certificate) or user.get("client-certificate")
        if chain:
            context.load_cert_chain(chain, _written(stack, key) or user.get("client-key"))
    if name := cluster.get("tls-server-name"):
        options |= {"server_hostname": name, "assert_hostname": name}
    return options


def _decoded(entry: Mapping[str, Any], name: str) -> str:
    return b64decode(entry[name], validate=True).decode() if entry.get(name) else ""


def _written(stack: ExitStack, text: str) -> str | None:
    """Write to a file, which OpenSSL reads alone, for as long as it is read."""
    if not text:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    file = Path(folder) / "read-once.pem"
    file.touch(mode=0o600)
    file.write_text(text)
    return str(file)
