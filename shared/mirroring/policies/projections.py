"""Projections: what a mirror takes of its source, where its owner asks for something else than all.

None of it is Reflector's; its users have asked for it for years (issues 257, 396, 420, 584 there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.globs import LONGEST_LIST
from mirroring.policies.leaks import holding
from mirroring.policies.lists import likely
from mirroring.policies.metadata_filters import Copies, MetadataFilter
from mirroring.policies.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirroring.codes import Reason

_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")

# What the API server demands of a Secret by its type; any one of several sets will do.
_REQUIRED: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "kubernetes.io/basic-auth": (frozenset({"username"}), frozenset({"password"})),
    "kubernetes.io/dockercfg": (frozenset({".dockercfg"}),),
    "kubernetes.io/dockerconfigjson": (frozenset({".dockerconfigjson"}),),
    "kubernetes.io/ssh-auth": (frozenset({"ssh-privatekey"}),),
    "kubernetes.io/tls": (frozenset({"tls.crt", "tls.key"}),),
}
_MOST_NAMED: Final = 5
_BY_CHANCE: Final = 16  # characters of what was left out are no chance in what was asked for


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
        return bool(self.labels or self.annotations)

    @property
    def asked_copies(self) -> Copies:
        """What is copied."""
        return Copies(self.labels, self.annotations)

    def copying(self, copies: Copies) -> Projection:
        """Return the same with other labels and annotations."""
        return replace(self, labels=copies.labels, annotations=copies.annotations)

    def of(self, content: Content) -> Content:
        """Return what of a content the mirror gets.

        Its type is `Opaque` unless it has all keys under their own names, or those at least that
        the API server demands of the type.
        """
        if self.keys is None:
            return content
        fields = {name: dict(self._chosen(values)) for name, values in content.fields.items()}
        type_ = content.type if self._keeps_type(content) else "Opaque"
        return Content(fields, type_, immutable=content.immutable)

    def _keeps_type(self, content: Content) -> bool:
        held = {key for values in content.fields.values() for key in values}
        own = {key for key, name in (self.keys or {}).items() if key == name} & held
        demanded = _REQUIRED.get(content.type, ())
        return not content.type or own == held or any(each <= own for each in demanded)

    def withheld(self, annotations: Mapping[str, str], content: Content) -> frozenset[str]:
        """Name the annotations that are not copied, since they hold what mirrors shall not have.

        By a pattern none is that holds any value of the content; by its full name none that holds
        a value which the mirror does not get.

        Args:
            annotations: the source's own.
            content: all of it.
        """
        picked = self.annotations.pick(annotations)
        named = {key: value for key, value in picked.items() if self.annotations.names(key)}
        found = holding({key: picked[key] for key in picked.keys() - named.keys()}, content)
        if self.keys is None:
            return found
        return found | holding(named, self._left_out(content), shortest=_BY_CHANCE)

    def _left_out(self, content: Content) -> Content:
        return Content(
            {
                field: {key: value for key, value in values.items() if key not in (self.keys or {})}
                for field, values in content.fields.items()
            }
        )

    def problems(self, labels: Mapping[str, str], annotations: Mapping[str, str]) -> list[Reason]:
        """Say what its owner ought to correct, though it can be met; both are the source's."""
        return [
            *self.labels.problems(names.COPY_LABELS, labels),
            *self.annotations.problems(names.COPY_ANNOTATIONS, annotations),
        ]

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
        named = ", ".join(map(quoted, missing[:_MOST_NAMED]))
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        return f"{names.KEYS} names {named}{more}, which it does not hold"


def _read_keys(text: str) -> tuple[dict[str, str] | None, str]:
    """Read `key, other=name-in-mirror`; return a problem instead where it cannot be read."""
    if not text.strip():
        return None, ""
    if len(text) > LONGEST_LIST:
        return None, f"{names.KEYS} is longer than {LONGEST_LIST} characters. Name fewer keys."
    keys: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, renamed, name = (each.strip() for each in part.partition("="))
        if not _DATA_KEY.fullmatch(name if renamed else key) or not key:
            remedy = likely(part) or f"{quoted(part)} is no key. Write 'key' or 'key=name'."
            return None, f"{names.KEYS}: {remedy}"
        keys[key] = name if renamed else key
    if not keys or len(set(keys.values())) < len(keys):
        return None, f"{names.KEYS} names no key, or two by one name. Write 'key, other=name'."
    return keys, ""
