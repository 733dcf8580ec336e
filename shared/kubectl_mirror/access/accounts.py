"""Accounts of people: what a kubeconfig's context says of the server and of who asks."""

from __future__ import annotations

import ssl
import tempfile
from base64 import b64decode, b64encode
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.access.plugins import Credential, Plugin
from mirroring.cluster.accounts import Account
from mirroring.cluster.proxies import proxy_to
from mirroring.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubectl_mirror.access.kubeconfigs import Context


_OWN: Final = ("token", "tokenFile", "username")
# SOCKS takes a package of its own.
_PROXIES: Final = ("http://", "https://")


def account_of(context: Context, environment: Mapping[str, str]) -> Account:
    """Return who asks which server.

    Raises:
        SettingError: the context cannot be used, with why.
    """
    try:
        return _account(context, environment)
    except _UnusableError as error:
        named = f"Context {context.name} of {context.origin}" if context.name else context.origin
        raise SettingError(f"{named} cannot be used: {error}") from error


class _UnusableError(Exception):
    """What a kubeconfig says of a server, or of who asks, cannot be used; why, and the remedy."""


def _account(context: Context, environment: Mapping[str, str]) -> Account:
    cluster, user = context.cluster, context.user
    server = str(cluster.get("server") or "")
    if not server.startswith(("http://", "https://")):
        raise _UnusableError("its cluster has no server with a URL. Write https://…, or use -s.")
    if user.get("auth-provider"):
        raise _UnusableError(
            "its user has an auth-provider, which kubectl does not take any more, either. "
            "Have your provider write the kubeconfig anew."
        )
    proxy = str(cluster.get("proxy-url") or "") or proxy_to(server, environment)
    if proxy and not proxy.startswith(_PROXIES):
        raise _UnusableError("its proxy is none that speaks HTTP. Name one by http:// or https://.")
    # As kubectl has it, whoever has a token or a password is not asked for another.
    plugin = None
    if user.get("exec") and not any(user.get(each) for each in _OWN):
        plugin = Plugin(user["exec"], cluster, environment, context.origin)
    credentials = _Credentials(user, plugin)
    tls = _tls(cluster, user, credentials.latest) if server.startswith("https://") else {}
    return Account(server.rstrip("/"), credentials, tls, proxy)


class _Credentials:
    """A token or password, or what a plugin says."""

    def __init__(self, user: Mapping[str, Any], plugin: Plugin | None) -> None:
        self._user, self._plugin = user, plugin
        self._lock = Lock()
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
        # Of several requests that were refused at the same time one is enough to ask for all.
        with self._lock:
            if self.header() == refused:
                plugin = self._plugin
                self.latest = plugin.ask() if plugin else Credential(_token(self._user))
            return self.header() != refused


def _token(user: Mapping[str, Any]) -> str:
    if path := user.get("tokenFile"):
        try:
            return Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable("tokenFile", path, error) from error
    return str(user.get("token") or "").strip()


def _tls(
    cluster: Mapping[str, Any], user: Mapping[str, Any], credential: Credential
) -> dict[str, Any]:
    """Return what urllib3 takes for it."""
    context = _trusting(cluster)
    # The certificates of clusters are older than what OpenSSL asks of new ones.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    options: dict[str, Any] = {"ssl_context": context}
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        options["cert_reqs"] = "CERT_NONE"
    _present(context, user, credential)
    if name := cluster.get("tls-server-name"):
        options |= {"server_hostname": name, "assert_hostname": name}
    return options


def _trusting(cluster: Mapping[str, Any]) -> ssl.SSLContext:
    """Trust whom the kubeconfig names, by data before a file; else whom the machine trusts."""
    data = _decoded(cluster, "certificate-authority")
    file = None if data else _file(cluster, "certificate-authority")
    try:
        return ssl.create_default_context(cafile=file, cadata=data or None)
    except (OSError, ValueError) as error:
        raise _no_pem("certificate-authority", file) from error


def _present(context: ssl.SSLContext, user: Mapping[str, Any], credential: Credential) -> None:
    """Have a certificate say who asks, where there is one."""
    certificate = credential.certificate or _decoded(user, "client-certificate")
    key = credential.key or _decoded(user, "client-key")
    with ExitStack() as stack:
        chain = _written(stack, certificate) or _file(user, "client-certificate")
        if not chain:
            return
        own = _written(stack, key) or _file(user, "client-key")
        try:
            # Without a password OpenSSL would ask for one.
            context.load_cert_chain(chain, own, password=lambda: b"")
        except (OSError, ValueError) as error:
            raise _no_pem("client-certificate with its client-key", None) from error


def _decoded(entry: Mapping[str, Any], name: str) -> str:
    # A long text may be written in several lines.
    text = "".join(str(entry.get(f"{name}-data") or "").split())
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        raise _UnusableError(
            f"{name}-data is no base64 of a text. Have the kubeconfig written anew."
        ) from None


def _file(entry: Mapping[str, Any], name: str) -> str | None:
    """Return the path of a file that is there; ssl says of none which one it misses."""
    path = entry.get(name)
    if not path:
        return None
    try:
        with Path(path).open("rb"):
            return str(path)
    except OSError as error:
        raise _unreadable(name, path, error) from error


def _unreadable(name: str, path: str, error: Exception) -> _UnusableError:
    because = error.strerror if isinstance(error, OSError) else "it is no text"
    return _UnusableError(
        f"{name}: {path} cannot be read: {because}. Correct its path, or have it written anew."
    )


def _no_pem(name: str, file: str | None) -> _UnusableError:
    where = f", {file}," if file else ""
    return _UnusableError(
        f"{name}{where} is no certificate in PEM, or does not fit. "
        "Have the kubeconfig written anew."
    )


def _written(stack: ExitStack, text: str) -> str | None:
    """Write to a file, which OpenSSL reads alone, for as long as it is read."""
    if not text:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    file = Path(folder) / "read-once.pem"
    file.touch(mode=0o600)
    file.write_text(text)
    return str(file)
