"""What a function loads in a pod: every start waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import pods

if TYPE_CHECKING:
    from pathlib import Path

# The official client alone would double the processor time of a start: it brings along requests,
# oauthlib, pydantic, yaml and a client for websockets. Patterns are compiled by `regex` only where
# an annotation has one. msgspec loads typing_extensions where that is installed: not in the image.
NEEDED = (
    *("blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug"),
    *("cloudevents", "dateutil"),
    *("msgspec", "typing_extensions", "urllib3"),
)

SCRIPT = """
import sys
loaded_before = set(sys.modules)
from tests.in_pod import app
from tests.cloud_events import PING, SECRET_CHANGED
event = PING if sys.argv[1] == "on_resync" else SECRET_CHANGED
answer = app.test_client().post("/", headers=dict(event.headers), data=event.body)
packages = {
    name.partition(".")[0]
    for name, module in sys.modules.items()
    if name not in loaded_before and "site-packages" in (getattr(module, "__file__", "") or "")
}
print(answer.status_code, *sorted(packages), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "function", ["on_secret_update", "on_namespace_create", "on_delete_cleanup", "on_resync"]
)
def test_a_pods_first_event_loads_the_packages_that_it_needs_and_no_more(
    function: str, tmp_path: Path
) -> None:
    with pods.running(tmp_path) as pod:
        environment = {
            **os.environ,
            **pod.environment,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "POD_FUNCTION": f"functions.{function}",
            "POD_ACCOUNT": str(pod.account),
            "KN_MIRROR_LOG_LEVEL": "error",
            "KN_MIRROR_RESYNC_DELAY": "0",
        }
        said = subprocess.run(  # noqa: S603 (no input from outside)
            [sys.executable, "-c", SCRIPT, function],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stderr

    assert said.split() == ["202", *sorted(NEEDED)]
