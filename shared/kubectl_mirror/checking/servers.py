"""Checks of the API server: its version, and what it serves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.subjects import ADMISSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubectl_mirror.checking.subjects import Subject

_NEEDED: Final = (1, 30)  # from which on ValidatingAdmissionPolicy is there
_VALIDATING: Final = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
_MUTATING: Final = ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings")
_ALPHAS: Final = ("v1beta1", "v1alpha1")


def version(subject: Subject) -> Iterator[Finding]:
    """Find an API server that is too old."""
    found = subject.get("/version") or {}
    said = str(found.get("gitVersion", "of unknown version"))
    numbers = re.match(r"v?(\d+)\.(\d+)", said)
    if numbers and (int(numbers[1]), int(numbers[2])) < _NEEDED:
        because = f"The API server is {said}; kn-mirror needs 1.30 or later."
        yield Finding(Result.ERROR, because, "Upgrade Kubernetes.")
    else:
        yield Finding(Result.OK, said)


def admission(subject: Subject) -> Iterator[Finding]:
    """Find an API server without the admission policies that an overlay consists of."""
    if not subject.serves(ADMISSION, *_VALIDATING):
        because = "The API server does not serve ValidatingAdmissionPolicy v1, so guard cannot be."
        yield Finding(Result.ERROR, because, "Upgrade Kubernetes to 1.30 or later.")
    elif is_labelling(subject):
        yield Finding(Result.OK, "overlay default fits")
    else:
        other = next((each for each in _ALPHAS if _serves_mutating(subject, each)), "")
        served = f", only {other}" if other else ""
        because = f"It does not serve MutatingAdmissionPolicy v1{served}."
        yield Finding(Result.OK, f"overlay drop-in fits. {because}")


def is_labelling(subject: Subject) -> bool:
    """Whether the API server can label what is annotated, as overlay `default` needs it."""
    return subject.serves(ADMISSION, *_MUTATING)


def _serves_mutating(subject: Subject, version: str) -> bool:
    group = ADMISSION.rpartition("/")[0]
    return subject.serves(f"{group}/{version}", *_MUTATING)
