"""Situations: what of a combination counts, in the words of the specification.

Written from the README and from what the design promises, on the names of combinations alone: no
annotation, label or object is looked at here. That a situation always ends in one decision is what
`test_decisions.py` proves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.decisions.combinations import (
    Contest,
    Copies,
    Edit,
    Free,
    Hash,
    Labels,
    Origin,
    Place,
    Rule,
    Thing,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.decisions.combinations import Combination

THERE: Final = "is there"
UNMET: Final = "asks what cannot be met"
GONE: Final = "is gone or permits nothing"
YES, NO, UNKNOWN = "yes", "no", "unknown"

NOTHING: Final = "nothing"
OURS: Final = "a mirror of it"
HANDED_OVER: Final = "an object that was handed over to it"
CERTIFICATE: Final = "a mirror of it that cert-manager has taken"
CONTROLLED: Final = "a mirror of it that has a controller"
COPY: Final = "a copy of a mirror elsewhere"
DISPLACED: Final = "a mirror that its owner made a source of"
LEFT: Final = "a mirror of it that another source goes on with"
INHERITED: Final = "a mirror of a source that is none any more, which it succeeds"
OUTRANKED: Final = "a mirror of a source that comes after it"
YIELDED: Final = "a mirror of it in a place that a source which outranks it wants"
PULL_MIRROR: Final = "a pull mirror of it"
STRAY: Final = "a pull mirror of it, taken for none"
OTHERS: Final = "a mirror of another source"
FOREIGN: Final = "any other object"


class Situation(NamedTuple):
    """What counts of a combination; empty where there is nothing to say.

    Args:
        going: what is being deleted.
        thing: whose the object is.
        source: whether the source asks for anything.
        rules: whether a mirror is wanted or, of a pull mirror, permitted.
        record: whether it is noted as what it is.
        content: whether that is the source's.
        copies: whether labels and annotations are those that the source's owner wants copied.
        touched: what else became of it.
        contest: whether it was put right before, and never stayed so.
    """

    going: str
    thing: str
    source: str
    rules: str
    record: str
    content: str
    copies: str
    touched: str
    contest: str


_SOURCES: Final[Mapping[Origin, str]] = {
    Origin.READ: THERE,
    Origin.METADATA: THERE,
    Origin.UNREADABLE: UNMET,
    Origin.LACKING: UNMET,
    Origin.SILENT: GONE,
    Origin.PULL_MIRROR: GONE,
    Origin.GONE: GONE,
}
# For a mirror that is made unasked, and for one that its owner declared.
_RULES: Final[Mapping[Rule, tuple[str, str]]] = {
    Rule.OPEN: (YES, YES),
    Rule.NOT_AUTOMATIC: (NO, YES),
    Rule.NOT_ALLOWED: (NO, NO),
    Rule.NOT_AUTO: (NO, YES),
    Rule.NOT_ACCEPTED: (NO, NO),
    Rule.ALLOWED_UNREADABLE: (UNKNOWN, UNKNOWN),
    Rule.AUTO_UNREADABLE: (UNKNOWN, YES),
    Rule.AUTO_UNREADABLE_NOT_ALLOWED: (NO, NO),
}
# Whose it is where its name, or a label, is proof of its place; and where neither is.
_WHOSE: Final[Mapping[Thing, tuple[str, str]]] = {
    Thing.NOTHING: (NOTHING, NOTHING),
    Thing.MIRROR: (OURS, FOREIGN),
    Thing.MIRROR_HANDED_OVER: (OURS, HANDED_OVER),
    Thing.PLACED: (OURS, OURS),
    Thing.COPY: (COPY, COPY),
    Thing.DISPLACED: (DISPLACED, DISPLACED),
    Thing.LEFT: (OURS, OURS),
    Thing.INHERITED: (INHERITED, INHERITED),
    Thing.OUTRANKED: (OUTRANKED, OUTRANKED),
    Thing.YIELDED: (YIELDED, YIELDED),
    Thing.CONTROLLED: (CONTROLLED, FOREIGN),
    Thing.CONTROLLED_HANDED_OVER: (OURS, HANDED_OVER),
    Thing.CERTIFICATE: (CERTIFICATE, FOREIGN),
    Thing.CERTIFICATE_HANDED_OVER: (OURS, HANDED_OVER),
    Thing.PULL_MIRROR: (PULL_MIRROR, PULL_MIRROR),
    Thing.STRAY_PULL_MIRROR: (STRAY, STRAY),
    Thing.HANDED_OVER: (HANDED_OVER, HANDED_OVER),
    Thing.HANDED_OVER_BY_ANOTHER: (HANDED_OVER, HANDED_OVER),
    Thing.OTHERS: (OTHERS, OTHERS),
    Thing.OTHERS_PULL_MIRROR: (OTHERS, OTHERS),
    Thing.OTHERS_HANDED_OVER: (FOREIGN, FOREIGN),
    Thing.FOREIGN: (FOREIGN, FOREIGN),
    Thing.FOREIGN_CERTIFICATE: (FOREIGN, FOREIGN),
}
_FREE: Final[Mapping[Free, str]] = {
    Free.ANYBODYS: "free",
    Free.RIVALS: "another source wants the place, and comes first",
    Free.KEPT: "another source had the place a moment ago",
}
_PROOF: Final = {Labels.WHOLE, Labels.WITHOUT_ROLE}


def situation(each: Combination) -> Situation:
    """Say what counts of a combination."""
    thing = whose(each)
    return Situation(
        going=_going(each),
        thing=thing,
        source=_SOURCES[each.origin],
        rules=rules(each),
        record=_record(each, thing),
        content=_content(each, thing),
        copies=_copies(each, thing),
        touched=_touched(each, thing),
        contest=_contest(each, thing),
    )


def whose(each: Combination) -> str:
    """Say whose the object is.

    Where it does not say where it was written, at another name than the source's its labels do.
    """
    if each.thing is Thing.LEFT and _SOURCES[each.origin] == GONE:
        return LEFT
    has_name = each.place in {Place.NAME, Place.FORMER_NAME}
    proven, unproven = _WHOSE[each.thing]
    return proven if has_name or each.labels in _PROOF else unproven


def rules(each: Combination) -> str:
    """Say whether a mirror is wanted there, at that name, or a pull mirror permitted."""
    source = _SOURCES[each.origin]
    if source != THERE:
        return UNKNOWN if source == UNMET else NO
    unasked, declared = _RULES[each.rule]
    if each.thing is Thing.PULL_MIRROR:
        return declared
    if not each.consents and unasked == YES and _needs_consent(each):
        return NO
    is_misplaced = each.place in {Place.FORMER_NAME, Place.NOWHERE}
    return NO if is_misplaced and each.thing is not Thing.NOTHING else unasked


def _needs_consent(each: Combination) -> bool:
    """Whether a mirror of another name than the source's would be new there."""
    is_renamed = each.place in {Place.OTHER_NAME, Place.FORMER_NAME}
    return is_renamed and whose(each) not in {OURS, HANDED_OVER}


