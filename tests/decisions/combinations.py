"""Combinations: everything that a source and a cell of its row can be at the same time.

Every value stands for a real object that `cells.py` makes; nothing here knows what follows from it.
"""

from __future__ import annotations

from enum import Enum, auto
from itertools import chain, product
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Origin(Enum):
    """What the source is, and how much of it was read."""

    READ = auto()
    METADATA = auto()
    UNREADABLE = auto()  # its owner asks for what cannot be understood, as its metadata shows
    LACKING = auto()  # it has not the keys that its owner asks for, as its content shows
    SILENT = auto()  # it permits nothing
    PULL_MIRROR = auto()  # it says that it permits mirrors, and is a pull mirror itself
    GONE = auto()


class Rule(Enum):
    """What the owners of the source and of the namespace say, by annotations."""

    OPEN = auto()
    NOT_AUTOMATIC = auto()
    NOT_ALLOWED = auto()
    NOT_AUTO = auto()
    NOT_ACCEPTED = auto()  # by the namespace
    ALLOWED_UNREADABLE = auto()
    AUTO_UNREADABLE = auto()
    AUTO_UNREADABLE_NOT_ALLOWED = auto()


class Thing(Enum):
    """What is found in the namespace."""

    NOTHING = auto()
    MIRROR = auto()  # it says that it is an automatic mirror of this source
    MIRROR_HANDED_OVER = auto()  # it was written since
    PLACED = auto()  # such a mirror, which says that this is where it was written
    COPY = auto()  # one that says that it was written elsewhere
    DISPLACED = auto()  # one that its owner made a source of
    LEFT = auto()  # one that another source goes on with when this one is none any more
    INHERITED = auto()  # a mirror of a source that is none any more, which this one succeeds
    OUTRANKED = auto()  # a mirror of a source that comes after this one, which takes the place
    YIELDED = auto()  # one that a source which comes before this one takes over
    CONTROLLED = auto()  # such a mirror, which has a controller now
    CONTROLLED_HANDED_OVER = auto()  # and that its owner handed over, nevertheless
    CERTIFICATE = auto()  # such a mirror, which cert-manager has written since
    CERTIFICATE_HANDED_OVER = auto()  # and that its owner handed over, nevertheless
    PULL_MIRROR = auto()  # its owner names this source, and the cell takes it for that
    STRAY_PULL_MIRROR = auto()  # the same where the cell does not
    HANDED_OVER = auto()
    HANDED_OVER_BY_ANOTHER = auto()  # it is another source's mirror until it is written
    OTHERS = auto()  # it says that it is an automatic mirror of another source
    OTHERS_PULL_MIRROR = auto()
    OTHERS_HANDED_OVER = auto()  # to another source
    FOREIGN = auto()
    FOREIGN_CERTIFICATE = auto()


class Place(Enum):
    """Which name that has."""

    NAME = auto()  # the source's, which mirrors have
    OTHER_NAME = auto()  # the one that the source's owner wants mirrors to have
    FORMER_NAME = auto()  # the source's, where its owner wants another one
    NOWHERE = auto()  # neither


class Labels(Enum):
    """The labels that it is found by."""

    WHOLE = auto()
    WITHOUT_ROLE = auto()
    UNMANAGED = auto()  # as WHOLE, but for who manages it
    OTHERS = auto()  # as WHOLE, but they name another source
    NONE = auto()


class Hash(Enum):
    """What it notes of the content that was written."""

    SAME = auto()
    OTHER = auto()
    FORMER_KEY = auto()  # as SAME, but signed with a key that was the newest before
    LOST_KEY = auto()  # signed with a key that is not there any more, so nobody knows of what
    NONE = auto()


class Version(Enum):
    """The resourceVersion of the source that it notes."""

    SAME = auto()
    OTHER = auto()
    NONE = auto()


class Copies(Enum):
    """The label and the annotation that the source's owner may want copied."""

    NONE = auto()
    SAME = auto()
    CHANGED = auto()  # the annotation, on the source
    TAKEN_OFF = auto()  # the label, off the mirror
    NO_LONGER = auto()  # wanted, but there
    MISSING = auto()  # wanted, and it never had any


class Edit(Enum):
    """What shows that somebody else has written it."""

    NONE = auto()
    LABEL = auto()
    MANAGER = auto()
    KEYS = auto()
    APPLIED = auto()  # by somebody else, server-side, where kn-mirror owns what was written


class Free(Enum):
    """Whose a free place is."""

    ANYBODYS = auto()
    RIVALS = auto()  # another source wants it, too, and comes first
    KEPT = auto()  # another source had it a moment ago


class Contest(Enum):
    """What it notes of having been put right."""

    NONE = auto()
    STANDS = auto()  # again and again, of late, and its source is what it was
    OVER = auto()  # the same, a day ago
    FORMER = auto()  # the same, before its source changed


class Combination(NamedTuple):
    """One source and one cell."""

    thing: Thing
    origin: Origin = Origin.READ
    rule: Rule = Rule.OPEN
    place: Place = Place.NAME
    namespace_goes: bool = False
    goes: bool = False
    is_loss: bool = False
    recreate: bool = True
    repair: bool = True
    labels: Labels = Labels.WHOLE
    hash: Hash = Hash.SAME
    version: Version = Version.SAME
    copies: Copies = Copies.NONE
    edit: Edit = Edit.NONE
    contest: Contest = Contest.NONE
    free: Free = Free.ANYBODYS
    consents: bool = True  # whether the namespace's owner names the source in `accept`


