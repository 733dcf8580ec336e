"""Pods that tests run on a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.api import Api


def pod(name: str, image: str, *arguments: str) -> dict[str, Any]:
    """Describe a pod that runs an image that is on the node, labelled `app` with its name."""
    container = {"name": name, "image": image, "args": arguments, "imagePullPolicy": "Never"}
    return {
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], "restartPolicy": "OnFailure"},
    }


def phase(api: Api, path: str) -> str:
    """Return how far a pod has come, as in `Running`."""
    return str(api.request("GET", path).body["status"]["phase"])
