"""A control plane: etcd, kube-apiserver and those controllers that mirroring can notice."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import urllib3

from sandbox.processes import free_ports
from tests.api import Api
from tests.controlplane import accounts
from tests.controlplane.audit import POLICY
from tests.programs.errors import ProgramError
from tests.programs.processes import Process, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.controlplane.programs import Programs

_HOST: Final = "127.0.0.1"
_DEADLINE: Final = 60.0
_CERTIFICATES: Final = "certificates"
_AUDIT_LOG: Final = "audit.log"

# What changes namespaces, Secrets, ConfigMaps or the answers to writing them; nothing else runs.
_CONTROLLERS: Final = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "validatingadmissionpolicy-status-controller",
)


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A control plane that runs, on the loopback interface.

    Args:
        url: `https://…`, without a path.
        etcd_url: where its state is.
        folder: holds its files.
        tokens: user → bearer token; the users are `admin`, who may do everything, `functions`, who
            may do what mirroring needs, and `outsider`, who may do nothing.
        apiserver: the process of the API server.
    """

    url: str
    etcd_url: str
    folder: Path
    tokens: Mapping[str, str] = field(repr=False)
    apiserver: Process

    @property
    def ca_file(self) -> Path:
        """The certificates to trust, in PEM."""
        return self.folder / _CERTIFICATES / "apiserver.crt"

    @property
    def audit_log(self) -> Path:
        """One JSON line for each stage of each request (Event of audit.k8s.io/v1)."""
        return self.folder / _AUDIT_LOG

    @property
    def token(self) -> str:
        """The bearer token of `admin`."""
        return self.tokens["admin"]

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of `admin`."""
        return self.kubeconfig_for("admin")

    def kubeconfig_for(self, user: str) -> Path:
        """Return the kubeconfig of one of the users."""
        return self.folder / f"{user}.kubeconfig"

    def api_of(self, token: str) -> Api:
        """Speak to it as whoever has a token."""
        return Api(self.url, token=token, ca_file=self.ca_file)

    def await_ready(self) -> None:
        """Wait until the API server takes requests.

        Raises:
            ProgramError: it does not.
        """
        self.apiserver.await_condition(lambda: _answers(self, "/readyz"), within=_DEADLINE)

    def compact(self) -> None:
        """Let etcd forget every state but the present one, as it does every five minutes."""
        etcd = Api(self.etcd_url)
        now = etcd.request("POST", "/v3/kv/range", {"key": "AA=="}).body["header"]["revision"]
        answer = etcd.request("POST", "/v3/kv/compaction", {"revision": now, "physical": True})
        if not answer:
            raise ProgramError(f"etcd does not forget: {answer.body}")

    def api(self, user: str = "admin") -> Api:
        """Speak to it as one of the users."""
        return Api(self.url, token=self.tokens[user], ca_file=self.ca_file)


@contextmanager
def running(programs: Programs, *, audited: bool = True) -> Iterator[ControlPlane]:
    """Run a control plane, empty at first; nothing is left of it afterwards.

    Args:
        programs: what it is made of.
        audited: whether it writes `audit_log`, which takes a part of its speed.

    Raises:
        ProgramError: one of the programs does not start.
    """
    etcd_port, peer_port, port = free_ports(3)
    etcd_url = f"http://{_HOST}:{etcd_port}"
    with tempfile.TemporaryDirectory(prefix="kn-mirror-") as name:
        url, folder = f"https://{_HOST}:{port}", Path(name)
        flags = _apiserver_flags(folder, etcd_url, port) + (_audit_flags(folder) if audited else ())
        apiserver = Process(programs.kube_apiserver, *flags, folder=folder)
        plane = ControlPlane(url, etcd_url, folder, accounts.new_tokens(), apiserver)
        _write_files(plane)
        etcd = started(programs.etcd, *_etcd_flags(plane, etcd_url, peer_port), folder=folder)
        controllers = started(
            programs.kube_controller_manager, *_controller_flags(plane), folder=folder
        )
        with etcd, apiserver.running():
            plane.await_ready()
            _grant_rights(plane.api())
            with controllers as controlling:
                # The account is made by a controller, so those are at work.
                account = "/api/v1/namespaces/default/serviceaccounts/default"
                controlling.await_condition(lambda: _answers(plane, account), within=_DEADLINE)
                yield plane


def _write_files(plane: ControlPlane) -> None:
    accounts.write_token_file(plane.folder / "tokens.csv", plane.tokens)
    accounts.write_signing_key(plane.folder / "signing.key")
    (plane.folder / "audit-policy.json").write_text(json.dumps(POLICY))
    for user, token in plane.tokens.items():
        accounts.write_kubeconfig(
            plane.kubeconfig_for(user), url=plane.url, ca_file=plane.ca_file, user=user, token=token
        )


def _etcd_flags(plane: ControlPlane, url: str, peer_port: int) -> tuple[str, ...]:
    peer_url = f"http://{_HOST}:{peer_port}"
    return (
        f"--data-dir={plane.folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=default={peer_url}",
        # What is stored need not survive a power failure.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def _apiserver_flags(folder: Path, etcd_url: str, port: int) -> tuple[str, ...]:
    key = folder / "signing.key"
    return (
        f"--etcd-servers={etcd_url}",
        f"--bind-address={_HOST}",
        f"--secure-port={port}",
        f"--cert-dir={folder / _CERTIFICATES}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={key}",
        f"--service-account-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        # There is no pod that would look for this server.
        "--endpoint-reconciler-type=none",
        "--profiling=false",
        # Fair queueing between users would show in times and counts on two cores, as limits on
        # what is under way would; 0 is none.
        "--enable-priority-and-fairness=false",
        "--max-requests-inflight=0",
        "--max-mutating-requests-inflight=0",
    )


def _audit_flags(folder: Path) -> tuple[str, ...]:
    return (
        f"--audit-policy-file={folder / 'audit-policy.json'}",
        f"--audit-log-path={folder / _AUDIT_LOG}",
        # What is logged as received is logged before it is answered.
        "--audit-log-mode=blocking",
        "--audit-log-maxsize=0",
    )


def _controller_flags(plane: ControlPlane) -> tuple[str, ...]:
    return (
        f"--kubeconfig={plane.kubeconfig_for('system:kube-controller-manager')}",
        f"--controllers={','.join(_CONTROLLERS)}",
        f"--root-ca-file={plane.ca_file}",
        "--leader-elect=false",
        "--secure-port=0",
        # The default of 20 requests a second makes a thousand namespaces take minutes.
        "--kube-api-qps=1000",
        "--kube-api-burst=1000",
    )


def _answers(plane: ControlPlane, path: str) -> bool:
    try:
        return bool(plane.api().request("GET", path))
    except urllib3.exceptions.HTTPError:
        return False


def _grant_rights(api: Api) -> None:
    for path, manifest in accounts.RIGHTS_OF_FUNCTIONS:
        answer = api.request("POST", path, manifest)
        if not answer:
            raise ProgramError(f"the functions' rights were refused: {answer.body}")
