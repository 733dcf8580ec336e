"""The stage: a cluster in which others write, too, and kn-mirror at work in it."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mirroring import names
from mirroring.cluster.clients import Cluster
from mirroring.cluster.connections import Connection
from mirroring.objects.references import KINDS, Ref
from mirroring.policies.limits import Limits
from mirroring.reconciling.clocks import Clock
from mirroring.reconciling.mirroring import Mirroring
from mirroring.reporting.reports import Report
from tests.e2e.actors.claims import Claim, Place, Rule
from tests.e2e.actors.hands import Hands, annotations_of, content_of
from tests.stand_ins import OneByOne

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tests.e2e.actors.actors import Actor
    from tests.e2e.actors.hands import Body, Content
    from tests.e2e.actors.servers import ApiServer, Change

NAMESPACES: Final = ("old", "new", "app", "web", "team", "rival", "clones", "kn-mirror")
# Writes of one object after which nobody believes in an end: twice as many as are made before what
# somebody insists on is left alone, for each of two sources that it may be of meanwhile.
MOST: Final = 20
_QUARTER: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)
MANY: Final = 400  # changes that are told in a row


class Overlay(Enum):
    """Which events there are."""

    DEFAULT = "of what has kn-mirror's labels, which the API server sets"
    DROP_IN = "of everything"
    TICKS = "none: all of them are lost, and only ticks come"


@dataclass(slots=True)
class Stage:
    """A cluster in which others write, too, and kn-mirror at work in it.

    Args:
        server: the API server.
        kind: of all objects.
        overlay: which events there are.
        kn_mirror_first: whether kn-mirror hears of a change before the others do.
        actors: who else is there.
        claims: what they declared.
        fought_over: places whose content may be anybody's, since somebody insists or alters it.
        altered: namespaces where a policy changes the content of what is written.
        refusing: namespaces in which nothing can be created.
        lost: what kn-mirror deleted there though a source asked for it.
        ended: where a source was that its owner deleted last, and where it went.
        freed: where its mirrors were, and of which source.
        ends: sources that their owners deleted, with what their mirrors were called, and when.
        limits: kn-mirror's settings.
        faults: what kn-mirror did that it must not.
        writes: how often it wrote an object since the users stopped.
        synced: how often a tool applied a manifest to an object since then.
        may_be_made_anew: whether mirrors are immutable, so that they have to be deleted.
        interrupt: before which request of the next event something happens, and what.
        full_resync_interval: seconds between two ticks that look at everything.
        is_endless: whether kn-mirror was seen to write an object again and again.
        is_busy: whether kn-mirror handles an event.
        asked: requests of the event that was handled last.
    """

    server: ApiServer
    kind: str
    overlay: Overlay
    kn_mirror_first: bool = True
    actors: list[Actor] = field(default_factory=list)
    claims: dict[Place, Claim] = field(default_factory=dict)
    fought_over: set[Place] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    lost: set[Place] = field(default_factory=set)
    ended: dict[Place, Place | None] = field(default_factory=dict)
    freed: dict[Place, Place] = field(default_factory=dict)
    ends: list[tuple[Place, frozenset[str], datetime]] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    faults: dict[str, None] = field(default_factory=dict)
    writes: Counter[Place] = field(default_factory=Counter)
    synced: Counter[Place] = field(default_factory=Counter)
    may_be_made_anew: bool = False
    interrupt: tuple[int, Callable[[], None]] | None = None
    full_resync_interval: int = 0
    is_endless: bool = False
    is_busy: bool = False
    asked: int = 0
    _pending: deque[Change] = field(default_factory=deque)
    _serial: int = 0

    def new_content(self) -> Content:
        """Return content that nothing had before."""
        self._serial += 1
        return {"key": f"value {self._serial}"}

    @property
    def hands(self) -> Hands:
        """The cluster in the hands of whoever is not kn-mirror."""
        return Hands(self.server.client, self.kind)

    def claim(self, place: Place, body: Body | None, holder: str, rule: Rule, **more: Any) -> None:
        """Note that somebody declared an object theirs; nothing where the write was refused."""
        if body is not None:
            self.claims[place] = Claim(body["metadata"]["uid"], holder, rule, **more)

    def claim_again(self, place: Place, body: Body | None, claim: Claim) -> None:
        """Note that another object is declared what an earlier one was."""
        if body is not None:
            self.claims[place] = replace(claim, uid=body["metadata"]["uid"])

    def note_end(self, place: Place, mirrors: frozenset[Place], to: Place | None) -> None:
        """Note that a source is about to be deleted, and where its mirrors are.

        Args:
            place: where it is.
            mirrors: where they may be.
            to: where it goes, if it is moved.
        """
        self.ended[place] = to
        called = frozenset(mirror.name for mirror in mirrors)
        self.ends.append((place, called, self.server.now()))
        for mirror in mirrors:
            body = self.hands.get(mirror)
            if body and annotations_of(body).get(names.REFLECTS) == str(place):
                self.freed[mirror] = place

    def is_kept(self, place: Place) -> bool:
        """Whether a place is kept for a source that went, by what the README promises."""
        now = self.server.now()
        return any(
            (place == source and now - at < _DAY) or (place.name in called and now - at < _QUARTER)
            for source, called, at in self.ends
        )

    def is_platforms(self, source: Place) -> bool:
        """Whether a source comes first by the settings."""
        return self.limits.platform.match(source.namespace)

    def note_succession(self, place: Place, before: Place) -> None:
        """Note that a source was moved onto its own mirror, unless it was during an event.

        What is judged by then may be a moment older than that.
        """
        claim = self.claims.get(place)
        if claim and not self.is_busy:
            self.claims[place] = replace(claim, succeeds=frozenset({before}))

    def claim_on(self, place: Place, found: Body | None) -> Claim | None:
        """Return who declared an object theirs."""
        claim = self.claims.get(place)
        return claim if claim and found and claim.uid == found["metadata"]["uid"] else None

    def sources(self) -> dict[Place, Claim]:
        """Return the sources: what was declared one, is still there and says so."""
        return {
            place: claim
            for place, claim in self.claims.items()
            if claim.rule is Rule.SOURCE
            and (found := self.hands.get(place))
            and self.claim_on(place, found)
            and annotations_of(found).get(names.ALLOWED) == "true"
        }

    def places(self) -> list[Place]:
        """Return where something is, or is wanted."""
        listed = self.hands.places()
        wanted = {place for claim in self.claims.values() for place in claim.mirrors}
        return sorted(
            place for place in listed | wanted | {*self.claims} if place.namespace in NAMESPACES
        )

    def handle(self, event: Callable[[Mirroring], None]) -> Report:
        """Have kn-mirror handle one event."""
        report, self.asked = Report(at=self.server.now()), 0
        was_busy, self.is_busy = self.is_busy, True
        cluster = Cluster(Connection(Overheard(self), OneByOne()))
        event(
            Mirroring(
                cluster,
                report,
                self.limits,
                clock=Clock(at=report.at),
                full_resync_interval=self.full_resync_interval,
            )
        )
        self.is_busy = was_busy
        return report

    def tick(self) -> Report:
        """Have kn-mirror handle a tick."""
        return self.handle(Mirroring.resync)

    def deliver(self, changes: int = MANY) -> None:
        """Tell everybody what happened, in order, and what comes of that."""
        before = self.writes.copy()
        for _ in range(changes):
            self._pending.extend(self.server.changes())
            if not self._pending or self.is_endless:
                return
            change = self._pending.popleft()
            hearers = [self._hear, *(actor.notice for actor in self.actors)]
            for hear in hearers if self.kn_mirror_first else reversed(hearers):
                hear(change)
            for place, number in (self.writes - before).items():
                if number > MOST:
                    self.fault(f"{place}: written without end")
                    self.is_endless = True

    def _hear(self, change: Change) -> None:
        if self.overlay is Overlay.TICKS:
            return
        if change.kind == "Namespace":
            if change.after is not None:
                self.handle(lambda mirroring: mirroring.reconcile_namespace(change.place.name))
            return
        ref = Ref(KINDS[change.kind], *change.place)
        is_dropped_in = self.overlay is Overlay.DROP_IN
        for went in [change.after is None] if is_dropped_in else _told(change):
            self.handle(partial(Mirroring.reconcile, ref=ref, went=went))

    def _is_content_kept(self, rule: Rule, place: Place) -> bool:
        """Whether what is there has to stay; a policy may change it whatever is written."""
        return rule is not Rule.STUB and place.namespace not in self.altered

    def wrote(self, place: Place, before: Body | None, after: Body | None) -> None:
        """Judge a write of kn-mirror's, by who had declared the object theirs at that moment."""
        self.writes[place] += 1
        if after is not None:
            self.lost.discard(place)
        elif before is not None and place.namespace in self.refusing:
            self._judge_loss(place, annotations_of(before).get(names.REFLECTS, ""))
        if after is None and before is not None:
            self._judge_gap(place, annotations_of(before).get(names.REFLECTS, ""))
        claim = self.claim_on(place, before)
        if claim is None or before is None:
            return
        if after is None:
            self.fault(f"{place}: deleted, though {claim.holder} has it {claim.rule.value}")
        elif self._is_content_kept(claim.rule, place) and content_of(
            before, self.kind
        ) != content_of(after, self.kind):
            self.fault(f"{place}: written over, though {claim.holder} has it {claim.rule.value}")

    def _judge_gap(self, place: Place, source: str) -> None:
        """Judge that a mirror went, by whether the source that succeeds its own asks for it."""
        if self.may_be_made_anew or place in self.fought_over:
            return
        for heir, claim in self.sources().items():
            if place in claim.mirrors and source in map(str, claim.succeeds):
                self.fault(f"{place}: taken away, though {heir} succeeds {source} and asks for it")

    def _judge_loss(self, place: Place, source: str) -> None:
        """Note that a mirror went where none can be made, though its source asks for it."""
        wanting = [str(each) for each, claim in self.sources().items() if place in claim.mirrors]
        if source in wanting:
            self.lost.add(place)

    def fault(self, what: str) -> None:
        """Note what must not be."""
        self.faults[what] = None


