"""A Secret or ConfigMap was deleted: take its mirrors away, or make it again if it was a mirror."""

from mirroring import CONFIG_MAP, SECRET, Mirroring, ObjectEvent, function


@function("on-delete-cleanup", kinds=(SECRET, CONFIG_MAP))
def on_delete_cleanup(event: ObjectEvent, mirroring: Mirroring) -> None:
    """Reconcile the object, which may be there again, or still, as something else."""
    mirroring.reconcile(event.object, went=True)


app = on_delete_cleanup.app