# What is gone, or permits nothing, has no rules.
_RULED: Final = (Origin.READ, Origin.METADATA, Origin.UNREADABLE, Origin.LACKING)
_ASKED: Final = [
    *product(_RULED, Rule),
    *product((Origin.SILENT, Origin.PULL_MIRROR, Origin.GONE), (Rule.OPEN, Rule.NOT_ACCEPTED)),
]
_EITHER: Final = (False, True)
_PLAINLY: Final = (Hash.SAME, Hash.OTHER, Hash.NONE)
_APART: Final = {Thing.NOTHING, Thing.PULL_MIRROR}


def combinations() -> Iterator[Combination]:
    """Enumerate them. What can matter to some objects only is varied with those."""
    mirrors = chain(_mirrors(), _keyed(), _consented(), _contested(), _pull_mirrors())
    for each in chain(_nothing(), _anything(), mirrors):
        for origin, rule in _ASKED:
            yield each._replace(origin=origin, rule=rule)


def _nothing() -> Iterator[Combination]:
    named = (Place.NAME, Place.OTHER_NAME)
    varied = product(_EITHER, _EITHER, _EITHER, Free, _EITHER)
    for place, each in product(named, list(varied)):
        goes, is_loss, recreate, free, consents = each
        yield Combination(
            Thing.NOTHING,
            place=place,
            namespace_goes=goes,
            is_loss=is_loss,
            recreate=recreate,
            free=free,
            consents=consents,
        )


def _anything() -> Iterator[Combination]:
    """Whatever may be there, with a little of everything."""
    things = [thing for thing in Thing if thing not in _APART]
    states = [
        (False, Hash.SAME, Edit.NONE, True),
        (True, Hash.SAME, Edit.NONE, True),
        (False, Hash.NONE, Edit.LABEL, False),
    ]
    varied = product(_EITHER, _EITHER, Labels, states)
    for (thing, place), each in product(product(things, Place), list(varied)):
        namespace_goes, goes, labels, (is_loss, written, edit, consents) = each
        yield Combination(
            thing,
            place=place,
            namespace_goes=namespace_goes,
            goes=goes,
            is_loss=is_loss,
            recreate=not is_loss,
            labels=labels,
            hash=written,
            edit=edit,
            consents=consents,
        )


def _mirrors() -> Iterator[Combination]:
    """Mirrors, with all that can have become of one."""
    things, places = (Thing.MIRROR, Thing.MIRROR_HANDED_OVER), (Place.NAME, Place.OTHER_NAME)
    labelled = (Labels.WHOLE, Labels.WITHOUT_ROLE, Labels.NONE)
    had = [copies for copies in Copies if copies is not Copies.MISSING]
    varied = product(labelled, _PLAINLY, (Version.SAME, Version.OTHER), had, Edit, _EITHER)
    for (thing, place), each in product(product(things, places), list(varied)):
        labels, written, version, copies, edit, repair = each
        yield Combination(
            thing,
            place=place,
            repair=repair,
            labels=labels,
            hash=written,
            version=version,
            copies=copies,
            edit=edit,
        )


def _keyed() -> Iterator[Combination]:
    """Mirrors and pull mirrors whose hash another key signed, with a little of everything."""
    versions, copied = (Version.SAME, Version.OTHER), (Copies.NONE, Copies.CHANGED)
    keyed, labelled = (Hash.FORMER_KEY, Hash.LOST_KEY), (Labels.WHOLE, Labels.NONE)
    mirrors = product([Thing.MIRROR], keyed, labelled, versions, copied, Edit)
    declared = product([Thing.PULL_MIRROR], keyed, labelled, Version, [Copies.NONE], Edit)
    for thing, written, labels, version, copies, edit in chain(mirrors, declared):
        yield Combination(
            thing, labels=labels, hash=written, version=version, copies=copies, edit=edit
        )


def _consented() -> Iterator[Combination]:
    """Mirrors to which labels are to be copied, where their namespace has a word for it or not."""
    labelled, noted = (Labels.WHOLE, Labels.NONE), _PLAINLY
    wanted, versions = (Copies.CHANGED, Copies.MISSING), (Version.SAME, Version.OTHER)
    for each in product(labelled, noted, versions, wanted, Edit, _EITHER):
        labels, written, version, copies, edit, consents = each
        yield Combination(
            Thing.MIRROR,
            labels=labels,
            hash=written,
            version=version,
            copies=copies,
            edit=edit,
            consents=consents,
        )


def _contested() -> Iterator[Combination]:
    """Mirrors that were put right before, with a little of what can have become of one."""
    contests = [contest for contest in Contest if contest is not Contest.NONE]
    labelled, noted = (Labels.WHOLE, Labels.NONE), _PLAINLY
    copied = (Copies.NONE, Copies.SAME, Copies.CHANGED, Copies.TAKEN_OFF)
    varied = product(contests, labelled, noted, (Version.SAME, Version.OTHER), copied, Edit)
    for repair, (contest, labels, written, version, copies, edit) in product(_EITHER, list(varied)):
        yield Combination(
            Thing.MIRROR,
            repair=repair,
            labels=labels,
            hash=written,
            version=version,
            copies=copies,
            edit=edit,
            contest=contest,
        )


def _pull_mirrors() -> Iterator[Combination]:
    edits, places = tuple(Edit), (Place.NAME, Place.NOWHERE)
    labelled = (Labels.WHOLE, Labels.WITHOUT_ROLE, Labels.OTHERS, Labels.NONE)
    varied = product(places, _EITHER, _EITHER, labelled, _PLAINLY, Version, edits)
    for place, namespace_goes, goes, labels, written, version, edit in varied:
        yield Combination(
            Thing.PULL_MIRROR,
            place=place,
            namespace_goes=namespace_goes,
            goes=goes,
            labels=labels,
            hash=written,
            version=version,
            edit=edit,
        )
