"""How gunicorn serves a function: `gunicorn functions.on_secret_update:app`, from this folder.

gunicorn itself binds to `$PORT` on all addresses, or to 127.0.0.1:8000 without one.
"""

import gc
import os
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

pythonpath = "shared"

# One process is what Knative scales; its threads wait for the API server most of the time.
workers = 1
# Threads that handle requests, and none that waits for one to come.
worker_class = "mirroring.serving.workers.Worker"
# A number that cannot be meant is refused by name when the function reads its settings.
_threads = os.environ.get("KN_MIRROR_THREADS", "").strip() or "8"
threads = max(1, int(_threads)) if _threads.isdecimal() else 1

# After SIGTERM: the longest that an event under way may take, in seconds. With the 30 s for which
# Knative holds SIGTERM back, as long as an event has (KN_MIRROR_DEADLINE), and some more to end.
graceful_timeout = 80
# Longer than Go's HTTP client keeps an idle connection (90 s), so that no request meets a
# connection that is just being closed.
keepalive = 95
# More than Knative opens, which sends as many requests at a time as there are threads.
worker_connections = 256

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


def post_worker_init(worker: Any) -> None:
    """Collect garbage from the first event on, except among what the start has made."""
    gc.freeze()
    gc.enable()
    # Knative starts a pod of each new deployment to see that it can. With that a new installation
    # begins: what there was before it is found by the resync that follows.
    if os.environ.get("K_SERVICE") == "on-resync":
        port = worker.sockets[0].getsockname()[1]
        Thread(target=_tell_of_start, args=(port,), daemon=True).start()


def _tell_of_start(port: int) -> None:
    """Send on-resync the event that it has started.

    One for which it was started comes at about the same time; they share one resync. Where this one
    fails, the next tick does its work.
    """
    event = {
        "ce-specversion": "1.0",
        "ce-id": f"{os.getpid()}-{time.time_ns()}",
        "ce-type": "dev.kn-mirror.started",
        "ce-source": "/on-resync",
    }
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST", "/", headers=event)
        connection.getresponse()
