"""The oracle: what must be true of a cluster when its users have stopped, whoever else goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirroring import names
from tests.e2e.actors.claims import Claim, Place, Rule
from tests.e2e.actors.hands import annotations_of, content_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.actors.hands import Body, Content
    from tests.e2e.actors.stages import Stage


_LEFTOVER: Final = "a mirror that nobody asks for"


def _reflected(body: Body) -> str:
    return annotations_of(body).get(names.REFLECTS, "")


@dataclass(slots=True)
class Oracle:
    """Says what is wrong, by what owners declared and what is there, and not by kn-mirror's word.

    Args:
        stage: that is looked at.
    """

    stage: Stage

    def faults(self) -> list[str]:
        """Say what is wrong with the mirrors."""
        there = {place: self.stage.hands.get(place) for place in self.stage.places()}
        living = self.stage.sources()
        found: list[str] = []
        for place, body in there.items():
            claim = self.stage.claim_on(place, body)
            if place in living:
                found += self._of_source(place, body, living[place])
            elif claim is None:
                wanting = [source for source, each in living.items() if place in each.mirrors]
                found += self._of_mirror(place, body, {each: there[each] for each in wanting})
            elif claim.rule is Rule.STUB:
                found += self._of_stub(place, body, claim, there)
        return [*self.stage.faults, *found]

    def leftovers(self) -> list[str]:
        """Say which mirrors nobody asks for."""
        return [each for each in self.faults() if each.endswith(_LEFTOVER)]

    def usurped(self) -> list[str]:
        """Say where the events of a source's end gave its own place to another one's mirror."""
        found: list[str] = []
        for place, to in self.stage.ended.items():
            body = self.stage.hands.get(place)
            if body is None or self.stage.claim_on(place, body):
                continue
            source = annotations_of(body).get(names.REFLECTS, "")
            if source and source != str(to):
                found.append(f"{place}: a source was here, and events made it {source}'s mirror")
        return [*found, *self._handed_over()]

    def _handed_over(self) -> Iterator[str]:
        """Say where the events of a source's end gave its mirrors' places to another source."""
        living = self.stage.sources()
        for place, source in self.stage.freed.items():
            body = self.stage.hands.get(place)
            if body is None or self.stage.claim_on(place, body):
                continue
            now = next((each for each in living if str(each) == _reflected(body)), source)
            is_heir = now in living and source in living[now].succeeds
            is_near = now.namespace == source.namespace
            outranks = self.stage.is_platforms(now) > self.stage.is_platforms(source)
            if now not in {source, self.stage.ended.get(source)} and not (
                is_heir or is_near or outranks
            ):
                yield f"{place}: {source} went, and events made its mirror {now}'s"

    def _of_source(self, place: Place, body: Body | None, claim: Claim) -> list[str]:
        # Who copied a mirror's record keeps it, for all that it says.
        is_copied = claim.holder in {"a copier", "a person"}
        if body and not is_copied and annotations_of(body).get(names.AUTO_REFLECTS) == "True":
            return [f"{place}: declared a source, and still called a mirror"]
        return []

    def _of_mirror(
        self, place: Place, body: Body | None, wanting: dict[Place, Body | None]
    ) -> list[str]:
        if not wanting:
            return self._of_leftover(place, body)
        named, free = ", ".join(map(str, wanting)), self.stage.altered | self.stage.refusing
        if body is None:
            is_refused = place.namespace in self.stage.refusing and place not in self.stage.lost
            if is_refused or self.stage.is_kept(place):
                return []
            return [f"{place}: no mirror of {named}"]
        if place in self.stage.fought_over or place.namespace in free:
            return []
        content = self._content(body)
        platforms = {each: wanting[each] for each in wanting if self.stage.is_platforms(each)}
        first = (platforms or wanting).values()
        if all(content != self._content(each) for each in first if each):
            return [f"{place}: not what {named} holds"]
        return []

    def _of_leftover(self, place: Place, body: Body | None) -> list[str]:
        is_ours = body and annotations_of(body).get(names.AUTO_REFLECTS) == "True"
        is_free = place in self.stage.fought_over
        return [f"{place}: {_LEFTOVER}"] if is_ours and not is_free else []

    def _of_stub(
        self, place: Place, body: Body | None, claim: Claim, there: dict[Place, Body | None]
    ) -> list[str]:
        origin = claim.of and there.get(claim.of)
        if not body or not origin or not claim.of or claim.of in self.stage.fought_over:
            return []
        if {place.namespace, claim.of.namespace} & {*self.stage.altered}:
            return []
        content, holder = self._content(origin), self.stage.claim_on(claim.of, origin)
        if holder and holder.rule is not Rule.SOURCE:
            return []
        sources = [
            each
            for source, each in self.stage.sources().items()
            if claim.of in {source, *each.mirrors} and self.stage.hands.content(source) == content
        ]
        is_permitted = bool(sources) and all(place.namespace in each.permits for each in sources)
        if is_permitted and self._content(body) != content:
            return [f"{place}: a pull mirror that is not what {claim.of} holds"]
        return []

    def _content(self, body: Body) -> Content:
        return content_of(body, self.stage.kind)
