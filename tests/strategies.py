"""What hypothesis draws from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from mirroring import vocabulary
from tests.cloud_events import BATCH, STRUCTURED, Request, about

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN: Final = "prod"
TARGETS: Final = ("dev", "dev-2", "kube-infra", "stage")

# Each list of patterns with the namespaces of TARGETS that it names, worked out by hand from
# Reflector's rules; so nothing that expects something by them shares code with what is tested.
PATTERNS: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(TARGETS),
    ",": frozenset(),
    "dev": frozenset({"dev"}),
    " stage , dev ,": frozenset({"stage", "dev"}),
    "dev.*": frozenset({"dev", "dev-2"}),
    "^(?!kube-).*": frozenset({"dev", "dev-2", "stage"}),
    "ev": frozenset(),
    "dev|dev-2": frozenset({"dev"}),
}


class Found(Enum):
    """What has the mirror's name in a namespace before kn-mirror comes."""

    NOTHING = "nothing"
    FOREIGN = "a Secret of a user"
    STALE = "a mirror that Reflector left, with older content"
    ORPHAN = "a mirror of a source that is gone"
    PULLED = "a pull mirror that a user made"


@dataclass(frozen=True, slots=True)
class World:
    """A cluster with one source.

    Args:
        allowed: patterns of the namespaces that may have a mirror, one of `PATTERNS`.
        auto: patterns of those that get one.
        permitted: whether the source permits anything at all.
        found: what is in each of `TARGETS`.
    """

    allowed: str = ""
    auto: str = ""
    permitted: bool = True
    found: Mapping[str, Found] = field(default_factory=dict)

    @property
    def annotations(self) -> dict[str, str]:
        """Of the source."""
        return {
            vocabulary.ALLOWED: str(self.permitted),
            vocabulary.AUTO_ENABLED: "true",
            vocabulary.ALLOWED_NAMESPACES: self.allowed,
            vocabulary.AUTO_NAMESPACES: self.auto,
        }

    @property
    def permitting(self) -> frozenset[str]:
        """Where pull mirrors may be filled."""
        return PATTERNS[self.allowed] if self.permitted else frozenset()

    @property
    def wanted(self) -> frozenset[str]:
        """Where mirrors have to be, unless something else is in their place."""
        return self.permitting & PATTERNS[self.auto]


patterns = st.sampled_from(sorted(PATTERNS))

worlds = st.builds(
    World,
    allowed=patterns,
    auto=patterns,
    permitted=st.sampled_from([True, True, True, False]),
    found=st.fixed_dictionaries({name: st.sampled_from(Found) for name in TARGETS}),
)

# An event names a namespace, or an object in one, or nothing: that is a tick.
events = st.lists(
    st.one_of(
        st.tuples(st.just("namespace"), st.sampled_from((OWN, *TARGETS, "gone"))),
        st.tuples(st.just("secret"), st.sampled_from((OWN, *TARGETS, "gone"))),
        st.just(("tick", "")),
    ),
    max_size=6,
)

_text = st.text('aé1.-/% {"', max_size=12)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["id", "source", "specversion", "type", "kind", "name", "data", "time"])
_valid = about("Secret", "prod", "tls").headers

# Requests that somebody made who does not mean well, or does not know better.
requests = st.builds(
    Request,
    headers=st.one_of(
        st.dictionaries(_names.map("ce-{}".format), _text),
        st.dictionaries(st.sampled_from(sorted(_valid)), _text).map(
            lambda some: {**_valid, **some}
        ),
        st.sampled_from([STRUCTURED, BATCH]).map(lambda media: {"Content-Type": media}),
    ),
    body=st.one_of(
        st.binary(max_size=64),
        st.dictionaries(_names, _json).map(lambda event: json.dumps(event).encode()),
    ),
)
