"""How gunicorn serves a function: `gunicorn functions.on_secret_update:app`, from this folder.

gunicorn itself binds to `$PORT` on all addresses, or to 127.0.0.1:8000 without one.
"""

import gc
import os
from pathlib import Path
from typing import Any

pythonpath = "shared"

# One process is what Knative scales; its threads wait for the API server most of the time.
workers = 1
worker_class = "gthread"
# A number that cannot be meant is refused by name when the function reads its settings.
_threads = os.environ.get("KN_MIRROR_THREADS", "").strip() or "8"
threads = max(1, int(_threads)) if _threads.isdecimal() else 1

# After SIGTERM: the longest that an event under way may take, in seconds.
graceful_timeout = 60
# Longer than Go's HTTP client keeps an idle connection (90 s), so that no request meets a
# connection that is just being closed.
keepalive = 95

# Needs a writable folder, and 10 ms at every start.
control_socket_disable = True
# The heartbeat's file; the root file system of a container may be read-only.
if Path("/dev/shm").is_dir():  # noqa: S108 (gunicorn makes a file of its own there)
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The audit log on stdout says more than an access log would.
accesslog = None
errorlog = "-"

# A start makes a hundred thousand objects and drops none; looking for garbage meanwhile costs an
# eighth of its time.
gc.disable()


def post_worker_init(_worker: Any) -> None:
    """Collect garbage from the first event on, except among what the start has made."""
    gc.freeze()
    gc.enable()
