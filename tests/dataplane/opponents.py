"""Others who write what kn-mirror writes, and answer every change that they see."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.lab.api import JSON_PATCH, MERGE_PATCH
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.clusters import Workbench

    Body = dict[str, Any]
    React = Callable[[Body], None]

_END: Final = "end"


@contextmanager
def reacting(workbench: Workbench, kind: str, react: React) -> Iterator[None]:
    """Answer every change of an object of a kind, anybody's, until the context ends.

    The watch ends with an object that is made to be its end, so that whatever came before it was
    answered. What an answer raises is raised when the context ends.

    Args:
        workbench: the cluster.
        kind: `Secret` or `ConfigMap`.
        react: gets the object as it was after the change, or before its deletion.
    """
    path = path_of(kind, "")
    listed = workbench.api.request("GET", f"{path}?limit=1").body["metadata"]
    since = f"resourceVersion={listed['resourceVersion']}"
    end = {"metadata": {"name": _END}}
    with ThreadPoolExecutor(1) as thread:
        answered = thread.submit(_answer, workbench, f"{path}?watch=1&{since}", react)
        try:
            yield
        finally:
            workbench.create(path_of(kind, "default"), end)
            workbench.delete(kind, "default", _END)
        answered.result()


def _answer(workbench: Workbench, path: str, react: React) -> None:
    response = workbench.api.stream(path)
    try:
        for line in response:
            found = json.loads(line)["object"]
            if found["metadata"]["name"] == _END:
                return
            react(found)
    finally:
        response.close()


def write(workbench: Workbench, found: Body, change: object, *, by: str) -> None:
    """Change an object as it is now, if it is still there, under a field manager's name."""
    metadata = found["metadata"]
    path = path_of(found["kind"], metadata["namespace"], metadata["name"])
    content_type = JSON_PATCH if isinstance(change, list) else MERGE_PATCH
    answer = workbench.api.request(
        "PATCH", f"{path}?fieldManager={by}", change, content_type=content_type
    )
    assert answer or answer.status == 404, answer.body


def copy(workbench: Workbench, origin: Body, namespace: str, name: str, *, by: str) -> None:
    """Keep a clone of an object, labels and annotations too, as copiers do."""
    metadata = origin["metadata"]
    kept: Body = {key: metadata.get(key, {}) for key in ("labels", "annotations")}
    wanted: Body = {key: origin[key] for key in ("data", "binaryData", "type") if key in origin}
    there = workbench.get(origin["kind"], namespace, name)
    if there is None:
        body = {**wanted, "metadata": {"name": name, **kept}}
        # What was made there meanwhile is seen by its change.
        workbench.api.request(
            "POST", f"{path_of(origin['kind'], namespace)}?fieldManager={by}", body
        )
    elif not _holds(there, wanted, kept):
        write(workbench, there, {**wanted, "metadata": kept}, by=by)


def _holds(there: Body, wanted: Body, kept: Body) -> bool:
    """Whether a clone is as it was made; what else is on it is no concern of the copier."""
    return wanted.items() <= there.items() and all(
        kept[field].items() <= there["metadata"].get(field, {}).items() for field in kept
    )
