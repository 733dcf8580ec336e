"""The proof that kn-mirror is at work: a source of its own, whose mirror comes and goes."""

from __future__ import annotations

import re
import secrets
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from installer.clusters import RefusedError
from installer.errors import InstallerError
from mirroring.names import ALLOWED, ALLOWED_NAMESPACES, AUTO_ENABLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from installer.clusters import Cluster

WITHIN: Final = 120  # seconds

_NAME: Final = "proof"
_PREFIX: Final = "kn-mirror-proof-"
_NAMESPACE: Final = re.compile(rf"{_PREFIX}[0-9a-f]{{6}}(?:-mirror)?")
_LABELS: Final = {"app.kubernetes.io/part-of": "kn-mirror", "app.kubernetes.io/component": "proof"}


def prove(cluster: Cluster, *, within: int = WITHIN) -> tuple[int, int]:
    """Have a source mirrored and withdrawn, in two namespaces that go again, however that ends.

    Args:
        cluster: with kn-mirror on it.
        within: how many seconds the mirror may take to come, and to go.

    Returns:
        After how many milliseconds the mirror was there, and after how many it was gone; kubectl's
        own start is in them.

    Raises:
        InstallerError: it did not come, is not like its source, or did not go.
    """
    word = secrets.token_hex(8)
    with _two_namespaces(cluster) as (here, there):
        with _seen(cluster, there, within) as mirror:
            start = time.monotonic()
            cluster.create(_source(here, there, word))
            came = bool(mirror.readline())
        made = _since(start)
        if not came:
            raise InstallerError(_why_not(cluster, here, within))
        if _word(cluster, there) != word:
            raise InstallerError(f"Secret {there}/{_NAME} is not like its source {here}/{_NAME}.")
        start = time.monotonic()
        cluster.kubectl("delete", "secret", _NAME, f"--namespace={here}")
        cluster.kubectl(
            "wait",
            "--for=delete",
            f"secret/{_NAME}",
            f"--namespace={there}",
            f"--timeout={within}s",
        )
        return made, _since(start)


def clear(cluster: Cluster) -> None:
    """Take away what a killed proof has left: namespaces with its label, and names as it gives."""
    selector = ",".join(f"{key}={value}" for key, value in _LABELS.items())
    found = [each["metadata"]["name"] for each in cluster.list("namespaces", f"-l{selector}")]
    _delete(cluster, [name for name in found if _NAMESPACE.fullmatch(name)])


@contextmanager
def _two_namespaces(cluster: Cluster) -> Iterator[tuple[str, str]]:
    here = f"{_PREFIX}{secrets.token_hex(3)}"
    there = f"{here}-mirror"
    made: list[str] = []
    try:
        for name in (here, there):
            metadata = {"name": name, "labels": _LABELS}
            made.append(name)
            try:
                cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
            except RefusedError:
                made.pop()  # what has its name is somebody else's
                raise
        yield here, there
    finally:
        _delete(cluster, made)


def _delete(cluster: Cluster, namespaces: Sequence[str]) -> None:
    if namespaces:
        gone = ("--ignore-not-found", "--timeout=180s")
        cluster.kubectl("delete", "namespaces", *namespaces, *gone)


@contextmanager
def _seen(cluster: Cluster, namespace: str, within: int) -> Iterator[Any]:
    """Read a line when the mirror is there; the end, when it is not in time."""
    command = cluster.command(
        *("get", "secrets", f"--namespace={namespace}"),
        *(f"--field-selector=metadata.name={_NAME}", "--watch", "--output=name"),
        f"--request-timeout={within}s",
    )
    with subprocess.Popen(  # noqa: S603 (arguments are this package's own)
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as watching:
        try:
            yield watching.stdout
        finally:
            watching.kill()


def _source(here: str, there: str, word: str) -> dict[str, Any]:
    annotations = {ALLOWED: "true", ALLOWED_NAMESPACES: there, AUTO_ENABLED: "true"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": _NAME, "namespace": here, "annotations": annotations},
        "stringData": {"word": word},
    }


def _word(cluster: Cluster, namespace: str) -> str:
    output = "--output=go-template={{.data.word | base64decode}}"
    return cluster.kubectl("get", "secret", _NAME, f"--namespace={namespace}", output)


def _why_not(cluster: Cluster, namespace: str, within: int) -> str:
    told = [each["message"] for each in cluster.list("events", f"--namespace={namespace}")]
    said = "".join(f"\n  {each}" for each in told)
    return (
        f"kn-mirror is installed, but a mirror of Secret {namespace}/{_NAME} did not come within "
        f"{within} s.{said}\nWhere an overlay of yours limits whose sources count, that is so; do "
        "without the proof: PROOF=no. Else see docs/install.md, Is it well?"
    )


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
