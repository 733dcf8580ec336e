"""Stand-ins: made-up contents with the keys of real ones, for writes of which nothing is kept."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mirroring.objects.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Kind
    from mirroring.policies.sources import Source

_VALUE: Final = "a stand-in of kubectl mirror"
# What the API server reads of a value, by its key.
_READ: Final = {".dockerconfigjson": '{"auths":{}}', ".dockercfg": "{}"}
# A Secret's type is nowhere in its metadata. Of no other do keys tell it.
_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "kubernetes.io/tls": frozenset({"tls.crt", "tls.key"}),
    "kubernetes.io/dockerconfigjson": frozenset({".dockerconfigjson"}),
    "kubernetes.io/dockercfg": frozenset({".dockercfg"}),
}


def made_up(source: Source, metadata: Metadata) -> Source:
    """Return a source that holds stand-ins for what it holds.

    Its keys are known from a manifest, or from `managedFields`; where nobody tells them there are
    none.

    Args:
        source: as it was judged.
        metadata: all of its own.
    """
    if source.content:
        # What is known of it is what its mirrors get.
        content = replace(source.content, fields=_filled(source.ref.kind, source.content.keys))
        return replace(source, metadata=metadata, content=content)
    fields = metadata.fields
    type_ = supposed_type(source.ref.kind, fields.keys)
    whole = Content(_filled(source.ref.kind, fields.keys), type_, immutable=fields.may_be_immutable)
    return replace(source, metadata=metadata, content=source.projection.of(whole))


def of_a_mirror(made: Source, seen: Metadata, *, is_known: bool) -> Source:
    """Return a source that changes of a mirror only what it is known that it would.

    Args:
        made: made up.
        seen: the mirror.
        is_known: whether keys and type of the source's content are, and not only supposed.
    """
    content = made.content
    if content is None or is_known:
        return made
    # An update that names another type is refused; of what nobody tells nothing is emptied.
    if content.keys:
        return replace(made, content=Content(content.fields))
    held = _filled(seen.ref.kind, seen.fields.keys)
    return replace(made, content=Content({name: all_ for name, all_ in held.items() if all_}))


def supposed_type(kind: Kind, keys: Iterable[str]) -> str:
    """Return the type that a Secret has by its keys; empty for other kinds."""
    held = {key.partition("/")[2] for key in keys}
    found = (name for name, needed in _TYPES.items() if needed <= held)
    return next(found, "Opaque") if kind.typed else ""


def _filled(kind: Kind, keys: Iterable[str]) -> dict[str, dict[str, str]]:
    fields: dict[str, dict[str, str]] = {name: {} for name in kind.content}
    for each in keys:
        name, _, key = each.partition("/")
        if name in fields:
            value = _READ.get(key, _VALUE)
            is_encoded = kind.typed or name == "binaryData"
            fields[name][key] = b64encode(value.encode()).decode() if is_encoded else value
    return fields
