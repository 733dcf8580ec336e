"""The proxy that the environment names, as other programs understand it."""

from __future__ import annotations

import pytest

from mirroring.cluster.proxies import proxy_to

SERVER = "https://10.96.0.1:443"
PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ({"HTTPS_PROXY": "proxy:3128"}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, ""),
    ],
)
def test_a_proxy_is_named_for_the_servers_scheme_or_for_all(
    environment: dict[str, str], proxy: str
) -> None:
    assert proxy_to(SERVER, environment) == proxy


@pytest.mark.parametrize(
    ("server", "exceptions", "direct"),
    [
        (SERVER, "10.96.0.1", True),
        (SERVER, "10.96.0.1:443", True),
        (SERVER, "10.96.0.1:6443", False),
        (SERVER, "10.96.0.0/12", True),
        (SERVER, "192.168.0.0/16, 10.0.0.0/8", True),
        (SERVER, "192.168.0.0/16", False),
        (SERVER, "*", True),
        (SERVER, "", False),
        ("https://[fd00::1]:443", "fd00::/8", True),
        ("https://kubernetes.default.svc:443", ".svc,.cluster.local", True),
        ("https://kubernetes.default.svc:443", "default.svc", True),
        ("https://kubernetes.default.svc:443", "fault.svc", False),
        ("https://kubernetes.default.svc:443", "SVC", True),
    ],
)
def test_no_proxy_leads_to_what_is_excepted(server: str, exceptions: str, *, direct: bool) -> None:
    environment = {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}

    assert proxy_to(server, environment) == ("" if direct else PROXY)