def _going(each: Combination) -> str:
    if each.namespace_goes:
        return "anything or nothing, and the namespace is being deleted"
    return "anything that is being deleted" if each.goes else ""


def _record(each: Combination, thing: str) -> str:
    if thing == PULL_MIRROR:
        if each.version is Version.NONE:
            return "without reflected-version"
        return "filled from another source" if each.labels is Labels.OTHERS else "filled"
    if thing not in {OURS, HANDED_OVER, INHERITED, OUTRANKED}:
        return ""
    is_noted = each.labels is Labels.WHOLE and each.hash is not Hash.NONE
    return "labelled and noted" if thing == OURS and is_noted else "not labelled and noted"


def _content(each: Combination, thing: str) -> str:
    if thing not in {OURS, PULL_MIRROR} or _SOURCES[each.origin] != THERE:
        return ""
    same, other = "of the same content", "of other content"
    if each.origin is Origin.READ and each.hash in {Hash.SAME, Hash.OTHER, Hash.FORMER_KEY}:
        return other if each.hash is Hash.OTHER else same
    if each.version is Version.SAME:
        return same
    is_read = each.origin is Origin.READ
    return (
        other
        if is_read or each.hash is Hash.NONE
        else "of another version, and the source not read yet"
    )


def _copies(each: Combination, thing: str) -> str:
    if thing != OURS:
        return ""
    as_asked = {Copies.NONE, Copies.SAME, *(() if each.consents else (Copies.MISSING,))}
    return "copies as asked" if each.copies in as_asked else "other copies"


def _contest(each: Combination, thing: str) -> str:
    if thing != OURS or rules(each) != YES:
        return ""
    if each.contest is Contest.STANDS:
        return "contested"
    if each.contest is Contest.FORMER and each.origin is Origin.METADATA:
        return "contested before the source changed, which is not read yet"
    return "not contested"


def _touched(each: Combination, thing: str) -> str:
    if thing == NOTHING:
        if each.is_loss and not each.recreate:
            return "one was deleted, and recreate is off"
        return _FREE[each.free]
    if thing == PULL_MIRROR:
        return _touched_by_its_owner(each)
    if thing != OURS or each.edit in {Edit.NONE, Edit.APPLIED}:
        return f"untouched{_signed(each)}" if thing == OURS else ""
    return "edited" if each.repair else "edited, and repair is off"


def _touched_by_its_owner(each: Combination) -> str:
    # Of keys it can be said only what they were.
    is_edited = each.edit in {Edit.LABEL, Edit.MANAGER} or (
        each.edit is Edit.KEYS and each.hash is not Hash.NONE
    )
    if is_edited:
        return "edited"
    if each.labels is not Labels.WHOLE or each.hash is Hash.NONE:
        return "not labelled and noted"
    if each.edit is Edit.APPLIED:
        return "applied by others"
    return f"labelled and noted{_signed(each)}"


def _signed(each: Combination) -> str:
    """Say whether its hash is to be signed anew."""
    return ", by another key" if each.hash in {Hash.FORMER_KEY, Hash.LOST_KEY} else ""
