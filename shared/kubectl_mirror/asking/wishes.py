"""Wishes: what manifests and `--annotate` ask of objects, as far as mirroring looks at it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from mirroring.errors import SettingError
from mirroring.objects.references import KINDS, NAMESPACE, SECRET, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirroring.objects.references import Kind

Fields = dict[str, Any]

# It becomes part of a path.
_CERT_MANAGER: Final = re.compile(r"cert-manager\.io/v[a-z0-9]+")
# What cert-manager writes into the Secret of a Certificate.
_ISSUED: Final = {"type": "kubernetes.io/tls", "data": {"tls.crt": "", "tls.key": ""}}
# What owners write on Secrets and ConfigMaps, by what is left of it without its prefix.
_SHORT: Final = {
    full.rpartition("/")[2].removeprefix("reflection-"): full
    for full in (
        names.ALLOWED,
        names.ALLOWED_NAMESPACES,
        names.ALLOWED_NAMESPACES_SELECTOR,
        names.AUTO_ENABLED,
        names.AUTO_NAMESPACES,
        names.AUTO_NAMESPACES_SELECTOR,
        names.KEYS,
        names.NAME,
        names.COPY_LABELS,
        names.COPY_ANNOTATIONS,
        names.RECREATE,
        names.REPAIR,
        names.ADOPT,
        names.REFLECTS,
    )
}


@dataclass(frozen=True, repr=False)
class Wish:
    """What is asked of one object. It may hold secrets, so it has no readable form.

    Args:
        ref: the object.
        labels: it is to have.
        annotations: likewise.
        taken: annotations that it is not to have.
        content: `data`, `type` and the like, as far as it is named.
        is_issued: whether somebody else writes another content, which is not known.
        earlier: the labels and annotations that were asked for before, where it is not the object
            itself that tells them.
    """

    ref: Ref
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    content: Fields = field(default_factory=dict)
    is_issued: bool = False
    earlier: Fields | None = None


def of_manifest(fields: Mapping[str, Any], origin: str, namespace: str) -> Wish | None:
    """Read what a manifest of a Secret, ConfigMap or Namespace asks; None of any other kind.

    Args:
        fields: its own.
        origin: the file that it is from.
        namespace: the one that is meant where it names none.

    Raises:
        SettingError: the API server would not take it.
    """
    kind = KINDS.get(str(fields.get("kind"))) if fields.get("apiVersion") == "v1" else None
    if kind is None:
        return None
    metadata = _mapping(fields, "metadata", f"{kind} in {origin}")
    ref = _ref(kind, metadata, origin, "" if kind is NAMESPACE else namespace)
    return Wish(
        ref,
        _texts(metadata, "labels", ref),
        _texts(metadata, "annotations", ref),
        content=_content(fields, ref),
    )


def is_certificate(fields: Mapping[str, Any]) -> bool:
    """Whether a manifest is of one of cert-manager's Certificates."""
    is_of_it = _CERT_MANAGER.fullmatch(str(fields.get("apiVersion"))) is not None
    return is_of_it and fields.get("kind") == "Certificate"


def certificate_path(fields: Mapping[str, Any], origin: str, namespace: str) -> str:
    """Return the API's path of a Certificate.

    Raises:
        SettingError: it has no name.
    """
    ref = _ref(SECRET, _mapping(fields, "metadata", f"Certificate in {origin}"), origin, namespace)
    version = fields["apiVersion"]
    return f"/apis/{version}/namespaces/{ref.namespace}/certificates/{ref.name}"


def of_certificate(
    fields: Mapping[str, Any], before: Mapping[str, Any] | None, origin: str, namespace: str
) -> Wish:
    """Read what a Certificate asks of its Secret.

    Args:
        fields: its own.
        before: those of the one that is there; None for none.
        origin: the file that it is from.
        namespace: the one that is meant where it names none.

    Raises:
        SettingError: the API server would not take it.
    """
    metadata = _mapping(fields, "metadata", f"Certificate in {origin}")
    own = _ref(SECRET, metadata, origin, namespace)
    spec, earlier = _mapping(fields, "spec", f"Certificate {own.path}"), (before or {}).get("spec")
    ref = _ref(SECRET, {"name": spec.get("secretName")}, origin, own.namespace)
    template = _mapping(spec, "secretTemplate", f"Certificate {own.path}")
    former = earlier if isinstance(earlier, dict) else {}
    return Wish(
        ref,
        _texts(template, "labels", ref),
        {**_texts(template, "annotations", ref), names.CERTIFICATE: own.name},
        content=dict(_ISSUED),
        is_issued=any(former.get(name) != spec[name] for name in {*spec} - {"secretTemplate"}),
        earlier=former.get("secretTemplate") or {},
    )


def of_annotations(refs: Iterable[Ref], said: Iterable[str]) -> list[Wish]:
    """Read `KEY=VALUE` and `KEY-`; of what owners of sources write, the prefix may be left out.

    Raises:
        SettingError: one of them is neither, or no annotation that is known.
    """
    wanted: dict[str, str] = {}
    taken: set[str] = set()
    for each in said:
        name, is_set, value = each.partition("=")
        if is_set:
            wanted[_full(name)] = value
        elif name.endswith("-"):
            taken.add(_full(name[:-1]))
        else:
            raise SettingError(f"--annotate {each} says nothing. Write KEY=VALUE or KEY-.")
    # What was applied before stays.
    return [
        Wish(ref, annotations=wanted, taken=frozenset(taken), earlier=dict[str, Any]())
        for ref in refs
    ]


def _full(name: str) -> str:
    if "/" in name:
        return name
    full = _SHORT.get(name.removeprefix("reflection-"))
    if full is None:
        known = ", ".join(sorted(_SHORT))
        raise SettingError(f"No annotation is called {name}. Write it in full, or one of: {known}.")
    return full


def _ref(kind: Kind, metadata: Mapping[str, Any], origin: str, namespace: str) -> Ref:
    name, where = metadata.get("name"), metadata.get("namespace") or namespace
    try:
        return Ref.parse(kind.name, "" if kind is NAMESPACE else str(where), str(name or ""))
    except ValueError as error:
        named = f"{where}/{name}" if where else f"{name}"
        raise SettingError(f"Manifest {origin}: {kind} {named}: {error}. Correct it.") from None


def _mapping(fields: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    found = fields.get(name)
    if found is not None and not isinstance(found, dict):
        raise SettingError(f"{what}: {name} has no fields. Correct the manifest.")
    return found or {}


def _texts(fields: Mapping[str, Any], name: str, what: Ref) -> dict[str, str]:
    """Return labels, annotations or content: texts, each by a text."""
    found = _mapping(fields, name, str(what))
    odd = next((key for key, value in found.items() if not isinstance(value, str | None)), None)
    if odd is not None:
        raise SettingError(
            f"{what}: what {name} has for {odd!r} is no text. Write it in quotation marks."
        )
    return {str(key): value or "" for key, value in found.items()}


def _content(fields: Mapping[str, Any], ref: Ref) -> Fields:
    held: Fields = {
        name: _texts(fields, name, ref) for name in ref.kind.content if fields.get(name)
    }
    if ref.kind is SECRET and fields.get("stringData"):
        encoded = {
            key: base64.b64encode(value.encode()).decode()
            for key, value in _texts(fields, "stringData", ref).items()
        }
        held["data"] = held.get("data", {}) | encoded
    if ref.kind.typed and fields.get("type"):
        held["type"] = str(fields["type"])
    return held | ({"immutable": True} if fields.get("immutable") else {})
