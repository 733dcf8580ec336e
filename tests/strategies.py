"""What hypothesis draws from."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from hypothesis import strategies as st

from mirroring import names
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


# Likewise each selector, by the labels that it chooses; None are those of no labels.
SELECTORS: Final[Mapping[str, frozenset[str | None]]] = {
    "": frozenset(),
    "env=prod": frozenset({"prod"}),
    "env!=prod": frozenset({"dev", None}),
    "!env": frozenset({None}),
    "env in (prod, dev)": frozenset({"prod", "dev"}),
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
        allowed_selector: the same by labels, one of `SELECTORS`.
        auto_selector: likewise.
        permitted: whether the source permits anything at all.
        found: what is in each of `TARGETS`.
        labels: the value of `env` on each of them; None where there is none.
    """

    allowed: str = ""
    auto: str = ""
    allowed_selector: str = ""
    auto_selector: str = ""
    permitted: bool = True
    found: Mapping[str, Found] = field(default_factory=dict)
    labels: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def annotations(self) -> dict[str, str]:
        """Of the source."""
        return {
            names.ALLOWED: str(self.permitted),
            names.AUTO_ENABLED: "true",
            names.ALLOWED_NAMESPACES: self.allowed,
            names.AUTO_NAMESPACES: self.auto,
            names.ALLOWED_NAMESPACES_SELECTOR: self.allowed_selector,
            names.AUTO_NAMESPACES_SELECTOR: self.auto_selector,
        }

    @property
    def permitting(self) -> frozenset[str]:
        """Where pull mirrors may be filled."""
        if not self.permitted:
            return frozenset()
        return self._chosen(self.allowed, self.allowed_selector)

    @property
    def wanted(self) -> frozenset[str]:
        """Where mirrors have to be, unless something else is in their place."""
        return self.permitting & self._chosen(self.auto, self.auto_selector)

    def _chosen(self, patterns: str, selector: str) -> frozenset[str]:
        """Either is enough; with neither, all are chosen."""
        by_label = {name for name in TARGETS if self.labels.get(name) in SELECTORS[selector]}
        by_name = PATTERNS[patterns] if patterns or not selector else frozenset()
        return by_name | by_label


patterns = st.sampled_from(sorted(PATTERNS))
selectors = st.sampled_from(["", *SELECTORS])

worlds = st.builds(
    World,
    allowed=patterns,
    auto=patterns,
    allowed_selector=selectors,
    auto_selector=selectors,
    labels=st.fixed_dictionaries(
        {name: st.sampled_from(["prod", "dev", None]) for name in TARGETS}
    ),
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

# Any name that Kubernetes takes of an object: up to 253 characters, hyphens and dots anywhere.
object_names = (
    st.text("az09-.", min_size=1, max_size=253)
    .map(lambda text: re.sub(r"[-.]*\.[-.]*", ".", text).strip("-."))
    .filter(bool)
)


class Written(NamedTuple):
    """What somebody wrote in an annotation: a text, often repeated, as Kubernetes takes long ones.

    Args:
        part: the text.
        times: how often it is there.
    """

    part: str
    times: int

    @property
    def text(self) -> str:
        """All of it, or as much as an annotation can hold beside others."""
        return (self.part * self.times)[:50_000]


written = st.builds(
    Written,
    part=st.one_of(
        st.text(max_size=200),
        st.sampled_from(
            ["true", "dev", "dev\nstage", "x", "aé/", "a,", "\u0001", "'", "[", "(", "日本"]
        ),
    ),
    times=st.sampled_from([1, 1, 1, 3000, 50_000]),
)
_annotation_names = st.one_of(
    st.sampled_from(
        sorted({value for name, value in vars(names).items() if name.isupper()} - {names.REFLECTOR})
    ),
    st.from_regex(
        r"((reflector\.v1\.k8s\.emberstack\.com|kn-mirror\.dev)/)?(secret-|reflect)?[a-z]{1,20}",
        fullmatch=True,
    ),
)
annotation_sets = st.dictionaries(_annotation_names, written, max_size=8)


@st.composite
def secrets_told(draw: st.DrawFn) -> tuple[str, str]:
    """A value that is not to be known, and an annotation that tells it, however it is written."""
    value = draw(st.text(min_size=8, max_size=60).filter(lambda text: len(text.strip()) >= 8))
    encoded = base64.b64encode(value.encode()).decode()
    told = [
        f"it is {value}",
        value.strip(),
        json.dumps({"key": value}),
        json.dumps({"key": value}, ensure_ascii=False),
        json.dumps({"key": encoded}),
        f"key: {encoded.rstrip('=')}",
    ]
    return value, draw(st.sampled_from(told))


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
