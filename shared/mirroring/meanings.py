"""Meanings: what each code says to a person, and what mends it. No function needs them to work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mirroring.codes import Code

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(NamedTuple):
    """What a code says.

    Args:
        title: in a few words.
        means: what is so, and what follows, in a sentence or two.
        remedy: what changes it, and who can; or that nothing need be done.
    """

    title: str
    means: str
    remedy: str


_NOTHING: Final = "Nothing need be done."
_NOT_WOKEN: Final = (
    "Nothing wakes for that: `kubectl mirror sync` the source then, or wait for the next tick."
)
_NOT_WANTED: Final = "Where that is meant, nothing need be done."

GROUPS: Final[Mapping[str, str]] = {
    "KM1": "In sync, or left as it is",
    "KM2": "Written",
    "KM3": "Not wanted there",
    "KM4": "Wanted, and something is in the way",
    "KM5": "Pull mirrors without a source that fills them",
    "KM6": "Refused by the API server, or by what it asks",
    "KM7": "Cannot be read, or not be met",
    "KM8": "Given up, or put off",
}

MEANINGS: Final[Mapping[Code, Meaning]] = {
    # It is in sync, or is left as it is.
    Code.IN_SYNC: Meaning(
        "In sync", "The mirror holds what its source asks for, and says so itself.", _NOTHING
    ),
    Code.EDITS_STAY: Meaning(
        "Edits stay",
        "Somebody may have edited the mirror, and its source says `kn-mirror.dev/repair: false`. "
        "It stays so until the source changes.",
        "To have edits undone, take `kn-mirror.dev/repair` off the source.",
    ),
    Code.OWNERS_CONTENT: Meaning(
        "A pull mirror keeps its owner's content",
        "The owner of a pull mirror has changed what it holds. That stays until its source "
        "changes, as with Reflector.",
        "To have the source's content back, empty `reflected-version` on the pull mirror.",
    ),
    Code.ITS_MIRROR: Meaning(
        "The source's mirror",
        "The object says that it is a mirror of this source, unasked for, and was written where it "
        "is. So it may be written, and deleted when it is not wanted.",
        _NOTHING,
    ),
    Code.AS_TOLD: Meaning(
        "As it was told",
        "What is there, and what its source asks for, is as it was when an earlier resync told why "
        "nothing was done. It is not told again, and not tried at every tick.",
        "See the audit line of that time, or what is left of its Events: "
        "`kubectl events -n NAMESPACE --for secret/NAME`, of the source.",
    ),
    Code.NO_CONCERN: Meaning(
        "No concern of kn-mirror's",
        "The object is neither a source nor a mirror, or no source is for the namespace.",
        "If it was to be a source, see that `reflection-allowed` is `true` on it.",
    ),
    # It is written.
    Code.CHOSEN: Meaning(
        "Chosen",
        "The source and its rules choose the namespace, and the namespace's owner has nothing "
        "against it. A mirror is made where none is.",
        _NOTHING,
    ),
    Code.UNWRITTEN: Meaning(
        "Not written as its mirror yet",
        "The object is the source's to write, and does not carry all that kn-mirror writes on a "
        "mirror: Reflector left it, or another source, or a label was taken off.",
        _NOTHING,
    ),
    Code.SOURCE_CHANGED: Meaning(
        "The source changed",
        "The source was written after the mirror was. If its content differs, the mirror is "
        "brought in line.",
        _NOTHING,
    ),
    Code.COPIES_CHANGED: Meaning(
        "Copied labels or annotations changed",
        "The mirror's content is the source's. Labels or annotations that it copies are not.",
        _NOTHING,
    ),
    Code.EDITED: Meaning(
        "Edited",
        "Somebody else changed the mirror, or nothing tells any more that nobody did. It is read, "
        "and brought in line if its content differs.",
        "If the edit was meant, change the source, or leave out the namespace there; "
        "`kn-mirror.dev/repair: false` on the source lets edits stay.",
    ),
    Code.UNFILLED: Meaning(
        "Not filled yet",
        "A pull mirror was not filled from its source yet, or its owner wants it filled anew.",
        _NOTHING,
    ),
    Code.RETARGETED: Meaning(
        "Another source than before",
        "The owner of a pull mirror names another source than the one that it was filled from. It "
        "is filled from that.",
        _NOTHING,
    ),
    Code.STUB: Meaning(
        "Holds a stub",
        "A pull mirror holds nothing but what its manifest has to reserve its keys. It is filled.",
        _NOTHING,
    ),
    Code.MADE_ANEW: Meaning(
        "Made anew",
        "No update can bring the mirror in line: it is immutable, or of another type. It was "
        "deleted and made again.",
        _NOTHING,
    ),
    Code.UNLABELLED: Meaning(
        "Not labelled or noted",
        "The object lacks a label that kn-mirror finds it by, or a note of what it was filled "
        "from. Only these are written.",
        "If somebody takes the label off again and again, have that leave it alone.",
    ),
    Code.FORMER_KEY: Meaning(
        "Signed with a former key",
        "The content is the source's. The hash that says so is not signed with the newest key; a "
        "few are signed anew at each tick.",
        _NOTHING,
    ),
    Code.CEDED: Meaning(
        "Fields are ceded",
        "Others apply fields of a pull mirror by server-side apply, which kn-mirror has come to "
        "own. It gives them up, so that they can go on.",
        _NOTHING,
    ),
    Code.MADE_A_SOURCE: Meaning(
        "Made a source",
        "The owner of a mirror wrote `reflection-allowed` on it. What made a mirror of it is taken "
        "off.",
        _NOTHING,
    ),
    Code.SUCCESSION_OVER: Meaning(
        "Nothing more to succeed to",
        "The source noted that it goes on with the mirrors of another one, which leaves it nothing "
        "more. The note is taken off.",
        _NOTHING,
    ),
    Code.HANDED_OVER: Meaning(
        "Handed over",
        "The object's owner annotated it `kn-mirror.dev/adopt`, so that it becomes a mirror.",
        _NOTHING,
    ),
    Code.INHERITED: Meaning(
        "Inherited",
        "The object is a mirror of a source that is none any more, and that this one succeeds.",
        _NOTHING,
    ),
    Code.OUTRANKS: Meaning(
        "Taken over",
        "The object is a mirror of a source that this one comes before, by the settings.",
        "See `KN_MIRROR_PLATFORM_NAMESPACES`, and have one of the two leave out the namespace.",
    ),
    # No mirror is wanted there.
    Code.GONE: Meaning(
        "The source is gone",
        "There is no object of that name. Its mirrors are withdrawn.",
        "If it was deleted by mistake, make it again: its mirrors come back.",
    ),
    Code.PERMITS_NONE: Meaning(
        "The source permits no mirrors",
        "`reflection-allowed` is not `true` on the object. Mirrors of it are withdrawn.",
        "Write `reflection-allowed: true` on it, with Reflector's prefix.",
    ),
    Code.A_MIRROR_ITSELF: Meaning(
        "The source is a mirror itself",
        "The object names another one that it mirrors. Whoever wants that content is to name the "
        "object that it comes from, or to be chosen by it.",
        "Take `reflects` off the object, or look at its source.",
    ),
    Code.NOT_AUTOMATIC: Meaning(
        "Not automatic",
        "`reflection-auto-enabled` is not `true` on the source, so mirrors are not made unasked. "
        "A pull mirror may still be declared.",
        "Write `reflection-auto-enabled: true` on the source.",
    ),
    Code.NOT_ALLOWED: Meaning(
        "The source does not allow the namespace",
        "`reflection-allowed-namespaces`, or its selector, does not choose the namespace: neither "
        "a mirror nor a pull mirror may be there.",
        f"{_NOT_WANTED} Else have the source's owner add the namespace.",
    ),
    Code.NOT_CHOSEN: Meaning(
        "The source does not choose the namespace",
        "`reflection-auto-namespaces`, or its selector, does not choose the namespace: no mirror "
        "is made there unasked.",
        f"{_NOT_WANTED} Else have the source's owner add the namespace, or declare a pull mirror.",
    ),
    Code.NOT_ACCEPTED: Meaning(
        "The namespace does not accept the source",
        "`kn-mirror.dev/accept` on the namespace does not name the source.",
        f"{_NOT_WANTED} Else have the namespace's owner add the source's namespace/name.",
    ),
    Code.RESERVED: Meaning(
        "The namespace is reserved",
        "By the settings the namespace takes only mirrors of sources that it names in "
        "`kn-mirror.dev/accept`.",
        "Have the namespace's owner name the source in `kn-mirror.dev/accept`.",
    ),
    Code.NAME_NOT_ACCEPTED: Meaning(
        "The namespace accepts no mirror of another name",
        "The source's mirrors have another name than itself, for which a namespace has to name it "
        "in `kn-mirror.dev/accept`.",
        "Have the namespace's owner name the source there, or take `kn-mirror.dev/name` off.",
    ),
    Code.RENAMED: Meaning(
        "Mirrors have another name",
        "The source's `kn-mirror.dev/name` was changed. Mirrors of the former name are withdrawn.",
        _NOTHING,
    ),
    Code.NAMESPACE_GOES: Meaning(
        "The namespace is going", "The namespace is being deleted, or is gone.", _NOTHING
    ),
    Code.GOES: Meaning(
        "It is going",
        "The object is being deleted. What is to be there is made when it is gone.",
        "If it stays, see which finalizer holds it.",
    ),
    Code.LOSS_STAYS: Meaning(
        "What was deleted stays away",
        "Somebody deleted the mirror, and its source says `kn-mirror.dev/recreate: false`.",
        "Take `kn-mirror.dev/recreate` off the source, or write the source.",
    ),
    Code.SUCCEEDED: Meaning(
        "Another source succeeds it",
        "The source is none any more, and one that was a mirror of it goes on with the others.",
        _NOTHING,
    ),
    Code.TAKEN_OVER: Meaning(
        "Another source takes it over",
        "A source that comes before this one, by the settings, wants the place of its mirror.",
        "Have one of the two leave out the namespace.",
    ),
    Code.OUTSIDE_LIMITS: Meaning(
        "Outside the limits",
        "The settings leave out the kind, the source's namespace or the target's. What is there "
        "stays, and nothing is written.",
        "See `KN_MIRROR_KINDS`, `KN_MIRROR_SOURCE_NAMESPACES` and the others in README.",
    ),
    Code.KEPT_NAME: Meaning(
        "A name that no mirror has",
        "Kubernetes or a tool keeps an object of that name in each namespace, or it is one of "
        "kn-mirror's own.",
        "Give the mirrors another name, by `kn-mirror.dev/name`.",
    ),
    Code.ELSEWHERE: Meaning(
        "Not where a mirror would be",
        "The object is in the source's own namespace, where no mirror of it is ever made.",
        _NOTHING,
    ),
    Code.DECLARED: Meaning(
        "Declared by its owner",
        "The object is a pull mirror: it is filled where the source permits it, and never deleted.",
        _NOTHING,
    ),
    # One is wanted, and something is in its way.
    Code.IN_THE_WAY: Meaning(
        "Something is in the way",
        "An object that has the mirror's name is not a mirror of this source, and was left as it "
        "is. What it is, is for those to know who may read it: the audit log has KM402 to KM407.",
        "Have its owner delete or rename it, or hand it over by `kn-mirror.dev/adopt`; or leave "
        f"out the namespace on the source. {_NOT_WOKEN}",
    ),
    Code.NO_MIRROR: Meaning(
        "No mirror",
        "An object that has the mirror's name is none, and was left as it is.",
        "Delete or rename it, or annotate it `kn-mirror.dev/adopt` with the source's "
        f"namespace/name, so that it becomes one. {_NOT_WOKEN}",
    ),
    Code.A_COPY: Meaning(
        "A copy of a mirror",
        "Somebody copied a mirror from another place, notes included. It is theirs, and was left.",
        "Delete it, or annotate it `kn-mirror.dev/adopt` with the source's namespace/name. "
        f"{_NOT_WOKEN}",
    ),
    Code.ANOTHERS_MIRROR: Meaning(
        "A mirror of another source",
        "The object is a mirror of another source, and was left as it is.",
        "Have one of the two sources leave out the namespace, or hand the object over by "
        f"`kn-mirror.dev/adopt`. {_NOT_WOKEN}",
    ),
    Code.A_SOURCE_ITSELF: Meaning(
        "A source of its own",
        "The owner of a mirror wrote `reflection-allowed` on it, and made a source of it.",
        "To have the mirror back, take that annotation off and delete the object.",
    ),
    Code.CERTIFICATES: Meaning(
        "Issued by cert-manager",
        "cert-manager keeps a Certificate's Secret there. To write it would have it issued again "
        "and again.",
        "To have the mirror, give that Certificate another `secretName` or delete it, and then "
        "delete the Secret.",
    ),
    Code.CONTROLLED: Meaning(
        "Controlled by something else",
        "A controller says that the object is its own, as an ExternalSecret does.",
        "To have the mirror, give the controller another target, and then delete the object.",
    ),
    Code.COMES_AFTER: Meaning(
        "Another source comes first",
        "Two sources want a mirror of one name in the namespace, and the other one comes first: "
        "the platform's, then the older.",
        "Have one of the two leave out the namespace, or have mirrors of another name.",
    ),
    Code.COMES_BEFORE: Meaning(
        "Another source wants the same places",
        "Another source wants mirrors of this name where this source has them. These stay; the "
        "other one waits.",
        f"{_NOT_WANTED} Else have one of the two leave out some namespaces.",
    ),
    Code.PLACE_KEPT: Meaning(
        "The place is kept",
        "A source that went a moment ago had a mirror there. Its places are kept for it for a "
        "quarter of an hour, in case it is made again.",
        "Wait; the next event or tick after that makes the mirror.",
    ),
    Code.CONTESTED: Meaning(
        "Contested",
        "The mirror was put right several times and never stayed so. It is left alone for a day, "
        "or until its source changes.",
        "Have what changes it leave it alone, or leave out the namespace on the source.",
    ),
    # A pull mirror has no source that fills it.
    Code.ABSENT_OR_REFUSED: Meaning(
        "Not there, or not permitted",
        "The source that a pull mirror names is not there, or does not permit mirrors in its "
        "namespace. Which of the two, only those may know who may read it; the audit log has it.",
        "Correct `reflects`, or ask the source's owner to allow the namespace; and see that "
        "`kn-mirror.dev/accept` of the namespace names the source, if it is there.",
    ),
    Code.CIRCLE: Meaning(
        "A circle of mirrors",
        "Pull mirrors name each other in a circle, so none has a source.",
        "Name an object in `reflects` that is not a mirror itself.",
    ),
    Code.TOO_LONG_A_CHAIN: Meaning(
        "Too long a chain of mirrors",
        "Between a pull mirror and the object that it comes from are too many mirrors of mirrors.",
        "Name an object in `reflects` that is nearer to the source, or the source.",
    ),
    # The API server, or what it asks, does not do what it was asked.
    Code.NO_RIGHT: Meaning(
        "No right",
        "The API server, by RBAC or an admission plugin, does not let kn-mirror's account do it.",
        "Grant what the message names; docs/rights.md has what each account needs.",
    ),
    Code.OVER_QUOTA: Meaning(
        "Over quota",
        "A ResourceQuota of the namespace admits no more objects of the kind.",
        "Raise the quota, or delete what is not needed there.",
    ),
    Code.DENIED: Meaning(
        "Denied by a webhook or policy",
        "An admission webhook or policy denied the write. It is tried by fewer and fewer resyncs.",
        "Have the policy admit it, or leave out the namespace on the source.",
    ),
    Code.INVALID: Meaning(
        "Not acceptable to the API server",
        "The API server does not accept the object as it would be.",
        "Correct the source, or what admits objects there.",
    ),
    Code.UNAVAILABLE: Meaning(
        "No answer",
        "The API server, or a webhook that it has to ask, did not answer or failed. The event is "
        "delivered again.",
        "Nothing, if it passes. Else see to the API server, or to the webhook that is named.",
    ),
    Code.UNAUTHORIZED: Meaning(
        "Not authenticated",
        "The API server does not know kn-mirror's account, or not any more.",
        "Check the ServiceAccount and its token.",
    ),
    Code.TOO_LARGE: Meaning(
        "Too large an answer",
        "The API server's answer is longer than what is held of one.",
        "Please report it: kn-mirror asks for less of what is long.",
    ),
    Code.EXPIRED: Meaning(
        "A list took too long",
        "A list took longer than the API server keeps its state. It is begun again.",
        "Nothing, if it passes. Else see to the API server's load.",
    ),
    Code.MOVED: Meaning(
        "It moved meanwhile",
        "The object was written, made or deleted between the look at it and the write.",
        "Nothing need be done: it is looked at again.",
    ),
    # What somebody wrote cannot be read, or not be met.
    Code.UNREADABLE_NAME: Meaning(
        "Not the name of an object",
        "`kn-mirror.dev/name` on the source is no name that an object may have. Mirrors that are "
        "there stay, and none is made.",
        "Correct that annotation.",
    ),
    Code.UNREADABLE_KEYS: Meaning(
        "Keys cannot be read",
        "`kn-mirror.dev/keys` on the source cannot be read. Mirrors that are there stay.",
        "Write `key, other=name-in-mirror`.",
    ),
    Code.MISSING_KEYS: Meaning(
        "Keys are missing",
        "`kn-mirror.dev/keys` names keys that the source does not hold. Mirrors stay as they are.",
        "Put the keys into the source, or take them out of the annotation.",
    ),
    Code.REFUSED_TYPE: Meaning(
        "A type that is never mirrored",
        "Secrets of this type belong to one account, one machine or one release alone.",
        "Mirror a Secret of another type.",
    ),
    Code.UNREADABLE_PATTERN: Meaning(
        "A pattern cannot be read",
        "A list of namespaces has a pattern that is no regular expression, is too long, or is "
        "likely something else than was meant. It neither chooses nor forbids.",
        "Correct it as the message says. Names are separated by commas and nothing else.",
    ),
    Code.SLOW_PATTERN: Meaning(
        "A pattern is too slow",
        "A pattern took too long to match. It neither chooses nor forbids.",
        "Write names, or beginnings such as `dev-.*`.",
    ),
    Code.UNREADABLE_SELECTOR: Meaning(
        "A selector cannot be read",
        "A selector of labels is none. It neither chooses nor forbids.",
        "Write it as for `kubectl get --selector`.",
    ),
    Code.UNREADABLE_ACCEPT: Meaning(
        "`accept` cannot be read",
        "`kn-mirror.dev/accept` on the namespace cannot be read, or has an item that is no "
        "`namespace/name`.",
        "Write `namespace/name`, separated by commas; `*` stands for any characters.",
    ),
    Code.UNKNOWN_ANNOTATION: Meaning(
        "An annotation that nobody reads",
        "An annotation looks like kn-mirror's or Reflector's, and is none. Nothing comes of it.",
        "Correct its name; README explains those that are read.",
    ),
    Code.NEITHER_TRUE_NOR_FALSE: Meaning(
        "Neither true nor false",
        "An annotation that has to be `true` or `false` is neither, and counts as not written.",
        "Write `true` or `false`, in quotes as YAML has it.",
    ),
    Code.UNREADABLE_REFLECTS: Meaning(
        "`reflects` names no object",
        "`reflects` on the object is not `namespace/name`, so it is no pull mirror.",
        "Write the source's `namespace/name`.",
    ),
    Code.UNREADABLE_COPIES: Meaning(
        "What is to be copied cannot be read",
        "`kn-mirror.dev/copy-labels` or `copy-annotations` cannot be read, or asks for too much.",
        "Correct it as the message says; docs/copying.md has what can be copied.",
    ),
    Code.NEVER_COPIED: Meaning(
        "Never copied",
        "The source asks for a label or annotation to be copied that never is, since others act "
        "upon it or it is kn-mirror's own.",
        "Take it out; docs/copying.md says which they are.",
    ),
    Code.WITHHELD: Meaning(
        "Withheld",
        "An annotation holds what `kn-mirror.dev/keys` leaves out of mirrors, so it is not copied.",
        "Take it out of `kn-mirror.dev/copy-annotations`, or name the key.",
    ),
    Code.UNHEEDED: Meaning(
        "Not heeded everywhere",
        "The source asks for what a namespace has to consent to, and some that get mirrors do not "
        "name it in `kn-mirror.dev/accept`.",
        "Have the owners of these namespaces name the source there.",
    ),
    # It was given up, or put off.
    Code.KEEPS_CHANGING: Meaning(
        "It keeps changing",
        "The source changed each time that it was looked at, so that nothing was finished.",
        "Nothing, if it passes. Else see who writes the source again and again.",
    ),
    Code.TIME_IS_UP: Meaning(
        "The time is up",
        "A delivery of an event has a while, and more was to be done. What is left is done when "
        "the event comes again.",
        "Nothing, if it passes. Else see `KN_MIRROR_DEADLINE` and the API server's load.",
    ),
    Code.NOT_TRIED: Meaning(
        "Not tried",
        "Other writes in the namespace found no answer, so this one was not tried. It is tried "
        "when the event comes again.",
        "See which webhook of the namespace does not answer.",
    ),
    Code.END_NOT_NOTED: Meaning(
        "An end was not noted",
        "A source went, and the Lease in which that is noted could not be written, so that its "
        "places are not kept for it.",
        "See who writes that Lease all the time.",
    ),
    Code.FAULT: Meaning(
        "A fault of kn-mirror's",
        "Something was raised that kn-mirror does not expect. Only what it was about is not done.",
        "Please report it, with the audit line.",
    ),
    Code.SETTING: Meaning(
        "A setting is wrong",
        "An environment variable of the function, or a file that it names, cannot be used.",
        "Correct it as the message says; README's table has all settings.",
    ),
}
