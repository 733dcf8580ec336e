"""A cluster, and kn-mirror in the hands of a test that can step in between any two requests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.cluster.kubeconfigs import from_kubeconfig
from mirroring.cluster.transports import HttpTransport
from mirroring.objects.hash_keys import NO_KEYS
from mirroring.objects.references import KINDS, Ref
from mirroring.policies.limits import Limits
from mirroring.reconciling.mirroring import Mirroring
from mirroring.reporting.kubernetes_events import KubernetesEvents
from mirroring.reporting.reports import Report
from mirroring.settings import Settings
from tests.e2e.invariants import values, write_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirroring.reconciling.clocks import Clock
    from tests.lab.clusters import Workbench
    from tests.servers import Server

Step = Callable[[str, str], None]


class SteppedTransport(HttpTransport):
    """A transport that lets a test act just before a request is sent."""

    before: Step = staticmethod(lambda _method, _path: None)

    def request(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Let the test act, then send the request."""
        self.before(method, path)
        return super().request(method, path, **options)


class Handler:
    """kn-mirror, as events of one process reach it; each call is one event."""

    def __init__(self, transport: SteppedTransport) -> None:
        self.transport = transport
        self.connection = Connection(transport, ThreadPoolExecutor(Settings().writers))
        self.limits = Limits()
        self.full_resync_interval = 0
        self.clock: Clock | None = None
        self.hash_keys = NO_KEYS

    def before(self, method: str, path: str, act: Callable[[], object], *, nth: int = 1) -> None:
        """Act just before the nth request of this method with this in its path; once."""
        left = iter(range(nth - 1, -1, -1))

        def step(sent_method: str, sent_path: str) -> None:
            if sent_method == method and path in sent_path and next(left, None) == 0:
                act()

        self.transport.before = step

    @contextmanager
    def requests(self) -> Iterator[list[str]]:
        """Collect what is asked: each request's verb, and what it is about, without a query."""
        asked: list[str] = []
        self.transport.before = lambda method, path: asked.append(f"{method} {path}")
        yield asked
        self.transport.before = lambda _method, _path: None

    def reconcile(self, namespace: str, name: str, kind: str = "Secret") -> Report:
        """Handle an event about a Secret or ConfigMap, of whichever verb."""
        return self._handle(
            lambda mirroring: mirroring.reconcile(Ref(KINDS[kind], namespace, name))
        )

    def reconcile_deletion(self, namespace: str, name: str, kind: str = "Secret") -> Report:
        """Handle an event that says of a Secret or ConfigMap that it went."""
        return self._handle(
            lambda mirroring: mirroring.reconcile(Ref(KINDS[kind], namespace, name), went=True)
        )

    def reconcile_namespace(self, name: str) -> Report:
        """Handle an event about a namespace, of whichever verb."""
        return self._handle(lambda mirroring: mirroring.reconcile_namespace(name))

    def resync(self) -> Report:
        """Handle a tick."""
        return self._handle(Mirroring.resync)

    def _handle(self, event: Callable[[Mirroring], None]) -> Report:
        report = Report()
        cluster = Cluster(self.connection)
        interval = self.full_resync_interval
        event(
            Mirroring(
                cluster,
                report,
                self.limits,
                clock=self.clock,
                full_resync_interval=interval,
                hash_keys=self.hash_keys,
            )
        )
        KubernetesEvents(cluster.reader, cluster.writer).tell(report)
        return report


def handler_of(kubeconfig: Path) -> Handler:
    """Make a process that handles events as the account of a kubeconfig."""
    return Handler(SteppedTransport(from_kubeconfig(kubeconfig), Settings(request_retries=1)))


@pytest.fixture
def new_handler(server: Server) -> Callable[[], Handler]:
    """Make one more process that handles events of the cluster."""
    return lambda: handler_of(server.kubeconfig)


@pytest.fixture
def handler(new_handler: Callable[[], Handler]) -> Handler:
    """One process that handles events of the cluster."""
    return new_handler()


@pytest.fixture
def apps(workbench: Workbench) -> list[str]:
    """Five namespaces that sources of these tests may be mirrored to, beside the source's own."""
    names = [f"app-{number}" for number in range(5)]
    for name in ("prod", *names):
        workbench.namespace(name)
    return names


@pytest.fixture(params=["Secret", "ConfigMap"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of object is mirrored."""
    return str(request.param)


@pytest.fixture
def mirrored(workbench: Workbench, handler: Handler, kind: str, apps: list[str]) -> Handler:
    """kn-mirror, and the source prod/tls with a mirror in each of five namespaces."""
    write_source(workbench, "one", kind)
    handler.reconcile("prod", "tls", kind)
    assert values(workbench, apps, kind) == [b"one"] * 5
    return handler
