"""The proxy on the way to a server, by the variables that most programs know."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_to(server: str, environment: Mapping[str, str]) -> str:
    """Return the URL of the proxy that leads to a server; empty for none.

    Args:
        server: its URL.
        environment: may have `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`, in small
            letters or capitals; where both are set, the small ones count.
    """
    scheme = urlsplit(server).scheme
    proxy = _either(environment, f"{scheme}_proxy") or _either(environment, "all_proxy")
    if not proxy or is_direct(server, _either(environment, "no_proxy")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def is_direct(server: str, exceptions: str) -> bool:
    """Whether a server is one of those that no proxy leads to.

    Args:
        server: its URL.
        exceptions: names with what is below them, addresses, networks such as `10.0.0.0/8`, or `*`
            for all, separated by commas.
    """
    parts = urlsplit(server)
    host = parts.hostname or ""
    named = (each.strip().lower() for each in exceptions.split(","))
    return any(
        each == "*" or _is_in_network(host, each) or _is_below(host, parts.netloc.lower(), each)
        for each in named
        if each
    )


def _is_below(host: str, host_and_port: str, name: str) -> bool:
    name = name.lstrip(".")
    return any(f".{each}".endswith(f".{name}") for each in (host, host_and_port))


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def _either(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper(), "")
