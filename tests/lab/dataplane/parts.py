"""Knative Eventing's own programs that carry an event from an adapter to a function."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import urllib3

from tests.lab.clusters import Workbench
from tests.lab.programs import built
from tests.lab.programs.catalogue import eventing
from tests.lab.programs.processes import Process, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.api import Api

SYSTEM_NAMESPACE: Final = "knative-eventing"
# The dispatcher listens there, whatever it is told.
DISPATCHER_URL: Final = "http://127.0.0.1:8080"

ADAPTER: Final = eventing("apiserver_receive_adapter")
INGRESS: Final = eventing("broker/ingress")
FILTER: Final = eventing("broker/filter")
DISPATCHER: Final = eventing("in_memory/channel_dispatcher")
TICKER: Final = eventing("mtping")
PROGRAMS: Final = (ADAPTER, INGRESS, FILTER, DISPATCHER, TICKER)

_READY_WITHIN: Final = 60.0

# What they want to find, empty for their defaults.
_CONFIGURATION: Final = ("config-features", "config-logging", "config-observability")


@dataclass(frozen=True, slots=True)
class Parts:
    """The programs between adapters and functions.

    Args:
        ingress_url: where brokers take events.
        filter_url: where a channel sends what it has for Triggers.
        ingress, filter, dispatcher, ticker: their processes.
    """

    ingress_url: str
    filter_url: str
    ingress: Process
    filter: Process
    dispatcher: Process
    ticker: Process

    def await_filter(self) -> None:
        """Wait until the filter takes events."""
        self.filter.await_condition(lambda: _answers(self.filter_url), within=_READY_WITHIN)


def configure(api: Api) -> None:
    """Write Knative's own configuration, for an API server that has none yet."""
    bench = Workbench(api)
    bench.namespace(SYSTEM_NAMESPACE)
    for name in _CONFIGURATION:
        bench.config_map(SYSTEM_NAMESPACE, name, {})


@contextmanager
def running_parts(kubeconfig: Path, folder: Path) -> Iterator[Parts]:
    """Run them until the context ends, as Knative's own manifests do."""
    ingress, ingress_tls, filter_, filter_tls = free_ports(4)
    parts = Parts(
        f"http://127.0.0.1:{ingress}",
        f"http://127.0.0.1:{filter_}",
        _part("ingress", kubeconfig, folder, INGRESS_PORT=ingress, INGRESS_PORT_HTTPS=ingress_tls),
        _part(
            "filter",
            kubeconfig,
            folder,
            NAMESPACE=SYSTEM_NAMESPACE,
            FILTER_PORT=filter_,
            FILTER_PORT_HTTPS=filter_tls,
        ),
        _part("dispatcher", kubeconfig, folder, MAX_IDLE_CONNS=1000, MAX_IDLE_CONNS_PER_HOST=1000),
        _part(
            "ticker",
            kubeconfig,
            folder,
            NAMESPACE=SYSTEM_NAMESPACE,
            K_LOGGING_CONFIG="",
            K_LEADER_ELECTION_CONFIG="",
        ),
    )
    urls = {
        parts.ingress: parts.ingress_url,
        parts.filter: parts.filter_url,
        parts.dispatcher: DISPATCHER_URL,
    }
    with ExitStack() as stack:
        for process, url in urls.items():
            stack.enter_context(process.running())
            process.await_condition(partial(_answers, url), within=_READY_WITHIN)
        stack.enter_context(parts.ticker.running())
        yield parts


def _part(name: str, kubeconfig: Path, folder: Path, **environment: object) -> Process:
    program = {"ingress": INGRESS, "filter": FILTER, "dispatcher": DISPATCHER, "ticker": TICKER}
    alone = () if name in {"ingress", "filter"} else ("--disable-ha",)
    own = {
        "KUBECONFIG": kubeconfig,
        "SYSTEM_NAMESPACE": SYSTEM_NAMESPACE,
        "POD_NAME": name,
        "CONTAINER_NAME": name,
        "PROFILING_PORT": free_ports(1)[0],
        **environment,
    }
    return Process(
        built(program[name]),
        *alone,
        folder=folder,
        name=name,
        environment={variable: str(value) for variable, value in own.items()},
    )


def _answers(url: str) -> bool:
    try:
        urllib3.request("GET", url, retries=False, timeout=5)
    except urllib3.exceptions.HTTPError:
        return False
    return True