class Overheard:
    """kn-mirror's way to the API server, on which it is interrupted and its writes are judged."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._inner = stage.server.transport
        self._left = stage.interrupt[0] if stage.interrupt else 0

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = 0,
    ) -> tuple[int, bytes]:
        """Let others act, then send, then judge."""
        self._interrupt()
        self._stage.asked += 1
        place = None if method == "GET" else _place(path, body)
        before = self._stage.hands.get(place) if place else None
        answer = self._inner.request(
            method, path, query=query, headers=headers, body=body, most=most
        )
        if place and answer[0] < 300 and ("dryRun", "All") not in query:
            self._stage.wrote(place, before, self._stage.hands.get(place))
        return answer

    def _interrupt(self) -> None:
        if self._stage.interrupt is None:
            return
        self._left -= 1
        if self._left <= 0:
            _, act = self._stage.interrupt
            self._stage.interrupt = None
            act()


def _told(change: Change) -> Iterator[bool]:
    """Say of each event that a source by labels sends and a Trigger passes whether it says gone."""
    before, after = change.before or {}, change.after or {}
    mirrors = (names.ROLE_MIRROR, names.ROLE_PULL_MIRROR)
    was_source, is_source = (each.get(names.ROLE) == names.ROLE_SOURCE for each in (before, after))
    was_mirror, is_mirror = (each.get(names.ROLE) in mirrors for each in (before, after))
    if was_source or is_source:
        yield not is_source
    if was_mirror and not is_mirror:
        yield True
    if after.get(names.EDITED) == "true":
        yield False


def _place(path: str, body: bytes | None) -> Place | None:
    """Return which Secret or ConfigMap a request of kn-mirror's writes."""
    parts = path.split("/")
    if "/secrets" not in path and "/configmaps" not in path:
        return None
    namespace = parts[4]
    name = parts[6] if len(parts) > 6 else json.loads(body or b"{}")["metadata"]["name"]
    return Place(namespace, name)
