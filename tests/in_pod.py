"""A function as it is in a pod, but that its service account lies where the test says.

`POD_FUNCTION` names its module, `POD_ACCOUNT` the folder.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from mirroring.cluster import service_accounts

service_accounts.FOLDER = Path(os.environ["POD_ACCOUNT"])

app = import_module(os.environ["POD_FUNCTION"]).app
