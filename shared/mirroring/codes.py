"""Codes: a short name for each kind of reason, the same in audit lines, Events and every command.

A code outlives the words of its sentences: people search, count and silence by it. So none is ever
given another meaning, and none that was given up is given again. `meanings` says what each means.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import NamedTuple


@unique
class Code(Enum):
    """What kind a reason is of, whatever names stand in its sentence; its hundred, what about."""

    # It is in sync, or is left as it is.
    IN_SYNC = "KM101"
    EDITS_STAY = "KM102"
    OWNERS_CONTENT = "KM103"
    ITS_MIRROR = "KM104"
    AS_TOLD = "KM105"
    NO_CONCERN = "KM106"

    # It is written.
    CHOSEN = "KM201"
    UNWRITTEN = "KM202"
    SOURCE_CHANGED = "KM203"
    COPIES_CHANGED = "KM204"
    EDITED = "KM205"
    UNFILLED = "KM206"
    RETARGETED = "KM207"
    STUB = "KM208"
    MADE_ANEW = "KM209"
    UNLABELLED = "KM210"
    FORMER_KEY = "KM211"
    CEDED = "KM212"
    MADE_A_SOURCE = "KM213"
    SUCCESSION_OVER = "KM214"
    HANDED_OVER = "KM215"
    INHERITED = "KM216"
    OUTRANKS = "KM217"

    # No mirror is wanted there.
    GONE = "KM301"
    PERMITS_NONE = "KM302"
    A_MIRROR_ITSELF = "KM303"
    NOT_AUTOMATIC = "KM304"
    NOT_ALLOWED = "KM305"
    NOT_CHOSEN = "KM306"
    NOT_ACCEPTED = "KM307"
    RESERVED = "KM308"
    NAME_NOT_ACCEPTED = "KM309"
    RENAMED = "KM310"
    NAMESPACE_GOES = "KM311"
    GOES = "KM312"
    LOSS_STAYS = "KM313"
    SUCCEEDED = "KM314"
    TAKEN_OVER = "KM315"
    OUTSIDE_LIMITS = "KM316"
    KEPT_NAME = "KM317"
    ELSEWHERE = "KM318"
    DECLARED = "KM319"

    # One is wanted, and something is in its way.
    IN_THE_WAY = "KM401"
    NO_MIRROR = "KM402"
    A_COPY = "KM403"
    ANOTHERS_MIRROR = "KM404"
    A_SOURCE_ITSELF = "KM405"
    CERTIFICATES = "KM406"
    CONTROLLED = "KM407"
    COMES_AFTER = "KM408"
    COMES_BEFORE = "KM409"
    PLACE_KEPT = "KM410"
    CONTESTED = "KM411"

    # A pull mirror has no source that fills it.
    ABSENT_OR_REFUSED = "KM501"
    CIRCLE = "KM502"
    TOO_LONG_A_CHAIN = "KM503"

    # The API server, or what it asks, does not do what it was asked.
    NO_RIGHT = "KM601"
    OVER_QUOTA = "KM602"
    DENIED = "KM603"
    INVALID = "KM604"
    UNAVAILABLE = "KM605"
    UNAUTHORIZED = "KM606"
    TOO_LARGE = "KM607"
    EXPIRED = "KM608"
    MOVED = "KM609"

    # What somebody wrote cannot be read, or not be met.
    UNREADABLE_NAME = "KM701"
    UNREADABLE_KEYS = "KM702"
    MISSING_KEYS = "KM703"
    REFUSED_TYPE = "KM704"
    UNREADABLE_PATTERN = "KM705"
    SLOW_PATTERN = "KM706"
    UNREADABLE_SELECTOR = "KM707"
    UNREADABLE_ACCEPT = "KM708"
    UNKNOWN_ANNOTATION = "KM709"
    NEITHER_TRUE_NOR_FALSE = "KM710"
    UNREADABLE_REFLECTS = "KM711"
    UNREADABLE_COPIES = "KM712"
    NEVER_COPIED = "KM713"
    WITHHELD = "KM714"
    UNHEEDED = "KM715"

    # It was given up, or put off.
    KEEPS_CHANGING = "KM801"
    TIME_IS_UP = "KM802"
    NOT_TRIED = "KM803"
    END_NOT_NOTED = "KM804"
    FAULT = "KM805"
    SETTING = "KM806"


class Reason(NamedTuple):
    """Why, in a sentence that a person would believe, and the code of its kind."""

    because: str
    code: Code
