"""Stubs: what manifests of pull mirrors hold, where Kubernetes wants keys before there is content.

A manifest is applied again and again, by people and by tools, and its stub with it: that is no
content which an owner wants to keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirroring.names import CONTENT_HASH, REFLECTED_VERSION, STUB_HASH
from mirroring.objects.hash_keys import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirroring.objects.content import Content
    from mirroring.objects.hash_keys import HashKeys
    from mirroring.objects.metadata import Metadata


def holds_stub(seen: Metadata, held: Content, source: Content, *, keys: HashKeys = NO_KEYS) -> bool:
    """Whether a pull mirror that was filled holds its owner's stub again.

    What a manifest does not name stays as it was filled when that is applied; so only those values
    count that are not the source's. A key that is gone alone is no stub: its owner took it away.
    """
    if not held.keys:
        return True
    rest = held.beside(source)
    noted = seen.annotations.get(STUB_HASH)
    if noted is None:
        return bool(rest.keys) and rest.is_blank
    known = {keys.sign_as(noted, each.fields_hash, seen.ref) for each in (rest, held)}
    return bool(rest.keys) and (rest.is_blank or noted in known)


def may_hold_unnoted_stub(seen: Metadata) -> bool:
    """Whether what a pull mirror holds before it is filled for the first time is to be noted."""
    noted = (CONTENT_HASH, STUB_HASH)
    is_first = not any(name in seen.annotations for name in noted)
    return is_first and not seen.annotations.get(REFLECTED_VERSION) and bool(seen.fields.keys)


def stub_note(
    seen: Metadata, held: Content, source: Content, *, keys: HashKeys = NO_KEYS
) -> Mapping[str, str]:
    """Return what is noted of the stub; nothing where it is known for one without that."""
    is_known = held.is_blank or not held.beside(source).keys
    return {} if is_known else {STUB_HASH: keys.sign(held.fields_hash, seen.ref)}
