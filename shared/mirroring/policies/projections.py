"""Projections: what a mirror takes of its source, where its owner asks for something else than all.

None of it is Reflector's; its users have asked for it for years (issues 257, 396, 420, 584 there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from mirroring import names
from mirroring.objects.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")

# cert-manager adopts a copy that carries its own; kubectl's may hold the whole Secret; the others
# would make a mirror a source, or a mirror of something else.
_NEVER: Final = (
    names.REFLECTOR,
    "app.kubernetes.io/managed-by",
    "cert-manager.io/",
    "controller.cert-manager.io/",
    "kn-mirror.dev/",
    "kubectl.kubernetes.io/last-applied-configuration",
)
# By these a tool finds what it has to delete when it is not in its manifests.
_TRACKING: Final = (
    "app.kubernetes.io/instance",
    "argocd.argoproj.io/",
    "helm.sh/",
    "helm.toolkit.fluxcd.io/",
    "kustomize.toolkit.fluxcd.io/",
    "meta.helm.sh/",
)


@dataclass(frozen=True, slots=True)
class MetadataFilter:
    """Which labels or annotations are copied: names, with `*` for any characters.

    Those by which Argo CD, Flux and Helm know what is theirs are copied only when they are named in
    full, and some never.
    """

    patterns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read patterns that are separated by commas."""
        return cls(tuple(part.strip() for part in text.split(",") if part.strip()))

    def pick(self, entries: Mapping[str, str]) -> dict[str, str]:
        """Pick what is to be copied."""
        return {key: value for key, value in entries.items() if self._picks(key)}

    def _picks(self, key: str) -> bool:
        if key.startswith(_NEVER):
            return False
        if key in self.patterns:
            return True
        return not key.startswith(_TRACKING) and any(
            re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), key) for pattern in self.patterns
        )


@dataclass(frozen=True, slots=True)
class Projection:
    """What a mirror takes of its source.

    Args:
        keys: the name in the mirror, by the key in the source; None for all keys as they are.
        labels: those that are copied.
        annotations: those that are copied.
        problem: why the owner's wishes cannot be met, whatever the source holds.
    """

    keys: Mapping[str, str] | None = None
    labels: MetadataFilter = field(default_factory=MetadataFilter)
    annotations: MetadataFilter = field(default_factory=MetadataFilter)
    problem: str = ""

    @classmethod
    def read(cls, annotated: Mapping[str, str]) -> Self:
        """Read a source's annotations. Never fails."""
        keys, problem = _read_keys(annotated.get(names.KEYS, ""))
        return cls(
            keys=keys,
            labels=MetadataFilter.parse(annotated.get(names.COPY_LABELS, "")),
            annotations=MetadataFilter.parse(annotated.get(names.COPY_ANNOTATIONS, "")),
            problem=problem,
        )

    @property
    def copies(self) -> bool:
        """Whether any label or annotation may be copied."""
        return bool(self.labels.patterns or self.annotations.patterns)

    def of(self, content: Content) -> Content:
        """Return what of a content the mirror gets.

        Its type is `Opaque` when it has not all keys under their own names, as the type promises
        them.
        """
        if self.keys is None:
            return content
        fields = {name: dict(self._chosen(values)) for name, values in content.fields.items()}
        chosen = Content(fields, content.type, immutable=content.immutable)
        if not content.type or chosen.keys == content.keys:
            return chosen
        return Content(fields, "Opaque", immutable=content.immutable)

    def _chosen(self, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for key, name in (self.keys or {}).items():
            if key in values:
                yield name, values[key]

    def missing_keys(self, content: Content) -> str:
        """Say which keys it asks for that a content lacks, or nothing."""
        held = {key for values in content.fields.values() for key in values}
        missing = sorted((self.keys or {}).keys() - held)
        if self.problem or not missing:
            return self.problem
        return f"{names.KEYS} names {', '.join(map(repr, missing))}, which it does not hold"


def _read_keys(text: str) -> tuple[dict[str, str] | None, str]:
    """Read `key, other=name-in-mirror`; return a problem instead where it cannot be read."""
    if not text.strip():
        return None, ""
    keys: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, renamed, name = (each.strip() for each in part.partition("="))
        if not _DATA_KEY.fullmatch(name if renamed else key) or not key:
            return None, f"{names.KEYS}: {part!r} is no key. Write 'key' or 'key=name'."
        keys[key] = name if renamed else key
    if not keys or len(set(keys.values())) < len(keys):
        return None, f"{names.KEYS} names no key, or two by one name. Write 'key, other=name'."
    return keys, ""
