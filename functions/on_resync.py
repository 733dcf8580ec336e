"""Time has passed, or events may have been lost: repair every difference in the cluster."""

from mirroring import Event, Mirroring, function


@function("on-resync", gathers=True)
def on_resync(_event: Event, mirroring: Mirroring) -> None:
    """Resync on any event: a tick, an adapter's Pod that came up, its own start, or by hand."""
    mirroring.resync()


app = on_resync.app
