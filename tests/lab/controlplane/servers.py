"""A control plane: etcd, kube-apiserver and those controllers that do without a node."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import urllib3

from tests.lab.api import Api
from tests.lab.controlplane import accounts
from tests.lab.controlplane.audit import POLICY
from tests.lab.controlplane.flags import (
    AUDIT_LOG,
    CERTIFICATES,
    apiserver_flags,
    audit_flags,
    etcd_flags,
)
from tests.lab.programs.errors import ProgramError
from tests.lab.programs.processes import Process, free_ports, started

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.lab.controlplane.accounts import User
    from tests.lab.controlplane.programs import Programs

_HOST: Final = "127.0.0.1"
_DEADLINE: Final = 60.0

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
        tokens: user → bearer token; `admin`, who may do everything, is one of them.
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
        return self.folder / CERTIFICATES / "apiserver.crt"

    @property
    def audit_log(self) -> Path:
        """One JSON line for each stage of each request (Event of audit.k8s.io/v1)."""
        return self.folder / AUDIT_LOG

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

    def answers(self, path: str) -> bool:
        """Whether the API server is there, and knows `path`."""
        try:
            return bool(self.api().request("GET", path))
        except urllib3.exceptions.HTTPError:
            return False

    def await_ready(self) -> None:
        """Wait until the API server takes requests.

        Raises:
            ProgramError: it does not.
        """
        self.apiserver.await_condition(lambda: self.answers("/readyz"), within=_DEADLINE)

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
def running(
    programs: Programs,
    users: Iterable[User] = (),
    *,
    audited: bool = True,
    controlled: bool = True,
) -> Iterator[ControlPlane]:
    """Run a control plane, empty at first; nothing is left of it afterwards.

    Args:
        programs: what it is made of.
        users: who may come in besides `admin`.
        audited: whether it writes `audit_log`, which takes a part of its speed.
        controlled: whether controllers run, which put objects into every namespace.

    Raises:
        ProgramError: one of the programs does not start.
    """
    etcd_port, peer_port, port = free_ports(3)
    etcd_url = f"http://{_HOST}:{etcd_port}"
    with tempfile.TemporaryDirectory(prefix="kn-mirror-") as name:
        url, folder = f"https://{_HOST}:{port}", Path(name)
        flags = (
            *apiserver_flags(folder, url, etcd_url=etcd_url),
            *(audit_flags(folder) if audited else ()),
            # There is no pod that would look for this server.
            "--endpoint-reconciler-type=none",
        )
        apiserver = Process(programs.kube_apiserver, *flags, folder=folder)
        everybody = (*accounts.BUILT_IN, *users)
        plane = ControlPlane(url, etcd_url, folder, accounts.new_tokens(everybody), apiserver)
        write_files(plane, everybody)
        etcd = started(
            programs.etcd, *etcd_flags(folder, etcd_url, peer_port=peer_port), folder=folder
        )
        with etcd, apiserver.running():
            plane.await_ready()
            grant_rights(plane.api(), everybody)
            with _controllers(programs, plane) if controlled else nullcontext():
                yield plane


@contextmanager
def _controllers(programs: Programs, plane: ControlPlane) -> Iterator[None]:
    flags = _controller_flags(plane)
    with started(programs.kube_controller_manager, *flags, folder=plane.folder) as controllers:
        # The account is made by a controller, so those are at work.
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        controllers.await_condition(lambda: plane.answers(account), within=_DEADLINE)
        yield


def write_files(plane: ControlPlane, users: Iterable[User]) -> None:
    """Write what the programs of `plane` read, below its folder."""
    accounts.write_token_file(plane.folder / "tokens.csv", users, plane.tokens)
    accounts.write_signing_key(plane.folder / "signing.key")
    (plane.folder / "audit-policy.json").write_text(json.dumps(POLICY))
    for user, token in plane.tokens.items():
        accounts.write_kubeconfig(
            plane.kubeconfig_for(user), url=plane.url, ca_file=plane.ca_file, user=user, token=token
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


def grant_rights(api: Api, users: Iterable[User]) -> None:
    """Let users do what their rules permit.

    Raises:
        ProgramError: the API server does not take the rules.
    """
    for user in users:
        for path, manifest in user.rights:
            answer = api.request("POST", path, manifest)
            if not answer:
                raise ProgramError(f"the rights of {user.name} were refused: {answer.body}")
