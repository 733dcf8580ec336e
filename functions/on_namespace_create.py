"""A namespace was added or changed: give it the mirrors that it ought to have, and no others."""

from mirroring import NAMESPACE, Mirroring, ObjectEvent, function


@function("on-namespace-create", kinds=(NAMESPACE,))
def on_namespace_create(event: ObjectEvent, mirroring: Mirroring) -> None:
    """Reconcile the namespace with every source."""
    mirroring.reconcile_namespace(event.object.name)


app = on_namespace_create.app
