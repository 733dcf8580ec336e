"""What `kubectl mirror doctor` found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import CompletedProcess


def results(said: CompletedProcess[str]) -> dict[str, str]:
    """Return what each check of `doctor -o json` came to that is not well."""
    categories = json.loads(said.stdout)["categories"]
    checks = [each for category in categories for each in category["checks"]]
    return {each["code"]: each["result"] for each in checks if each["result"] != "ok"}
