"""What of an object a client gets: all of it, or its metadata alone."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from sandbox.refusals import Refusal

if TYPE_CHECKING:
    from sandbox.kinds import Body, Kind


_FORMS: Final = frozenset({"", "PartialObjectMetadata"})


@dataclass(frozen=True, slots=True)
class Representation:
    """How one client wants objects of one kind.

    Args:
        kind: theirs.
        metadata_only: whether as `PartialObjectMetadata`.
    """

    kind: Kind
    metadata_only: bool

    @classmethod
    def accepted(cls, kind: Kind, accept: str) -> Representation:
        """Take the first form of an `Accept` header that the sandbox has.

        Raises:
            Refusal: it has none of them (406).
        """
        for clause in accept.split(","):
            media, *parameters = (part.strip() for part in clause.split(";"))
            said = dict(parameter.partition("=")[::2] for parameter in parameters)
            form = said.get("as", "").removesuffix("List")
            if media in {"application/json", "application/*", "*/*"} and form in _FORMS:
                return cls(kind, metadata_only=bool(form))
        message = "only the following media types are accepted: application/json"
        raise Refusal(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message)

    def one(self, body: Body) -> Body:
        """Represent an object on its own."""
        return self._typed() | self._item(body)

    def many(self, bodies: list[Body], metadata: dict[str, Any]) -> Body:
        """Represent a list."""
        # Items of a list say what they are only where their kind is not that of the list.
        item = self.one if self.metadata_only else self._item
        items = [item(body) for body in bodies]
        # The API server writes null for an empty list here, and nowhere else.
        nothing: list[Body] | None = None if self.metadata_only else []
        return self._typed("List") | {"metadata": metadata, "items": items or nothing}

    def _item(self, body: Body) -> Body:
        return {"metadata": body["metadata"]} if self.metadata_only else body

    def _typed(self, suffix: str = "") -> Body:
        if self.metadata_only:
            return {"kind": f"PartialObjectMetadata{suffix}", "apiVersion": "meta.k8s.io/v1"}
        return {"kind": f"{self.kind}{suffix}", "apiVersion": self.kind.group}
