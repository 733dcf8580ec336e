"""What Kubernetes accepts as a name, and as a label."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_WORD: Final = re.compile(r"[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?")
_LONGEST_LABEL: Final = 63
_LONGEST_SUBDOMAIN: Final = 253


def is_label(text: str) -> bool:
    """Whether `text` is a DNS-1123 label: the name of a namespace."""
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """Whether `text` is a DNS-1123 subdomain, whose parts may be longer than labels."""
    return len(text) <= _LONGEST_SUBDOMAIN and all(map(_LABEL.fullmatch, text.split(".")))


def is_qualified_name(text: str) -> bool:
    """Whether `text` may be the name of a label or an annotation."""
    prefix, slash, name = text.rpartition("/")
    return _is_word(name) and (is_subdomain(prefix) if slash else True)


def is_label_value(text: str) -> bool:
    """Whether `text` may be the value of a label."""
    return not text or _is_word(text)


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and _WORD.fullmatch(text) is not None
