"""Checks of rights: each account has those of docs/rights.md, and no others."""

from __future__ import annotations

from itertools import product
from shlex import quote as as_one_word
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from kubectl_mirror.checking.checks import Finding, Result
from kubectl_mirror.checking.parts import FUNCTIONS
from kubectl_mirror.checking.subjects import RBAC, SOURCES, labels_of, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kubectl_mirror.checking.subjects import Found, Subject

_APPLY: Final = "Apply the overlay again: kubectl apply -k knative/overlays/default"
_ACCOUNT: Final = "kn-mirror.dev/account"
_ANY: Final = "*"
_EVERYBODY: Final = ("system:serviceaccounts", "system:authenticated")


class Right(NamedTuple):
    """One thing that an account may do.

    Args:
        verb: as in `list`.
        resource: as in `secrets`, with a group as in `leases.coordination.k8s.io`.
        name: of the only object that it is about; empty for all.
        is_own: whether it is one in kn-mirror's own namespace; otherwise in all.
    """

    verb: str
    resource: str
    name: str = ""
    is_own: bool = False

    def covers(self, other: Right) -> bool:
        """Whether who has it has the other one, too."""
        group, others = (each.partition(".") for each in (self.resource, other.resource))
        return (
            self.verb in {_ANY, other.verb}
            and group[0] in {_ANY, others[0]}
            and group[2] in {_ANY, others[2]}
            and self.name in {"", other.name}
            and (other.is_own or not self.is_own)
        )

    def said(self, namespace: str) -> str:
        """Say it in words."""
        name = f" {self.name}" if self.name else ""
        where = f"in namespace {namespace}" if self.is_own else "in all namespaces"
        return f"{self.verb} {self.resource}{name} {where}"


def _rights(
    verbs: str, resources: str, names: Sequence[str] = ("",), *, is_own: bool = False
) -> frozenset[Right]:
    found = product(verbs.split(), resources.split(), names)
    return frozenset(Right(*each, is_own) for each in found)


_LEASES: Final = "leases.coordination.k8s.io"
_ENDS: Final = ("kn-mirror-ends",)
_MIRRORS: Final = _rights("get list create patch delete", "secrets configmaps") | _rights(
    "create", "events"
)
# What docs/rights.md says, and the manifests grant.
RIGHTS: Final[Mapping[str, frozenset[Right]]] = {
    **{
        name: _MIRRORS
        | _rights("get list", "namespaces")
        | _rights("get patch", _LEASES, _ENDS, is_own=True)
        for name in ("on-secret-update", "on-delete-cleanup")
    },
    "on-namespace-create": _MIRRORS
    | _rights("get", "namespaces")
    | _rights("get", _LEASES, _ENDS, is_own=True),
    "on-resync": _MIRRORS
    | _rights("get list", "namespaces")
    | _rights("create", _LEASES, is_own=True)
    | _rights("get patch", _LEASES, (*_ENDS, "kn-mirror-resync"), is_own=True),
    "watch-objects": _rights("list watch", "secrets configmaps"),
    "watch-namespaces": _rights("list watch", "namespaces"),
    "watch-adapters": _rights("list watch", "pods", is_own=True),
}


class Grant(NamedTuple):
    """Rights that an account has by one binding.

    Args:
        binding: what kubectl calls it.
        rights: they.
        is_for_all: whether all accounts, or whoever is known, have them, too.
    """

    binding: str
    rights: frozenset[Right]
    is_for_all: bool


def lacking(subject: Subject) -> Iterator[Finding]:
    """Find accounts that lack a right."""
    for account, wanted in RIGHTS.items():
        had = [right for grant in _grants(subject, account) for right in grant.rights]
        lacks = [each for each in wanted if not any(right.covers(each) for right in had)]
        if lacks:
            said = _listed(subject, lacks)
            because = f"Account {subject.namespace}/{account} may not {said}."
            yield Finding(Result.ERROR, because, _APPLY)


