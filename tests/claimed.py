"""Whose an object is: examples, for whatever decides it.

Each is an object at dev/tls, looked at by whoever mirrors prod/tls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mirroring import names

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE: Final = "prod/tls"


@dataclass(frozen=True, slots=True)
class Example:
    """An object, and what it is to prod/tls.

    Args:
        standing: as `Standing` names it.
        annotations: its own.
        labels: its own.
        controllers: the kinds of its owners that say they control it.
        owners: the kinds of its other owners.
        name: its own.
        namespace: its own.
        of_another: whether it is the mirror of another source, which may delete it, and which one
            that comes first may take it over from.
    """

    standing: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    controllers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    name: str = "tls"
    namespace: str = "dev"
    of_another: bool = False

    @property
    def may_be_updated(self) -> bool:
        """Whether a mirror of prod/tls may be made of it."""
        return self.standing in {"owned", "adopted"}

    @property
    def may_be_deleted(self) -> bool:
        """Whether it may be deleted for prod/tls."""
        return self.standing == "owned"

    @property
    def may_be_replaced(self) -> bool:
        """Whether it may be deleted for some source, of which it is or is to be the mirror."""
        handed_over = names.ADOPT in self.annotations and names.ALLOWED not in self.annotations
        return self.may_be_deleted or self.of_another or handed_over


def _record(source: str = SOURCE, *, automatic: str = "True") -> dict[str, str]:
    return {names.REFLECTS: source, names.AUTO_REFLECTS: automatic}


def _at(place: str = "Secret/dev/tls") -> dict[str, str]:
    return {names.PLACE: place}


_ADOPT: Final = {names.ADOPT: SOURCE}
_ALLOWED: Final = {names.ALLOWED: "true"}
_CERTIFICATE: Final = {names.CERTIFICATE: "wild"}
_OF_RENAMED: Final = {names.MANAGED_BY: names.MANAGER, names.ROLE: names.ROLE_MIRROR}

EXAMPLES: Final[Mapping[str, Example]] = {
    "a mirror, where it was written": Example("owned", _record() | _at()),
    "a mirror of Reflector's": Example("owned", _record()),
    "a mirror of Reflector's, with blanks": Example("owned", _record(" prod / tls ")),
    "a mirror of another name": Example("owned", _record() | _at("Secret/dev/other"), name="other"),
    "a mirror with an owner that does not control it": Example(
        "owned", _record() | _at(), owners=("Kafka",)
    ),
    "a mirror that says it permits none": Example(
        "owned", _record() | _at() | {names.ALLOWED: "false"}
    ),
    "a mirror that was handed over": Example("owned", _record() | _at() | _ADOPT),
    "a mirror in cert-manager's hands that was handed over": Example(
        "owned", _record() | _at() | _ADOPT | _CERTIFICATE
    ),
    "a mirror in a controller's hands that was handed over": Example(
        "owned", _record() | _at() | _ADOPT, controllers=("ExternalSecret",)
    ),
    "handed over": Example("adopted", _ADOPT),
    "handed over, with blanks": Example("adopted", {names.ADOPT: f" {SOURCE} "}),
    "a copy of a mirror that was handed over": Example(
        "adopted", _record() | _at("Secret/stage/tls") | _ADOPT
    ),
    "another source's mirror that was handed over": Example(
        "adopted", _record("stage/tls") | _at() | _ADOPT, of_another=True
    ),
    "a pull mirror that was handed over": Example("adopted", _record(automatic="False") | _ADOPT),
    "a pull mirror": Example("declared", _record(automatic="False")),
    "a pull mirror, without a word on whether it is automatic": Example(
        "declared", {names.REFLECTS: SOURCE}
    ),
    "a pull mirror that was made of a copy": Example(
        "declared", _record(automatic="False") | _at("Secret/stage/tls")
    ),
    "a mirror in cert-manager's hands": Example("controlled", _record() | _at() | _CERTIFICATE),
    "a mirror of Reflector's in cert-manager's hands": Example(
        "controlled", _record() | _CERTIFICATE
    ),
    "a mirror in a controller's hands": Example(
        "controlled", _record() | _at(), controllers=("ExternalSecret",)
    ),
    "a mirror in a controller's hands, with another owner": Example(
        "controlled", _record() | _at(), owners=("Kafka",), controllers=("ExternalSecret",)
    ),
    "a mirror of Reflector's in a controller's hands": Example(
        "controlled", _record(), controllers=("ExternalSecret",)
    ),
    "a mirror that its owner made a source of": Example("displaced", _record() | _at() | _ALLOWED),
    "a mirror of Reflector's that its owner made a source of": Example(
        "displaced", _record() | _ALLOWED
    ),
    "another's mirror that its owner made a source of": Example(
        "displaced", _record("stage/tls") | _at() | _ALLOWED
    ),
    "a mirror that a Certificate made a source of": Example(
        "displaced", _record() | _at() | _ALLOWED | _CERTIFICATE
    ),
    "a source that was a mirror": Example("displaced", _ALLOWED | {names.SUCCEEDS: SOURCE}),
    "a mirror that was handed over and made a source of": Example(
        "displaced", _record() | _at() | _ALLOWED | _ADOPT
    ),
    "another source's mirror": Example(
        "another source's", _record("stage/tls") | _at(), of_another=True
    ),
    "another source's pull mirror": Example(
        "another source's", _record("stage/tls", automatic="False")
    ),
    "a record with blanks around its slash": Example("owned", _record("prod\t/ tls") | _at()),
    "a record with a separator at its end": Example("foreign", _record("prod/tls\x1f") | _at()),
    "a copy of a mirror elsewhere": Example("foreign", _record() | _at("Secret/stage/tls")),
    "a copy of a mirror here, of another name": Example(
        "foreign", _record() | _at(), name="backup"
    ),
    "a mirror that says it was written nowhere": Example("foreign", _record() | _at("")),
    "a copy of a mirror of another kind": Example("foreign", _record() | _at("ConfigMap/dev/tls")),
    "a mirror of Reflector's, of another name": Example("foreign", _record(), name="backup"),
    "a record that names no source": Example("foreign", _record("../tls")),
    "a record with blanks within a name": Example("foreign", _record("pr od/tls") | _at()),
    "a record of a name that is too long": Example("foreign", _record(f"prod/{'t' * 254}") | _at()),
    "a record of a namespace that is too long": Example(
        "foreign", _record(f"{'p' * 64}/tls") | _at()
    ),
    "a record of more blanks than anybody means": Example(
        "foreign", _record(f"prod/{' ' * 999}tls") | _at()
    ),
    "what says at length that it is automatic": Example(
        "declared", _record(automatic=f"{' ' * 64}true") | _at()
    ),
    "what is where the source is": Example(
        "foreign", _record() | _at("Secret/prod/other"), namespace="prod", name="other"
    ),
    "a source": Example("foreign", _ALLOWED),
    "a source that was handed over": Example("foreign", _ALLOWED | _ADOPT),
    "what has our labels alone": Example("foreign", labels=_OF_RENAMED),
    "what says where it is alone": Example("foreign", _at()),
    "handed over to another": Example("foreign", {names.ADOPT: "stage/tls"}),
    "a user's own": Example("foreign", {"example.com/team": "shop"}),
}
