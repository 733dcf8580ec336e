"""Pods on a node: those that tests run there, and how far any of them has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lab.api import Api


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


def is_ready(found: dict[str, Any]) -> bool:
    """Whether a pod says that it is ready; a node says it in the same way."""
    conditions = found.get("status", {}).get("conditions", ())
    return {each["type"]: each["status"] for each in conditions}.get("Ready") == "True"


def is_ending(found: dict[str, Any]) -> bool:
    """Whether a pod has been told to end."""
    return "deletionTimestamp" in found["metadata"]


def is_starting(found: dict[str, Any]) -> bool:
    """Whether a pod is on its way to be ready, for the first time or again."""
    return not is_ready(found) and not is_ending(found)


def is_written_out(found: dict[str, Any]) -> bool:
    """Whether a pod's node has written of it all that it writes while the pod just runs.

    What memory the pod's cgroup has a kubelet finds when it looks at the pod again, by itself,
    after it has said that the pod is ready.
    """
    return "limits" in found["status"].get("resources", {})
