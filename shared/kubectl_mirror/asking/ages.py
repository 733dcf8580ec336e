"""Ages, as kubectl prints them: two units at most."""

from __future__ import annotations

from datetime import datetime
from typing import Final

# From how many seconds on which unit is shown, alone or with the next smaller one.
_UNITS: Final = ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_ALONE_FROM: Final = {"s": 1, "m": 10, "h": 8, "d": 8, "y": 8}


def age(at: datetime, now: datetime) -> str:
    """Say how long ago something was, as `kubectl get` does: `5s`, `3m20s`, `7h`, `45d`."""
    seconds = max(0, int((now - at).total_seconds()))
    for place, (length, unit) in enumerate(_UNITS):
        if seconds < length:
            continue
        count, rest = divmod(seconds, length)
        if count >= _ALONE_FROM[unit] or place + 1 == len(_UNITS):
            return f"{count}{unit}"
        smaller, name = _UNITS[place + 1]
        part = rest // smaller
        return f"{count}{unit}{part}{name}" if part else f"{count}{unit}"
    return "0s"


def age_since(written: str, now: datetime) -> str:
    """Say how long ago it was; empty where what is written is no time with its zone."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return ""
    return age(at, now) if at.tzinfo else ""
