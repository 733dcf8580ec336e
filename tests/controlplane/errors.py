"""What keeps a control plane from starting."""

from __future__ import annotations


class ControlPlaneError(Exception):
    """A program of the control plane cannot be had or does not run; the message says what to do."""
