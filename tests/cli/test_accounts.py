"""Who asks is read from a kubeconfig as kubectl and the official client read it."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kubectl_mirror.access.accounts import account_of
from kubectl_mirror.access.kubeconfigs import Kubeconfig
from mirroring.errors import SettingError
from tests.cli.certificates import Certificate
from tests.cli.kubeconfigs import (
    SERVER,
    TOKEN,
    Plugin,
    asked_by_kubectl,
    by_the_official_client,
    credential,
    encoded,
    written,
)

if TYPE_CHECKING:
    from mirroring.cluster.accounts import Account

# Nobody listens there, so that whoever asks is refused at once.
NOBODY = "https://127.0.0.1:1"
SUBJECT = "((('commonName', 'kn-mirror tests'),),)"
V1 = "client.authentication.k8s.io/v1"

SHARED = Path(__file__).parents[2] / "shared"


def account(file: Path) -> Account:
    return account_of(Kubeconfig.read(str(file), {}).context(), {"PATH": "/usr/bin:/bin"})


def trusted_by(context: ssl.SSLContext) -> list[str]:
    """Name those who sign."""
    return [str(each["subject"]) for each in context.get_ca_certs()]


@pytest.fixture
def certificate() -> Certificate:
    """A certificate, in the way of a kubeconfig."""
    return Certificate()


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"token": TOKEN},
        {"tokenFile": "token"},
        {"username": "me", "password": TOKEN},
        {"token": TOKEN, "username": "me", "password": "other"},
    ],
    ids=lambda user: "+".join(user) or "nobody",
)
def test_a_token_or_password_is_sent_as_by_the_official_client(
    tmp_path: Path, user: dict[str, str]
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}-of-the-file")
    file = written(tmp_path / "kubeconfig", user=user)

    header = account(file).credentials.header()

    theirs = by_the_official_client(file)
    assert header == (theirs.get_api_key_with_prefix("BearerToken") or "")


@pytest.mark.parametrize(
    "cluster",
    [
        {"server": SERVER},
        {"server": f"{SERVER}/"},
        {"server": f"{SERVER}/a/path/"},
        {"server": "http://plain"},
        {"server": SERVER, "proxy-url": "http://proxy:3128"},
        {"server": SERVER, "tls-server-name": "other"},
        {"server": SERVER, "insecure-skip-tls-verify": True},
        {"server": SERVER, "insecure-skip-tls-verify": False},
    ],
    ids=lambda cluster: " ".join(map(str, cluster.values())),
)
def test_a_server_is_reached_as_by_the_official_client(
    tmp_path: Path, cluster: dict[str, Any]
) -> None:
    file = written(tmp_path / "kubeconfig", cluster=cluster)

    found, theirs = account(file), by_the_official_client(file)

    assert found.server == theirs.host
    assert (found.proxy or None) == theirs.proxy
    assert found.tls.get("server_hostname") == theirs.tls_server_name
    assert found.tls.get("assert_hostname") == theirs.tls_server_name
    is_verified = found.tls.get("cert_reqs") != "CERT_NONE"
    assert is_verified == theirs.verify_ssl
    if context := found.tls.get("ssl_context"):
        assert (context.verify_mode == ssl.CERT_REQUIRED) == theirs.verify_ssl


def test_a_proxy_of_the_environment_counts_where_the_kubeconfig_names_none(tmp_path: Path) -> None:
    context = Kubeconfig.read(str(written(tmp_path / "kubeconfig")), {}).context()

    found = account_of(context, {"HTTPS_PROXY": "http://proxy:3128"})

    assert found.proxy == "http://proxy:3128"


@pytest.mark.parametrize("is_data", [True, False], ids=["data", "a file"])
def test_certificates_are_taken_from_data_or_from_files(
    tmp_path: Path, certificate: Certificate, *, is_data: bool
) -> None:
    file = written(tmp_path / "kubeconfig", **certificate.fields(tmp_path, is_data=is_data))

    context = account(file).tls["ssl_context"]

    assert trusted_by(context) == [SUBJECT]


def test_data_count_before_a_file(tmp_path: Path, certificate: Certificate) -> None:
    fields = certificate.fields(tmp_path, is_data=True)
    fields["cluster"]["certificate-authority"] = "missing.crt"
    fields["user"]["client-certificate"] = "missing.crt"
    file = written(tmp_path / "kubeconfig", **fields)

    context = account(file).tls["ssl_context"]

    assert trusted_by(context) == [SUBJECT]


def test_data_may_be_written_in_several_lines(tmp_path: Path, certificate: Certificate) -> None:
    fields = certificate.fields(tmp_path, is_data=True)
    text = fields["cluster"]["certificate-authority-data"]
    fields["cluster"]["certificate-authority-data"] = f"{text[:64]}\n{text[64:]}\n"

    context = account(written(tmp_path / "kubeconfig", **fields)).tls["ssl_context"]

    assert trusted_by(context) == [SUBJECT]


@pytest.mark.parametrize("is_informed", [True, False])
@pytest.mark.parametrize("is_data", [True, False], ids=["data", "a file"])
def test_a_plugin_is_asked_as_kubectl_asks_it(
    tmp_path: Path, certificate: Certificate, *, is_informed: bool, is_data: bool
) -> None:
    plugin = Plugin.written(tmp_path / "bin" / "login", credential(token=TOKEN))
    spec = {
        "apiVersion": V1,
        "command": "bin/login",
        "args": ["--as", "me too"],
        "env": [{"name": "ADDED", "value": "one"}],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": is_informed,
    }
    fields = certificate.fields(tmp_path, is_data=is_data)
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "it"}}
    cluster = fields["cluster"] | {"server": NOBODY, "extensions": [extension]}
    file = written(
        tmp_path / "kubeconfig",
        cluster={**cluster, "tls-server-name": "other", "proxy-url": "http://127.0.0.1:1"},
        user={"exec": spec},
    )
    asked_by_kubectl(file)
    theirs = plugin.heard

    header = account(file).credentials.header()

    assert plugin.heard == theirs
    assert header == f"Bearer {TOKEN}"


def test_a_plugin_reads_nothing_of_what_a_command_is_given(tmp_path: Path) -> None:
    plugin = Plugin.written(tmp_path / "login", credential(token=TOKEN))
    spec = {"apiVersion": V1, "command": "./login", "interactiveMode": "IfAvailable"}
    file = written(tmp_path / "kubeconfig", user={"exec": spec}, cluster={"server": NOBODY})

    subprocess.run(  # noqa: S603 (arguments are the test's own)
        [sys.executable, "-m", "kubectl_mirror", "status", f"--kubeconfig={file}"],
        env={**os.environ, "PYTHONPATH": str(SHARED)},
        input=b"a manifest",
        capture_output=True,
        check=False,
    )

    assert plugin.heard.read == ""
    assert plugin.heard.info["spec"] == {"interactive": False}


@pytest.mark.parametrize(
    "other",
    [{"token": "own"}, {"username": "me", "password": "own"}],
    ids=["token", "password"],
)
def test_whoever_has_a_token_or_password_needs_no_plugin_as_for_kubectl(
    tmp_path: Path, other: dict[str, str]
) -> None:
    spec = {"apiVersion": V1, "command": "no-such-program", "interactiveMode": "Never"}
    file = written(tmp_path / "kubeconfig", user={"exec": spec, **other})

    header = account(file).credentials.header()

    assert header in {"Bearer own", f"Basic {b64encode(b'me:own').decode()}"}


def test_a_plugin_may_answer_with_a_certificate(tmp_path: Path, certificate: Certificate) -> None:
    answer = credential(clientCertificateData=certificate.pem, clientKeyData=certificate.key)
    Plugin.written(tmp_path / "login", answer)
    spec = {"apiVersion": V1, "command": "./login", "interactiveMode": "Never"}
    file = written(tmp_path / "kubeconfig", user={"exec": spec})

    assert account(file).credentials.header() == ""


def test_a_token_that_was_refused_is_asked_for_again(tmp_path: Path) -> None:
    plugin = Plugin.written(tmp_path / "login", credential(token="first"))
    spec = {"apiVersion": V1, "command": "./login", "interactiveMode": "Never"}
    credentials = account(written(tmp_path / "kubeconfig", user={"exec": spec})).credentials
    first = credentials.header()
    Plugin.written(plugin.file, credential(token="second"))

    assert credentials.renew(first)
    assert credentials.header() == "Bearer second"
    assert not credentials.renew("Bearer second")


def test_of_requests_that_were_refused_at_the_same_time_one_asks_again(tmp_path: Path) -> None:
    plugin = Plugin.written(tmp_path / "login", credential(token="first"))
    spec = {"apiVersion": V1, "command": "./login", "interactiveMode": "Never"}
    credentials = account(written(tmp_path / "kubeconfig", user={"exec": spec})).credentials
    first = credentials.header()
    Plugin.written(plugin.file, credential(token="second"))
    credentials.renew(first)
    Plugin.written(plugin.file, credential(token="third"))

    assert credentials.renew(first)
    assert credentials.header() == "Bearer second"


BROKEN = {
    "no server": ({"cluster": {}}, "no server with a URL"),
    "a server that is none": ({"cluster": {"server": TOKEN}}, "no server with a URL"),
    "an auth-provider": (
        {"user": {"auth-provider": {"name": "gcp", "config": {"id-token": TOKEN}}}},
        "Have your provider write the kubeconfig anew",
    ),
    "a SOCKS proxy": (
        {"cluster": {"server": SERVER, "proxy-url": f"socks5://me:{TOKEN}@proxy"}},
        "Name one by http:// or https://",
    ),
    "no token file": ({"user": {"tokenFile": "missing"}}, "{}/missing cannot be read"),
    "no authority": (
        {"cluster": {"server": SERVER, "certificate-authority": "missing"}},
        "{}/missing cannot be read",
    ),
    "no certificate": (
        {"user": {"client-certificate": "missing"}},
        "{}/missing cannot be read",
    ),
    "no base64": (
        {"user": {"client-certificate-data": TOKEN}},
        "client-certificate-data is no base64",
    ),
    "an authority that is none": (
        {"cluster": {"server": SERVER, "certificate-authority-data": encoded(TOKEN.encode())}},
        "certificate-authority is no certificate",
    ),
    "a certificate that is none": (
        {"user": {"client-certificate-data": encoded(TOKEN.encode())}},
        "client-certificate with its client-key is no certificate",
    ),
    "a plugin without a command": (
        {"user": {"exec": {"apiVersion": V1, "args": [TOKEN]}}},
        "has no command",
    ),
    "a plugin that is none": ({"user": {"exec": TOKEN}}, "has no command"),
    "a plugin's variable without a value": (
        {"user": {"exec": {"command": "x", "env": [{"name": TOKEN}]}}},
        "has no command, or arguments or variables",
    ),
    "a plugin that is not there": (
        {"user": {"exec": {"command": "no-such-program", "installHint": "Ask Anna."}}},
        "cannot be run: No such file or directory. Ask Anna.",
    ),
    "a plugin that fails": (
        {"user": {"exec": {"command": "false", "args": [TOKEN]}}},
        "failed with exit code 1",
    ),
    "a plugin that says something else": (
        {"user": {"exec": {"command": "echo", "args": [TOKEN]}}},
        "wrote no ExecCredential",
    ),
    "a plugin that says nothing": (
        {"user": {"exec": {"command": "true"}}},
        "wrote no ExecCredential",
    ),
    "a plugin that would ask somebody": (
        {"user": {"exec": {"command": "true", "interactiveMode": "Always"}}},
        "standard input is no terminal",
    ),
}


@pytest.mark.parametrize(("fields", "because"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_is_named_with_the_remedy_and_not_quoted(
    tmp_path: Path, fields: dict[str, Any], because: str
) -> None:
    file = written(tmp_path / "kubeconfig", **fields)

    with pytest.raises(SettingError) as raised:
        account(file)

    said = str(raised.value)
    assert because.format(tmp_path) in said
    assert TOKEN not in said
    assert "please report" not in said
    assert str(file) in said
