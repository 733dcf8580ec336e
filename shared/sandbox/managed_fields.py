"""Who wrote which field: `metadata.managedFields`, as far as updates and patches go.

Follows what the API server does for requests without server-side apply: who changes a field owns
it, alone; who changes nothing gains nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.stores import Body

Path = tuple[str, ...]

_MAPPINGS: Final[tuple[Path, ...]] = (
    ("data",),
    ("binaryData",),
    ("metadata", "annotations"),
    ("metadata", "labels"),
)
_SCALARS: Final = ("type", "immutable")
_FINALIZERS: Final = ("metadata", "finalizers")


def managed_fields(
    before: Body, after: Body, *, manager: str, now: str, group: str = "v1"
) -> list[dict[str, Any]]:
    """Say who owns which field of an object that was just written.

    Args:
        before: what it was, with its `managedFields`; empty when it is new.
        after: what it is to become.
        manager: who writes it.
        now: in ISO 8601.
        group: of the object's kind.

    Returns:
        The entries for `after`, the oldest first.

    What is sent with `after` holds in place of what was there; one empty entry clears them all, and
    from then on nobody is noted.
    """
    sent = after.get("metadata", {}).get("managedFields") or ()
    known = sent or before.get("metadata", {}).get("managedFields", ())
    if before and not any(known):
        return []
    old, new = dict(_fields(before)), dict(_fields(after))
    changed = {path for path, value in new.items() if old.get(path, _ABSENT) != value}
    owned: dict[str, set[Path]] = {}
    times: dict[str, str] = {}
    for entry in known:
        owned[entry["manager"]] = (set(_paths(entry["fieldsV1"])) & new.keys()) - changed
        times[entry["manager"]] = entry["time"]
    if changed:
        owned[manager] = owned.get(manager, set()) | changed
        times[manager] = now
    return [
        {
            "manager": name,
            "operation": "Update",
            "apiVersion": group,
            "time": times[name],
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(paths),
        }
        for name, paths in sorted(owned.items(), key=lambda item: (times[item[0]], item[0]))
        if paths
    ]


_ABSENT: Final = object()


def _fields(body: Body) -> Iterator[tuple[Path, Any]]:
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
