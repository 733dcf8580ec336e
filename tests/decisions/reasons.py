"""Reasons, without the names and numbers that differ from one object to the next."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_RULE: Final = (
    r"reflection-(?:allowed|auto)-.+|namespace dev does not accept prod/tls, by .+"
    r"|namespace dev does not name prod/tls in .+"
    r"|mirrors of Secret prod/tls are called \w+ now"
)
_SOURCE: Final = (
    r"Secret prod/tls is gone, or was never there"
    r"|Secret prod/tls permits no mirrors: .+"
    r"|kn-mirror.dev/keys.+"
)
_REMEDY: Final = r"It was left as it is\. To let kn-mirror take it over, annotate it .+"
_FOUND: Final = r"Secret dev/\w+"

# What is told in many ways is one reason here; everything else is told as it is.
_REASONS: Final = {
    r"namespace dev is being deleted": "the namespace is being deleted",
    rf"{_FOUND} is being deleted": "it is being deleted",
    _RULE: "the rule that says so",
    rf"Secret prod/tls does not permit it: (?:{_RULE})": "it is not permitted, and the rule",
    _SOURCE: "what the source is or asks",
    rf"{_FOUND} is a mirror of stage/tls\. {_REMEDY}": "it is another's; how to hand it over",
    rf"{_FOUND} is not a mirror of prod/tls\. {_REMEDY}": "it is no mirror; how to hand it over",
    rf"{_FOUND} is not where a mirror of prod/tls would be": "it is not where a mirror would be",
    rf"{_FOUND} is a pull mirror of prod/tls, .+; kn-mirror never deletes it": (
        "its owner declared it; kn-mirror never deletes it"
    ),
    rf"{_FOUND} is what cert-manager issued for Certificate tls\. .+": (
        "cert-manager issued it for a Certificate; how to have the mirror back"
    ),
    rf"{_FOUND} is controlled by ExternalSecret tls now\. .+": (
        "its controller; how to have the mirror back"
    ),
    rf"{_FOUND} is a source of its own: .+": "it is a source itself; how to have the mirror back",
    rf"{_FOUND} was copied from the mirror Secret/shop/\w+\. {_REMEDY}": (
        "it is its maker's; how to hand it over"
    ),
    r"new/tls succeeds prod/tls there": "another source succeeds this one",
    r"the source changed, and its hash is signed with a key that is not there"
    r"|the source(?:'s content)? changed after resourceVersion \d": "the source changed",
    r"platform/tls is older, and takes it over": "which one, and why it comes first",
    r"platform/tls wants Secret dev/\w+, too, and is older\. .+": (
        "which one, why it comes first, and what to do"
    ),
    r"Secret stage/tls went a while ago, and may come back: .+": "its places are kept for it",
    r"the source(?:'s content)? changed after resourceVersion \d": "the source changed",
    r"its labels are not those of a mirror|kn-mirror has not written it yet"
    r"|its record names another source": "kn-mirror has not written it as its mirror yet",
    r"kubectl-edit has changed its content|somebody has changed it"
    r"|its keys are not those that were written": "who changed it, or what shows it",
    rf"{_FOUND} does not stay as it was put right: .+": "who changes it, and what to do",
    r"its content is the source's; its hash is not signed .+": (
        "its content is the source's; another key signs now"
    ),
    r"its content is the source's; .+": "its content is the source's; what was not noted",
}


@cache
def reduced(because: str) -> str:
    """Reduce a reason to what does not differ from one object to the next."""
    known = [words for pattern, words in _REASONS.items() if re.fullmatch(pattern, because)]
    return known[0] if known else because
