"""An event source that does what Knative's ApiServerSource does in Reference mode, losses included.

What it watches is told from the moment it watches: nothing of what was there before, and nothing of
what happened while it was away or had to list again. An event names an object and holds none.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from cloudevents.core.v1.event import CloudEvent
from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from urllib3 import BaseHTTPResponse

_log = logging.getLogger(__name__)

_VERBS: Final = {"ADDED": "add", "MODIFIED": "update", "DELETED": "delete"}
_WATCH_SECONDS: Final = 300
_PAUSE: Final = 0.2  # seconds before an API server that failed is asked again


@dataclass(frozen=True, slots=True)
class Resource:
    """What is watched, in all namespaces.

    Args:
        kind: as in `Secret`.
        plural: as in `secrets`.
        selector: of labels; empty for all.
    """

    kind: str
    plural: str
    selector: str = ""


EVERYTHING: Final = (
    Resource("Secret", "secrets"),
    Resource("ConfigMap", "configmaps"),
    Resource("Namespace", "namespaces"),
)


class EventSource:
    """Watches an API server and hands on an event for each change, in order for each resource.

    Args:
        kubeconfig: says which API server, and as whom.
        deliver: takes the events; a resource's next one waits until it returns.
        resources: what is watched.
    """

    def __init__(
        self,
        kubeconfig: Path,
        deliver: Callable[[CloudEvent], None],
        resources: tuple[Resource, ...] = EVERYTHING,
    ) -> None:
        configuration = Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=configuration)
        self._client = ApiClient(configuration)
        self._host = configuration.host
        self._watchers = [_Watcher(self, each, deliver) for each in resources]

    def __enter__(self) -> Self:
        """Start, and return when every change from now on is seen."""
        for watcher in self._watchers:
            watcher.thread.start()
        for watcher in self._watchers:
            watcher.watching.wait()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop; what is under way by now is delivered."""
        for watcher in self._watchers:
            watcher.stop()
        for watcher in self._watchers:
            watcher.thread.join()
        self._client.close()

    def open(self, resource: Resource, **query: str) -> BaseHTTPResponse:
        """Ask for a list or a watch of a resource; the answer is not read yet."""
        options = [*query.items(), ("labelSelector", resource.selector)]
        arguments = self._client.param_serialize(
            "GET",
            f"/api/v1/{resource.plural}",
            query_params=options,
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        timeout = (5, _WATCH_SECONDS + 30)
        answer: BaseHTTPResponse = self._client.call_api(
            *arguments, _request_timeout=timeout
        ).response
        return answer

    def event(self, verb: str, resource: Resource, found: dict[str, Any]) -> CloudEvent:
        """Make the event that ApiServerSource would send of a change."""
        name, namespace = found["metadata"]["name"], found["metadata"].get("namespace", "")
        attributes = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": self._host,
            "type": f"dev.knative.apiserver.ref.{verb}",
            "time": datetime.now(UTC),
            "datacontenttype": "application/json",
            # Knative writes `/apis/v1` for the core group, and two slashes for no namespace.
            "subject": f"/apis/v1/namespaces/{namespace}/{resource.plural}/{name}",
            "kind": resource.kind,
            "apiversion": "v1",
            "name": name,
            "namespace": namespace,
        }
        reference = {
            "kind": resource.kind,
            "namespace": namespace,
            "name": name,
            "apiVersion": "v1",
        }
        return CloudEvent(attributes, {key: value for key, value in reference.items() if value})


class _Watcher:
    """Follows one resource in a thread of its own."""

    def __init__(
        self, source: EventSource, resource: Resource, deliver: Callable[[CloudEvent], None]
    ) -> None:
        self._source = source
        self._resource = resource
        self._deliver = deliver
        self._stopped = threading.Event()
        self._stream: BaseHTTPResponse | None = None
        self.watching = threading.Event()
        self.thread = threading.Thread(
            target=self._run, name=f"watch {resource.plural}", daemon=True
        )

    def stop(self) -> None:
        """End the watch, which may be waiting for a change that never comes."""
        self._stopped.set()
        stream = self._stream
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.shutdown()

    def _run(self) -> None:
        version = ""
        while not self._stopped.is_set():
            try:
                version = self._watch(version or self._listed_version())
            except (HTTPError, OSError, ValueError, KeyError) as error:
                # Only a watch that ends cleanly goes on where it was; else the gap is lost.
                _log.debug("%s is listed again: %s", self._resource.plural, type(error).__name__)
                version = ""
                self._stopped.wait(_PAUSE)

    def _listed_version(self) -> str:
        answer = self._source.open(self._resource, limit="1")
        return str(json.loads(answer.data)["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> str:
        """Deliver changes until the server ends the watch; return the version to go on from."""
        for change in self._changes(version):
            found = change["object"]
            if change["type"] == "ERROR":
                raise ValueError(found.get("reason"))
            version = found["metadata"]["resourceVersion"]
            if verb := _VERBS.get(change["type"]):
                self._deliver(self._source.event(verb, self._resource, found))
        return version

    def _changes(self, version: str) -> Iterator[dict[str, Any]]:
        self._stream = self._source.open(
            self._resource,
            watch="true",
            resourceVersion=version,
            allowWatchBookmarks="true",
            timeoutSeconds=str(_WATCH_SECONDS),
        )
        self.watching.set()
        rest = b""
        for part in self._stream.stream(amt=None):
            *lines, rest = (rest + part).split(b"\n")
            yield from (json.loads(line) for line in lines)
            if self._stopped.is_set():
                return
