"""Checks of the admission policies: there, bound, and understood by the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.parts import is_labelled
from kubectl_mirror.checking.subjects import ADMISSION, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_mirror.checking.subjects import Found, Subject

GUARDS: Final = (
    *("kn-mirror-guard", "kn-mirror-guard-events"),
    *("kn-mirror-guard-heirs", "kn-mirror-guard-mirrors"),
)
# Only where the API server labels what is annotated.
LABELLING: Final = ("kn-mirror-index", "kn-mirror-steady")
_OURS: Final = "kn-mirror-"
_HELPS: Final = "kn-mirror-steady"  # without it events are lost, and found again
_APPLY: Final = "Apply the overlay again: kubectl apply -k knative/overlays/default"


def presence(subject: Subject) -> Iterator[Finding]:
    """Find policies that are not there."""
    wanted = {"validating": GUARDS} | ({"mutating": LABELLING} if is_labelled(subject) else {})
    for kind, names in wanted.items():
        there = {name_of(each) for each in _policies(subject, kind)}
        for name in names:
            if name not in there:
                because = f"There is no {kind.title()}AdmissionPolicy {name}{_without(name)}."
                yield Finding(_weight(name), because, _APPLY)


def bindings(subject: Subject) -> Iterator[Finding]:
    """Find policies that are there and not in force."""
    for kind in ("validating", "mutating"):
        bound = [each["spec"] for each in _bindings(subject, kind)]
        for each in _policies(subject, kind):
            name = name_of(each)
            own = [spec for spec in bound if spec.get("policyName") == name]
            if not own:
                because = f"{kind.title()}AdmissionPolicy {name} is bound nowhere{_without(name)}."
                yield Finding(_weight(name), because, _APPLY)
            elif kind == "validating" and not any(
                "Deny" in (spec.get("validationActions") or ()) for spec in own
            ):
                because = f"ValidatingAdmissionPolicy {name} is bound so that it denies nothing."
                yield Finding(_weight(name), because, _APPLY)


def expressions(subject: Subject) -> Iterator[Finding]:
    """Find policies with expressions that the API server does not understand."""
    for each in _policies(subject, "validating"):
        checked = (each.get("status") or {}).get("typeChecking") or {}
        for warning in checked.get("expressionWarnings") or ():
            said = str(warning.get("warning", "")).strip().splitlines()
            because = (
                f"ValidatingAdmissionPolicy {name_of(each)}, {warning.get('fieldRef')}: "
                f"{said[-1] if said else 'no reason is given'}"
            )
            mend = "Apply the policies of the version that is installed, unaltered."
            yield Finding(Result.WARNING, because, mend)


def _policies(subject: Subject, kind: str) -> Sequence[Found]:
    found = subject.items(f"{ADMISSION}/{kind}admissionpolicies")
    return [each for each in found if name_of(each).startswith(_OURS)]


def _bindings(subject: Subject, kind: str) -> Sequence[Found]:
    return subject.items(f"{ADMISSION}/{kind}admissionpolicybindings")


def _weight(name: str) -> Result:
    """Return how bad it is where a policy is missing: others are an owner's choice."""
    return Result.ERROR if name in GUARDS or name in LABELLING[:1] else Result.WARNING


def _without(name: str) -> str:
    if name in GUARDS:
        return ", so kn-mirror's accounts may write more than mirrors"
    if name == LABELLING[0]:
        return ", so what is annotated is not labelled, and no event comes of it"
    if name == _HELPS:
        return ", so Knative replaces adapters whenever a namespace comes or goes"
    return ""
