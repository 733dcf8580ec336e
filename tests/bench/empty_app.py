"""The least that a function can be: Flask, and an answer."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.post("/")
def answer() -> tuple[str, int]:
    """Answer any event."""
    return "", 200
