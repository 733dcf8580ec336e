"""A Secret or ConfigMap was added or changed: bring its mirrors in line with it."""

from mirroring import CONFIG_MAP, SECRET, Mirroring, ObjectEvent, function


@function("on-secret-update", kinds=(SECRET, CONFIG_MAP))
def on_secret_update(event: ObjectEvent, mirroring: Mirroring) -> None:
    """Reconcile the object, whatever it is by now: source, mirror or neither."""
    mirroring.reconcile(event.object)


app = on_secret_update.app
