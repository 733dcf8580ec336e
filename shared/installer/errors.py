"""What keeps an installation from going on."""

from __future__ import annotations


class InstallerError(Exception):
    """It does not go on: the message says what is missing, and what mends it."""
