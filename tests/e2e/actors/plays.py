"""Plays: a world, from its beginning to when its users have stopped and all has come to rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Limits
from tests.e2e.actors.claims import Place, Rule
from tests.e2e.actors.hands import labels_of
from tests.e2e.actors.oracle import Oracle
from tests.e2e.actors.owners import Owner, Rival, Wishes
from tests.e2e.actors.stages import MOST, NAMESPACES, Overlay, Stage
from tests.e2e.actors.worlds import Feature, Role
from tests.lab.clusters import path_of

if TYPE_CHECKING:
    from mirroring.reporting.reports import Report
    from tests.e2e.actors.actors import Actor
    from tests.e2e.actors.servers import ApiServer
    from tests.e2e.actors.worlds import Part, Turn, World

_PLATFORM: Final = ("old", "new")
_ROUNDS: Final = 9  # intervals of tools, five minutes each, so that all are within an hour
_MINUTES: Final = 5
_KEPT: Final = 15  # minutes in which the places of a source that went are nobody else's
_HOUR: Final = 3600
_LAST: Final = 2  # rounds in which kn-mirror may write no more
_QUIET: Final = 5  # requests of a tick that finds nothing


@dataclass(slots=True)
class Play:
    """A world that is played on an API server.

    Args:
        world: it.
        server: where.
        stage: what is there.
    """

    world: World
    server: ApiServer
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(
            self.server,
            self.world.kind,
            self.world.overlay,
            kn_mirror_first=self.world.kn_mirror_first,
            may_be_made_anew=Feature.IMMUTABLE in self.world.features,
            # Where the API server labels what concerns kn-mirror, a tick looks by label.
            full_resync_interval=_HOUR if self.world.overlay is Overlay.DEFAULT else 0,
            limits=Limits(platform=Globs(_PLATFORM if self._has(Feature.PLATFORM) else ())),
        )

    def _has(self, feature: Feature) -> bool:
        return feature in self.world.features

    def faults(self) -> list[str]:
        """Play it to its end; say what is wrong then, or was on the way."""
        self._begin()
        for turn in self.world.turns:
            self._take(turn)
        self._finish_interruption()
        self.stage.deliver()
        if not any(turn.tick for turn in self.world.turns):
            is_told_all = self.world.overlay is Overlay.DEFAULT
            early = Oracle(self.stage).leftovers() if is_told_all else []
            for fault in (*early, *Oracle(self.stage).usurped()):
                self.stage.fault(f"before any tick: {fault}")
        self._go_on()
        self.stage.full_resync_interval = 0
        self.stage.tick()
        self.stage.deliver()
        if self.stage.is_endless:
            return list(self.stage.faults)
        return [*Oracle(self.stage).faults(), *self._unquiet()]

    # Before anything happens.

    def _begin(self) -> None:
        for name in NAMESPACES:
            taken = {} if Feature.UNHEARD in self.world.features else {names.ACCEPT: "*"}
            body = {"metadata": {"name": name, "annotations": taken}}
            self.server.client.request("POST", path_of("Namespace", ""), body)
        if self.world.overlay is Overlay.DEFAULT:
            self.server.index()
        for part in self.world.parts:
            self.stage.actors.append(self._actor(part))
        first, *others = self.stage.actors
        early = others if self._has(Feature.LATE) else [first, *others]
        for actor in early:
            actor.begin()
        self._make_features()
        # All this was there before kn-mirror was.
        list(self.server.changes())
        self.stage.tick()
        self.stage.deliver()
        if first not in early:
            first.begin()
            self.stage.deliver()
        self.stage.writes.clear()

    def _actor(self, part: Part) -> Actor:
        features = self.world.features
        name = "shared" if Feature.RENAMED in features else "tls"
        if part.role in {Role.OWNER, Role.ISSUER, Role.RIVAL}:
            name = "tls"
        actor = part.role.actor(self.stage, Place(part.where, name), part.variant)
        if isinstance(actor, Rival):
            is_heard = Feature.UNHEARD not in features
            actor.wishes = Wishes(("app",), name="tls", is_heard=is_heard)
            if part.variant:
                actor.source = Place("rival", "another")
            if part.variant > 1:
                actor.source, actor.wishes.namespaces = Place("rival", "third"), ("app", "web")
        elif isinstance(actor, Owner):
            actor.wishes = self._wishes()
        return actor

    def _wishes(self) -> Wishes:
        features = self.world.features
        everywhere = ("new", "app", "web", "team", "old", "rival")
        wide = Feature.WIDE in features
        return Wishes(
            everywhere if wide else ("new", "app", "web"),
            () if wide else ("team",),
            name="shared" if Feature.RENAMED in features else "",
            is_heard=Feature.UNHEARD not in features,
            copies_labels=Feature.COPIES in features,
            immutable=Feature.IMMUTABLE in features,
        )

    def _make_features(self) -> None:
        hands, features = self.stage.hands, self.world.features
        mirror = Place("app", "shared" if Feature.RENAMED in features else "tls")
        if Feature.CHAIN in features:
            place, annotations = Place("team", "chained"), {names.REFLECTS: str(mirror)}
            body = {"metadata": {"annotations": annotations}, **hands.fields({})}
            made = hands.create(place, body, by="kubectl-create")
            self.stage.claim(place, made, "a team", Rule.STUB, of=mirror)
        if Feature.FORMER in features:
            labels = {names.ROLE: names.ROLE_SOURCE}
            body = {"metadata": {"labels": labels}, **hands.fields({"key": "former"})}
            place = Place("rival", "former")
            made = hands.create(place, body, by="kubectl-create")
            self.stage.claim(place, made, "a former owner", Rule.HELD)
            self._leave(Place("web", "former"), "rival/former")
        if Feature.REFLECTORS in features:
            self._leave(Place("web", "tls"), "old/tls")

    def _leave(self, place: Place, source: str) -> None:
        """Leave a mirror as Reflector does."""
        annotations = {names.REFLECTS: source, names.AUTO_REFLECTS: "True"}
        body = {"metadata": {"annotations": annotations}, **self.stage.hands.fields({"key": "old"})}
        self.stage.hands.create(place, body, by="reflector")

    # What happens.

    def _take(self, turn: Turn) -> None:
        deed = getattr(self.stage.actors[turn.actor], turn.deed)

        def act() -> None:
            # What was done before has events of its own by now.
            self.stage.ended.clear()
            self.stage.freed.clear()
            deed()
            self.stage.deliver(turn.heard)
            if turn.tick:
                self.stage.tick()

        if not turn.at:
            act()
            return
        self._finish_interruption()
        self.stage.interrupt = turn.at, act

    def _finish_interruption(self) -> None:
        """Let what should have interrupted an event happen, where there was none."""
        self.stage.deliver()
        if self.stage.interrupt:
            act, self.stage.interrupt = self.stage.interrupt[1], None
            act()

    # When users have stopped.

    def _go_on(self) -> None:
        self.stage.writes.clear()
        late: set[Place] = set()
        for number in range(_ROUNDS):
            if self.stage.is_endless:
                break
            written, synced = self.stage.writes.copy(), self.stage.synced.copy()
            for actor in self.stage.actors:
                actor.interval()
            self.stage.deliver()
            self.stage.tick()
            self.stage.deliver()
            self.server.wait(60 * _MINUTES)
            is_still = self.stage.writes == written and self.stage.synced == synced
            if is_still and number * _MINUTES > _KEPT:
                # Nothing would happen in the next round either.
                break
            if number >= _ROUNDS - _LAST:
                late |= {
                    place
                    for place in self.stage.writes - written
                    if not self._is_asked_for(place) or not (self.stage.synced - synced)[place]
                }
        for place in sorted(late):
            self.stage.fault(f"{place}: still written when everybody else has long gone on alone")
        for place, number in self.stage.writes.items():
            if number > MOST + self.stage.synced[place] * self._is_asked_for(place):
                self.stage.fault(f"{place}: written without end")

    def _is_asked_for(self, place: Place) -> bool:
        """Whether who writes an object every so often asks kn-mirror to fill or label it."""
        claim = self.stage.claims.get(place)
        return claim is not None and claim.rule is not Rule.HELD

    def _unquiet(self) -> list[str]:
        """Say what a tick costs that has nothing to do."""
        self.stage.full_resync_interval = 10**6
        self.stage.tick()
        self.stage.deliver()
        before = self.stage.writes.total()
        report = self.stage.tick()
        if self.stage.writes.total() != before or self._is_tried_again():
            return []
        wanted = {place for claim in self.stage.sources().values() for place in claim.mirrors}
        more = any(self.stage.is_kept(place) for place in wanted)
        return [*_costs(self.stage.asked - more), *_told_again(report)]

    def _is_tried_again(self) -> bool:
        """Whether something is refused, or a source has been left without its label."""
        is_fixed = self.stage.may_be_made_anew and bool(self.stage.altered)
        sources = map(self.stage.hands.get, self.stage.sources())
        labels = [labels_of(source) for source in sources if source]
        is_unlabelled = any(each.get(names.ROLE) != names.ROLE_SOURCE for each in labels)
        return bool(self.stage.refusing) or is_fixed or is_unlabelled


def _costs(asked: int) -> list[str]:
    return [f"a tick that finds nothing asks {asked} requests"] if asked > _QUIET else []


def _told_again(report: Report) -> list[str]:
    again = [each for each in report.outcomes if each.action.value in _TOLD and not each.told]
    return [f"{each.target}: told at every tick: {each.because}" for each in again]


_TOLD: Final = frozenset({"conflict", "refused", "failed"})
