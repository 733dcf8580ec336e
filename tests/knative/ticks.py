"""PingSource's ticks in the hands of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.knative.installations import NAMESPACE
from tests.lab.api import MERGE_PATCH
from tests.lab.clusters import RefusedError

if TYPE_CHECKING:
    from tests.lab.api import Api

NEVER: Final = "0 0 1 1 *"  # once a year
EVERY_SECOND: Final = "* * * * * *"

_PING: Final = f"/apis/sources.knative.dev/v1/namespaces/{NAMESPACE}/pingsources/resync"


def schedule(api: Api, when: str) -> None:
    """Say when ticks come; one that falls into a test of something else shows in its counts."""
    answer = api.request("PATCH", _PING, {"spec": {"schedule": when}}, content_type=MERGE_PATCH)
    if not answer:
        raise RefusedError(f"{answer.status}: {answer.body}")
