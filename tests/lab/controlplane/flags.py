"""How etcd and kube-apiserver are told to be a control plane for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

# Below the folder of a control plane.
AUDIT_LOG: Final = "audit.log"
CERTIFICATES: Final = "certificates"


def etcd_flags(folder: Path, url: str, *, peer_port: int) -> tuple[str, ...]:
    """Let etcd keep its state below `folder` and be reached at `url`."""
    peer_url = f"http://{_host(url)}:{peer_port}"
    return (
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=default={peer_url}",
        # What is stored need not survive a power failure.
        "--unsafe-no-fsync",
        # Ten thousand namespaces, some times renewed, are more than the 2 GB that it takes unasked.
        "--quota-backend-bytes=8589934592",
        "--log-level=warn",
    )


def apiserver_flags(
    folder: Path, url: str, *, etcd_url: str, services: str = "10.0.0.0/24"
) -> tuple[str, ...]:
    """Let kube-apiserver answer at `url`.

    Args:
        folder: has the files that say who may come in.
        url: `https://…`, without a path.
        etcd_url: where the state is.
        services: the addresses that Services get.
    """
    key = folder / "signing.key"
    return (
        f"--etcd-servers={etcd_url}",
        f"--bind-address={_host(url)}",
        f"--secure-port={urlsplit(url).port}",
        f"--cert-dir={folder / CERTIFICATES}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={key}",
        f"--service-account-key-file={key}",
        f"--service-cluster-ip-range={services}",
        "--profiling=false",
        # Fair queueing between users would show in times and counts on two cores, as limits on
        # what is under way would; 0 is none.
        "--enable-priority-and-fairness=false",
        "--max-requests-inflight=0",
        "--max-mutating-requests-inflight=0",
    )


def audit_flags(folder: Path) -> tuple[str, ...]:
    """Let kube-apiserver write an audit log."""
    return (
        f"--audit-policy-file={folder / 'audit-policy.json'}",
        f"--audit-log-path={folder / AUDIT_LOG}",
        # What is logged as received is logged before it is answered.
        "--audit-log-mode=blocking",
        "--audit-log-maxsize=0",
    )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
