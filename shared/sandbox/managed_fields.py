"""Who wrote which field: `metadata.managedFields`, as the API server notes it.

Who changes a field owns it, alone; who changes nothing gains nothing. Who declares fields by
server-side apply owns them beside others who have the same values there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.kinds import Body

Path = tuple[str, ...]

_MAPPINGS: Final[tuple[Path, ...]] = (
    ("data",),
    ("binaryData",),
    ("metadata", "annotations"),
    ("metadata", "labels"),
)
_SCALARS: Final = ("type", "immutable")
_FINALIZERS: Final = ("metadata", "finalizers")


class Owner(NamedTuple):
    """Who owns fields: a manager, by one of two kinds of requests.

    Args:
        manager: its name.
        operation: `Update`, or `Apply` for server-side apply.
    """

    manager: str
    operation: str = "Update"


# Since when, and which fields.
Owners = dict[Owner, tuple[str, set[Path]]]


def owners_of(body: Body) -> Owners:
    """Read the owners of an object's fields; one empty entry clears them all."""
    return {
        Owner(entry["manager"], entry["operation"]): (
            entry["time"],
            set(_paths(entry["fieldsV1"])),
        )
        for entry in body.get("metadata", {}).get("managedFields") or ()
        if entry
    }


def written(before: Body, after: Body, owners: Owners, owner: Owner, *, now: str) -> Owners:
    """Return who owns the fields of an object that was just written.

    Args:
        before: what it was; empty when it is new.
        after: what it is to become.
        owners: who owned the fields before.
        owner: who writes it.
        now: in ISO 8601.
    """
    old, new = dict(fields_of(before)), dict(fields_of(after))
    changed = {path for path, value in new.items() if old.get(path, _ABSENT) != value}
    gone = old.keys() - new.keys()
    left = {each: (time, fields - changed - gone) for each, (time, fields) in owners.items()}
    if changed:
        mine = left.get(owner, (now, set[Path]()))[1]
        left[owner] = (now, mine | changed)
    return left


def entries(owners: Owners, *, group: str = "v1") -> list[dict[str, Any]]:
    """Write owners as `managedFields` has them, the oldest first."""
    return [
        {
            "manager": owner.manager,
            "operation": owner.operation,
            "apiVersion": group,
            "time": time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(fields),
        }
        for owner, (time, fields) in sorted(owners.items(), key=lambda item: (item[1][0], item[0]))
        if fields
    ]


def declared(body: Body) -> Iterator[tuple[Path, Any]]:
    """Every field of what is applied that its manager owns then, with its value.

    A mapping that is declared is nobody's, only what is in it. `stringData` is a field like any
    other here: what it says is stored elsewhere, where its manager owns nothing.
    """
    for mapping in (*_MAPPINGS, ("stringData",)):
        for key, value in _at(body, mapping).items():
            yield (*(f"f:{name}" for name in mapping), f"f:{key}"), value
    for name in _SCALARS:
        if body.get(name) is not None:
            yield (f"f:{name}",), body[name]


_ABSENT: Final = object()


def fields_of(body: Body) -> Iterator[tuple[Path, Any]]:
    """Every field that somebody can own, each as `fieldsV1` names it, with its value."""
    for mapping in _MAPPINGS:
        parent = tuple(f"f:{name}" for name in mapping)
        values = _at(body, mapping)
        if values:
            # The mapping itself: owned by whoever made it, whatever it holds by now.
            yield (*parent, "."), True
        for key, value in values.items():
            yield (*parent, f"f:{key}"), value
    for name in _SCALARS:
        if name in body:
            yield (f"f:{name}",), body[name]
    for finalizer in _at(body, _FINALIZERS):
        yield ("f:metadata", "f:finalizers", f'v:"{finalizer}"'), True


def _at(body: Body, path: Path) -> Any:
    for name in path:
        body = body.get(name) or {}
    return body


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        node = tree
        for part in path:
            node = node.setdefault(part, {})
    return tree


def _paths(tree: Mapping[str, Any]) -> Iterator[Path]:
    for part, rest in tree.items():
        if rest:
            yield from ((part, *path) for path in _paths(rest))
        else:
            yield (part,)
