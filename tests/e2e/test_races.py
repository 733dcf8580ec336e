"""Whatever happens in between any two requests, the events of it all end in the right state.

No resync comes to help: what is wrong in the end would stay wrong until the next tick.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from sandbox.deletions import delete
from sandbox.kinds import NAMESPACE, SECRET, Ref
from sandbox.refusals import Refusal
from tests.strategies import OWN, PATTERNS, TARGETS, Found, World, worlds
from tests.trials import DATA, DirectTransport, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY: Final = 400  # events that one trial may lead to, before something goes in circles


@dataclass(frozen=True)
class Act:
    """What a user does.

    Args:
        what: in a word.
        where: the namespace that it is done in, where it is not the source's.
        patterns: the new list of a source whose rules change.
    """

    what: str
    where: str
    patterns: str


@dataclass(frozen=True)
class Interruption:
    """An event that is being handled when a user acts.

    Args:
        first: what the user does before.
        event: the one that is handled.
        at: before which of its requests.
        act: what happens then.
        overtaken: whether another process handles all events of that before this one goes on.
    """

    first: Act
    event: tuple[str, str]
    at: int
    act: Act
    overtaken: bool


events = st.one_of(
    st.just(("secret", OWN)),
    st.tuples(st.sampled_from(["secret", "namespace"]), st.sampled_from(TARGETS)),
)
acts = st.builds(
    Act,
    st.sampled_from(
        ["renew", "withdraw", "permit", "narrow", "delete", "edit", "take away", "take over"]
    ),
    st.sampled_from(TARGETS),
    st.sampled_from(sorted(PATTERNS)),
)
interruptions = st.lists(
    st.builds(Interruption, acts, events, st.integers(1, 14), acts, st.booleans()),
    min_size=1,
    max_size=3,
)
# What was pulled stays its owner's; the races are about what kn-mirror makes itself.
clusters = worlds.filter(lambda world: Found.PULLED not in world.found.values())


class Race(Trial):
    """A cluster in which users act at the worst moments."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world
        self.serial = 0
        self.content: dict[str, str] | None = DATA
        self.foreign = {name for name, found in world.found.items() if found is Found.FOREIGN}
        self._delivered = 0

    def run(self, interruption: Interruption) -> None:
        """Handle an event of what a user did, and interrupt that."""
        self.do(interruption.first)
        transport = DirectTransport(self.store)
        left = iter(range(interruption.at - 1, -1, -1))

        def interrupt() -> None:
            if next(left, None) == 0:
                self.do(interruption.act)
                if interruption.overtaken:
                    self.deliver()

        transport.before = interrupt
        self.handle_on(transport, *interruption.event)

    def deliver(self) -> None:
        """Deliver the events of all that happened, and of what comes of those."""
        for _ in range(MANY):
            happened = [each for each in self._changes() if each.version > self._delivered]
            if not happened:
                return
            self._delivered = happened[0].version
            ref = happened[0].ref
            if ref.kind is NAMESPACE:
                self.handle("namespace", ref.name)
            elif ref.kind is SECRET:
                self.handle("secret", ref.namespace)
        raise AssertionError("kn-mirror answers its own writes for ever")

    def _changes(self) -> Iterator[Any]:
        yield from self.store.changes(max(self._delivered, 100), within=0)

    def do(self, act: Act) -> None:
        """Act as a user, as far as there is something to act on."""
        try:
            getattr(self, f"_{act.what.replace(' ', '_')}")(act)
        except Refusal:
            return

    def _renew(self, _act: Act) -> None:
        self.serial += 1
        content = {"key": b64encode(b"%d" % self.serial).decode()}
        self._patch(OWN, {"data": content})
        self.content = content

    def _withdraw(self, _act: Act) -> None:
        self._annotate({names.ALLOWED: "false"})
        self.world = replace(self.world, permitted=False)

    def _permit(self, _act: Act) -> None:
        self._annotate({names.ALLOWED: "true"})
        self.world = replace(self.world, permitted=True)

    def _narrow(self, act: Act) -> None:
        self._annotate({names.AUTO_NAMESPACES: act.patterns})
        self.world = replace(self.world, auto=act.patterns)

    def _delete(self, _act: Act) -> None:
        delete(self.store, Ref(SECRET, OWN, "tls"), {})
        self.content = None

    def _edit(self, act: Act) -> None:
        if act.where not in self.foreign:
            self._patch(act.where, {"data": {"key": "ZWRpdGVk"}})

    def _take_away(self, act: Act) -> None:
        if act.where not in self.foreign:
            delete(self.store, Ref(SECRET, act.where, "tls"), {})

    def _take_over(self, act: Act) -> None:
        if act.where in self.foreign:
            return
        if self.secret(act.where) is not None:
            self._take_away(act)
        self.make_secret(act.where, {}, {"own": "c3RheXM="})
        self.foreign.add(act.where)

    def _annotate(self, annotations: dict[str, str]) -> None:
        self._patch(OWN, {"metadata": {"annotations": annotations}})

    def _patch(self, namespace: str, change: dict[str, Any]) -> None:
        ref = Ref(SECRET, namespace, "tls")
        self.as_user.patch(ref, change, "application/merge-patch+json")


@given(clusters, interruptions)
def test_events_end_in_the_right_state_whatever_happens_in_between(
    world: World, interrupted: list[Interruption]
) -> None:
    race = Race(world)
    race.deliver()

    for interruption in interrupted:
        race.run(interruption)
    race.deliver()

    for name in TARGETS:
        if name not in race.foreign:
            wanted = race.content if name in race.world.wanted else None
            assert race.data(name) == wanted, name


@given(clusters, interruptions)
def test_what_users_hold_outlives_every_race(world: World, interrupted: list[Interruption]) -> None:
    race = Race(world)
    race.deliver()

    for interruption in interrupted:
        race.run(interruption)
    race.deliver()

    for name in race.foreign:
        held = race.data(name)
        assert held is not None
        assert held.keys() <= {"own", "key"}
        assert names.REFLECTS not in race.secret(name)["metadata"].get("annotations", {})  # type: ignore[index]
