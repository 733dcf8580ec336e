"""A function as in a pod: with a service account, which lies where the bench says."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from mirroring.cluster import service_accounts

service_accounts.FOLDER = Path(os.environ["BENCH_SERVICE_ACCOUNT"])

app = import_module(os.environ["BENCH_FUNCTION"]).app