def beyond(subject: Subject) -> Iterator[Finding]:
    """Find accounts that have more rights than they need."""
    for account, needed in RIGHTS.items():
        wanted = needed | frozenset(_tokens(subject, account))
        for grant in _grants(subject, account):
            more = [each for each in grant.rights if not any(w.covers(each) for w in wanted)]
            if more and not grant.is_for_all:
                because = (
                    f"Account {subject.namespace}/{account} may {_listed(subject, more)}, "
                    f"by {grant.binding}, and needs it not."
                )
                mend = f"Take it out of that: kubectl edit {grant.binding}"
                yield Finding(Result.WARNING, because, mend)


def guarded(subject: Subject) -> Iterator[Finding]:
    """Find functions that the admission policies do not know for kn-mirror's."""
    found = {name_of(each): each for each in subject.items(f"{RBAC}/clusterrolebindings")}
    for name in (f"kn-mirror-{function}" for function in FUNCTIONS):
        if name in found and labels_of(found[name]).get(_ACCOUNT) != "function":
            because = (
                f"ClusterRoleBinding {name} has not the label {_ACCOUNT}=function, so policy guard "
                "does not know whom it is about."
            )
            mend = f"kubectl label clusterrolebinding {name} --overwrite {_ACCOUNT}=function"
            yield Finding(Result.ERROR, because, mend)


def _tokens(subject: Subject, account: str) -> Iterator[Right]:
    """Name the rights that Knative gives an adapter where Eventing asks senders for tokens.

    Source: Knative Eventing, `MakeOIDCRole`. It may have tokens made of the account that Knative
    made for its source, and of no other.
    """
    for source in subject.own(SOURCES, "apiserversources"):
        sender = ((source.get("status") or {}).get("auth") or {}).get("serviceAccountName")
        if sender and source["spec"].get("serviceAccountName") == account:
            yield Right("create", "serviceaccounts/token", sender, is_own=True)


def _grants(subject: Subject, account: str) -> Iterator[Grant]:
    own = f"{RBAC}/namespaces/{subject.namespace}"
    for kind, path in (
        ("clusterrolebinding", f"{RBAC}/clusterrolebindings"),
        ("rolebinding", f"{own}/rolebindings"),
    ):
        for each in subject.items(path):
            named = each.get("subjects") or ()
            is_own = any(_is(who, account, subject.namespace) for who in named)
            if is_own or any(who.get("name") in _EVERYBODY for who in named):
                role = _role(subject, each["roleRef"])
                rights = frozenset(_granted(role, is_own=kind == "rolebinding"))
                where = f" -n {subject.namespace}" if kind == "rolebinding" else ""
                # Of RBAC's objects a name may be nearly any text.
                yield Grant(f"{kind} {as_one_word(name_of(each))}{where}", rights, not is_own)


def _is(who: Mapping[str, Any], account: str, namespace: str) -> bool:
    user = f"system:serviceaccount:{namespace}:{account}"
    if who.get("kind") == "ServiceAccount":
        return who.get("name") == account and who.get("namespace", namespace) == namespace
    # Of its own namespace's accounts kn-mirror has all.
    return who.get("name") in {user, f"system:serviceaccounts:{namespace}"}


def _role(subject: Subject, named: Mapping[str, str]) -> Found:
    name = quote(named["name"], safe="")
    if named["kind"] == "ClusterRole":
        path = f"{RBAC}/clusterroles/{name}"
    else:
        path = f"{RBAC}/namespaces/{subject.namespace}/roles/{name}"
    return subject.get(path) or {}


def _granted(role: Found, *, is_own: bool) -> Iterator[Right]:
    for rule in role.get("rules") or ():
        groups, resources = rule.get("apiGroups") or (), rule.get("resources") or ()
        for verb, group, resource, name in product(
            rule["verbs"], groups, resources, rule.get("resourceNames") or [""]
        ):
            yield Right(verb, f"{resource}.{group}" if group else resource, name, is_own)


def _listed(subject: Subject, rights: Sequence[Right]) -> str:
    said = sorted(each.said(subject.namespace) for each in rights)
    more = f" and {len(said) - 5} more" if len(said) > 5 else ""  # noqa: PLR2004
    return ", ".join(said[:5]) + more
