"""kn-mirror as it is installed in a cluster: where, and with which settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from kubectl_mirror.access.answers import as_sent_for
from mirroring.cluster.requests import JSON
from mirroring.errors import SettingError
from mirroring.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirroring.cluster.protocols import Transport

_PREFIXES: Final = ("KN_MIRROR_", "ES_")


@dataclass(frozen=True, slots=True)
class Installation:
    """What is known of kn-mirror in a cluster.

    Args:
        namespace: its own.
        settings: that its functions have.
        unknown_because: why these are the defaults; empty where they were read.
        wrong: what is wrong with those that are set, so that no function starts; empty for nothing.
    """

    namespace: str
    settings: Settings = field(default_factory=Settings)
    unknown_because: str = ""
    wrong: str = ""

    @classmethod
    def read(cls, transport: Transport, namespace: str) -> Installation:
        """Read the settings off the functions' Services.

        Raises:
            Unavailable: the API server did not answer.
        """
        path = f"/apis/serving.knative.dev/v1/namespaces/{namespace}/services"
        status, body = transport.request("GET", path, headers={"Accept": JSON})
        if status == HTTPStatus.FORBIDDEN:
            because = f"you may not list services.serving.knative.dev in namespace {namespace}"
            return cls(namespace, unknown_because=because)
        if status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
            because = f"services.serving.knative.dev cannot be listed (HTTP {status})"
            return cls(namespace, unknown_because=because)
        with as_sent_for(f"services.serving.knative.dev in namespace {namespace}"):
            services = json.loads(body).get("items") or [] if status == HTTPStatus.OK else []
            set_ = {name: value for each in services for name, value in _variables(each)}
        if not services:
            return cls(namespace, unknown_because=f"namespace {namespace} has no function of it")
        try:
            return cls(namespace, Settings.from_environment(set_))
        except SettingError as error:
            return cls(namespace, wrong=str(error))


def _variables(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for container in service["spec"]["template"]["spec"].get("containers") or ():
        for each in container.get("env") or ():
            if each.get("name", "").startswith(_PREFIXES):
                yield each["name"], str(each.get("value", ""))
