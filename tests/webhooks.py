"""Admission webhooks of other people, asked by a real API server for the length of a test."""

from __future__ import annotations

import base64
import json
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from tests.lab.clusters import path_of
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.lab.clusters import Workbench
    from tests.lab.controlplane import ControlPlane

_PATH: Final = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
_NAME: Final = "theirs"
_PROBE: Final = "webhook-probe"
_PATIENCE: Final = 30  # seconds that the API server waits for what will answer


@contextmanager
def denying(
    plane: ControlPlane, workbench: Workbench, namespaces: Sequence[str], status: int
) -> Iterator[None]:
    """Let a webhook deny whatever is written in some namespaces, by a status of its choice."""
    denial = {"allowed": False, "status": {"code": status, "message": "not here"}}
    with _asked(plane, workbench, namespaces, lambda: denial, patience=_PATIENCE):
        yield


@contextmanager
def hanging(plane: ControlPlane, workbench: Workbench, namespaces: Sequence[str]) -> Iterator[None]:
    """Let a webhook be asked in some namespaces that does not answer."""
    released = Event()

    def wait() -> dict[str, Any]:
        released.wait()
        return {"allowed": True}

    with _asked(plane, workbench, namespaces, wait, patience=1):
        try:
            yield
        finally:
            released.set()


@contextmanager
def _asked(
    plane: ControlPlane,
    workbench: Workbench,
    namespaces: Sequence[str],
    reply: Callable[[], dict[str, Any]],
    *,
    patience: int,
) -> Iterator[None]:
    with _served(plane, reply) as url:
        workbench.namespace(_PROBE)
        spec = _webhook(url, plane, [*namespaces, _PROBE]) | {"timeoutSeconds": patience}
        workbench.create(_PATH, {"metadata": {"name": _NAME}, "webhooks": [spec]})
        try:
            eventually(lambda: not _is_admitted(workbench), within=60)
            yield
        finally:
            workbench.api.request("DELETE", f"{_PATH}/{_NAME}")
            eventually(lambda: _is_admitted(workbench), within=60)


def _webhook(url: str, plane: ControlPlane, namespaces: Sequence[str]) -> dict[str, Any]:
    named = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [*namespaces]}
    trusted = base64.b64encode(plane.ca_file.read_bytes()).decode()
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE", "DELETE"],
        "resources": ["secrets", "configmaps"],
    }
    return {
        "name": "theirs.example.com",
        "clientConfig": {"url": url, "caBundle": trusted},
        "rules": [rule],
        "namespaceSelector": {"matchExpressions": [named]},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }


@contextmanager
def _served(plane: ControlPlane, reply: Callable[[], dict[str, Any]]) -> Iterator[str]:
    """Serve a webhook with the certificate of the API server, which is this machine, too."""

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            review = json.loads(self.rfile.read(length))
            response = {"uid": review["request"]["uid"], **reply()}
            kind = {"apiVersion": review["apiVersion"], "kind": review["kind"]}
            body = json.dumps({**kind, "response": response}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(plane.ca_file, plane.ca_file.with_suffix(".key"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _is_admitted(workbench: Workbench) -> bool:
    path = f"{path_of('Secret', _PROBE)}?dryRun=All"
    return bool(workbench.api.request("POST", path, {"metadata": {"generateName": "probe-"}}))
