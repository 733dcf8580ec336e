"""A function in wrong hands: what its token can write, by any way of writing it.

In every overlay policy `guard` has its say in all that kn-mirror's accounts write. What is let
through is compared with what was there; `knative/test_policies.py` has each promise on its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from tests.lab.clusters import path_of
from tests.security.drawing import Attempt, attempts, of_mirror, some
from tests.security.writings import changed, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.api import Api
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

# What others have, and on what they wrote of it.
OTHERS: Final[Mapping[str, dict[str, str]]] = {
    "users": {"theirs": "stays"},
    "source": {names.ALLOWED: "true"},
    "handed-over": {names.ADOPT: "prod/other"},
    "copy": of_mirror("prod/tls", "Secret/stage/tls")["annotations"],
    "certificate": {
        **of_mirror("prod/tls", "Secret/dev/certificate")["annotations"],
        names.CERTIFICATE: "wild",
    },
}
# For which Kubernetes or Helm has a use of its own; `knative/test_policies.py` has them all.
CREDENTIALS: Final = {"bootstrap.kubernetes.io/token", "helm.sh/release.v1"}
MARKS: Final = {names.ROLE, names.EDITED}
# With which kn-mirror may write, here and there.
AS_MIRROR: Final = st.sampled_from(
    [
        {},
        {"metadata": of_mirror("prod/tls", "Secret/dev/users")},
        {"metadata": of_mirror("prod/other", "Secret/dev/handed-over")},
    ]
)


@pytest.fixture(scope="module")
def overlay() -> str:
    return "default"


@pytest.fixture
def other(workbench: Workbench) -> Callable[[str, str], dict[str, Any]]:
    """Objects that are not kn-mirror's, by kind and name."""
    workbench.namespace("dev")
    for name, written in OTHERS.items():
        for make in (workbench.secret, workbench.config_map):
            make("dev", name, {"key": "one"}, annotations=written, labels={"theirs": "stays"})
    found = [each for kind in ("Secret", "ConfigMap") for each in workbench.objects(kind, "dev")]
    by_name = {(each["kind"], each["metadata"]["name"]): each for each in found}
    return lambda kind, name: by_name[kind, name]


def theirs(found: Mapping[str, Any]) -> dict[str, Any]:
    """What of an object only its owner may change."""
    metadata = found["metadata"]
    labels = metadata.get("labels", {}).items()
    return {
        **{field: found.get(field) for field in ("data", "binaryData", "immutable", "type")},
        "annotations": metadata.get("annotations", {}),
        "labels": {name: value for name, value in labels if name not in MARKS},
        "belongs to": metadata.get("ownerReferences"),
        "waits for": metadata.get("finalizers"),
        "written by": written_by(metadata),
    }


def written_by(metadata: Mapping[str, Any]) -> set[str]:
    """Who wrote content and annotations, as the API server notes it."""
    fields = [(each["manager"], each["fieldsV1"]) for each in metadata.get("managedFields", ())]
    written = [
        (
            manager,
            each.get("f:data"),
            each.get("f:binaryData"),
            each.get("f:metadata", {}).get("f:annotations"),
        )
        for manager, each in fields
    ]
    return {json.dumps(each) for each in written if any(each[1:])}


def is_only_marked(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether nothing became another but the labels by which kn-mirror finds sources and edits."""
    was, is_ = (each["metadata"].get("labels", {}) for each in (before, after))
    return (
        theirs(after) == theirs(before)
        and is_.get(names.ROLE) in {None, "source", was.get(names.ROLE)}
        and is_.get(names.EDITED) in {None, was.get(names.EDITED)}
    )


def is_handed_over(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an object became the mirror that its owner said it should become."""
    adopted = before["metadata"].get("annotations", {}).get(names.ADOPT)
    reflects = after["metadata"].get("annotations", {}).get(names.REFLECTS, "").strip()
    return adopted is not None and reflects == adopted


@some
@given(st.sampled_from(sorted(OTHERS)), attempts, AS_MIRROR)
def test_nothing_of_what_others_have_is_changed_but_two_labels(
    compromised: Api,
    other: Callable[[str, str], dict[str, Any]],
    name: str,
    attempt: Attempt,
    as_mirror: dict[str, Any],
) -> None:
    before = other(attempt.kind, name)
    change = changed(attempt.change, as_mirror)

    answer = write(compromised, before, change, attempt.way, dry=True)

    after = answer.body if answer else before
    assert is_handed_over(before, after) or is_only_marked(before, after)


@some
@given(attempts, st.sampled_from([{}, {"metadata": of_mirror("prod/tls", "Secret/dev/new")}]))
@pytest.mark.usefixtures("other")
def test_nothing_is_made_but_what_says_that_it_is_a_mirror(
    compromised: Api, attempt: Attempt, as_mirror: dict[str, Any]
) -> None:
    body = changed({"metadata": {"name": "new"}}, changed(attempt.change, as_mirror))

    answer = compromised.request("POST", f"{path_of(attempt.kind, 'dev')}?dryRun=All", body)

    assert not answer or is_a_mirror(answer.body)


def is_a_mirror(made: Mapping[str, Any]) -> bool:
    """By what the documents say of one."""
    metadata = made["metadata"]
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    return (
        labels.get(names.ROLE) in {"mirror", "pull-mirror"}
        and labels.get(names.MANAGED_BY) == names.MANAGER
        and bool(annotations.get(names.REFLECTS, "").strip())
        and made.get("type") not in CREDENTIALS
        and not {"ownerReferences", "finalizers"} & metadata.keys()
    )


# What else lets somebody act for others, or learn what they have. None of it has a body to judge.
BEYOND: Final[Mapping[str, tuple[str, str]]] = {
    "have a token made": ("POST", "/api/v1/namespaces/kn-mirror/serviceaccounts/default/token"),
    "see whose a token is": ("POST", "/apis/authentication.k8s.io/v1/tokenreviews"),
    "make a namespace": ("POST", "/api/v1/namespaces"),
    "change a namespace": ("PATCH", "/api/v1/namespaces/dev"),
    "start a Pod": ("POST", "/api/v1/namespaces/kn-mirror/pods"),
    "see machines": ("GET", "/api/v1/nodes"),
    "bind a role": ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    "delete all of a namespace": ("DELETE", "/api/v1/namespaces/dev/secrets"),
    "watch Secrets": ("GET", "/api/v1/secrets?watch=true&timeoutSeconds=1"),
    "write over a Secret": ("PUT", "/api/v1/namespaces/dev/secrets/users"),
    "take a policy away": (
        "DELETE",
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/kn-mirror-guard",
    ),
    "read the newer Events": ("GET", "/apis/events.k8s.io/v1/events"),
}


@pytest.mark.parametrize("wish", sorted(BEYOND))
def test_rbac_refuses_what_no_policy_looks_at(compromised: Api, wish: str) -> None:
    method, path = BEYOND[wish]

    assert compromised.request(method, path, {} if method == "POST" else None).status == 403


def test_nobody_is_impersonated(compromised: Api) -> None:
    answer = compromised.request(
        "GET", "/api/v1/secrets", Impersonate_User="system:kube-controller-manager"
    )

    assert answer.status == 403
