"""The policy `guard`: what a mirror may be that a function in wrong hands writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring.policies.other_tools import TAKEN, WHOLE_OBJECTS
from tests.conformance.clusters import PREFIX, auto, reflects
from tests.lab.api import JSON_PATCH, MERGE_PATCH, Api
from tests.lab.waiting import eventually
from tests.policies import altered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.clusters import Cluster
    from tests.lab.api import Answer
    from tests.lab.clusters import Workbench

pytestmark = pytest.mark.controlplane

DEV: Final = {"metadata": {"name": "dev"}}
ACCEPT: Final = "kn-mirror.dev/accept"
NAMES: Final = sorted(
    {name.replace("*", "any") for name in TAKEN}
    | {name.replace("*", "any") for name in WHOLE_OBJECTS}
    | {"owner", "cert-manager.io/certificate-name", "acme.cert-manager.io/any"}
)
NEVER: Final = {
    "cert-manager.io/certificate-name": "wild",
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
    f"{PREFIX}reflection-allowed": "true",
}


def mirror(
    place: str,
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    source: str = "prod/tls",
) -> dict[str, Any]:
    """Make a mirror as kn-mirror would, at `Kind/namespace/name`, and more."""
    ours = {
        "kn-mirror.dev/role": "mirror",
        "kn-mirror.dev/source": "any",
        "app.kubernetes.io/managed-by": "kn-mirror",
    }
    record = reflects(source, auto_reflects="True") | {"kn-mirror.dev/place": place}
    return {
        "metadata": {
            "name": place.rsplit("/", maxsplit=1)[-1],
            "labels": ours | (labels or {}),
            "annotations": record | (annotations or {}),
        }
    }


def create(api: Api, place: str, **given: Any) -> Answer:
    """Have it asked whether a mirror may be made."""
    kind, namespace, _ = place.split("/")
    path = f"/api/v1/namespaces/{namespace}/{kind.lower()}s?dryRun=All&fieldManager=kn-mirror"
    return api.request("POST", path, mirror(place, **given))


def write(api: Api, name: str, change: dict[str, Any]) -> Answer:
    """Write on a Secret of namespace dev, as kn-mirror writes."""
    path = f"/api/v1/namespaces/dev/secrets/{name}?fieldManager=kn-mirror"
    return api.request("PATCH", path, change, content_type=MERGE_PATCH)


@pytest.fixture
def compromised(workbench: Workbench, compromised: Api) -> Api:
    """The same, where there is the namespace `dev`."""
    workbench.api.request("POST", "/api/v1/namespaces", DEV)
    return compromised


@pytest.fixture
def function(workbench: Workbench, token: Callable[[str], str]) -> Api:
    """One of them, which stands for all."""
    workbench.api.request("POST", "/api/v1/namespaces", DEV)
    return Api(workbench.api.url, token=token("on-resync"), ca_file=workbench.api.ca_file)


def accept(workbench: Workbench, function: Api, sources: str) -> None:
    """Have the namespace accept sources, prod/any among them, and wait until that is known."""
    refuse(workbench, function, "none")
    workbench.annotate("Namespace", "", "dev", {ACCEPT: sources})
    eventually(lambda: create(function, "Secret/dev/any", source="prod/any"))


def refuse(workbench: Workbench, function: Api, sources: str) -> None:
    """Have the namespace accept sources, prod/any not among them, and wait until that is known."""
    workbench.annotate("Namespace", "", "dev", {ACCEPT: sources})
    eventually(lambda: not create(function, "Secret/dev/any", source="prod/any"))


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_a_mirror_may_be_made(compromised: Api, kind: str) -> None:
    assert create(compromised, f"{kind}/dev/tls").status == 201


@pytest.mark.parametrize(
    "name", ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"]
)
def test_what_every_namespace_trusts_is_no_mirror(
    workbench: Workbench, compromised: Api, name: str
) -> None:
    """F6: whoever writes it first would have every Pod of the namespace trust it."""
    workbench.api.request("DELETE", f"/api/v1/namespaces/dev/configmaps/{name}")

    made = create(compromised, f"ConfigMap/dev/{name}")
    of_a_secret = create(compromised, f"Secret/dev/{name}")

    assert made.status in {403, 409}
    assert of_a_secret.status == 201


def test_what_kn_mirror_signs_with_is_no_mirror(compromised: Api) -> None:
    """Whoever had one written in its namespace would know its keys, or stop it."""
    assert create(compromised, "Secret/dev/kn-mirror-content-hash").status == 403


@pytest.mark.parametrize("name", ["openshift-service-ca.crt", "istio-ca-root-cert"])
def test_what_every_namespace_trusts_is_not_filled(
    workbench: Workbench, compromised: Api, name: str
) -> None:
    handed_over = {"kn-mirror.dev/adopt": "prod/tls"}
    workbench.config_map("dev", name, {"ca.crt": "own"}, annotations=handed_over)
    path = f"/api/v1/namespaces/dev/configmaps/{name}?fieldManager=kn-mirror"
    body = {**mirror(f"ConfigMap/dev/{name}"), "data": {"ca.crt": "forged"}}

    answer = compromised.request("PATCH", path, body, content_type=MERGE_PATCH)

    assert answer.status == 403
    assert "never a mirror" in answer.body["message"]


def test_a_mirror_is_called_as_its_source_or_says_which_that_is(compromised: Api) -> None:
    """So that a resync knows an orphan, whatever it is called."""
    body = mirror("Secret/dev/other")
    del body["metadata"]["labels"]["kn-mirror.dev/source"]

    answer = compromised.request("POST", "/api/v1/namespaces/dev/secrets?dryRun=All", body)

    assert answer.status == 403
    assert create(compromised, "Secret/dev/other").status == 201


@pytest.mark.parametrize("name", ["tls", "other"])
def test_what_a_function_in_wrong_hands_has_made_up_a_resync_takes_away(
    cluster: Cluster, function: Api, name: str
) -> None:
    """Whatever it is called, its source is not there."""
    made_up = mirror(f"Secret/dev/{name}", source="no/tls")

    made = function.request("POST", "/api/v1/namespaces/dev/secrets", made_up)
    cluster.resync()

    assert made.status == 201
    assert cluster.data(f"dev/{name}") is None


@pytest.mark.parametrize("source", ["", "tls", "../tls", "dev/other", "prod/tls/more"])
def test_a_mirror_names_a_source_elsewhere(compromised: Api, source: str) -> None:
    assert create(compromised, "Secret/dev/tls", source=source).status == 403


# What kn-mirror reads as no record, or as none of its own.
UNREADABLE: Final[tuple[dict[str, str], ...]] = (
    *({f"{PREFIX}reflects": f"prod/{name}"} for name in ("-tls", "tls.", ".tls", "t..s", "t.-s")),
    *({f"{PREFIX}reflects": path} for path in ("-prod/tls", "pr.od/tls", "pr od/tls", "prod/t s")),
    {f"{PREFIX}reflects": f"{'p' * 64}/tls"},
    {f"{PREFIX}reflects": f"prod/{'t' * 254}"},
    {f"{PREFIX}reflects": f"prod/{' ' * 999}tls"},
    {f"{PREFIX}auto-reflects": f"{' ' * 64}true"},
)


@pytest.mark.parametrize("record", UNREADABLE, ids=str)
def test_no_mirror_is_made_of_a_source_that_no_name_can_be(
    compromised: Api, record: dict[str, str]
) -> None:
    """S9: a resync would not know whose it is, and leave it there for good."""
    answer = create(compromised, "Secret/dev/tls", annotations=record)

    assert answer.status == 403
    assert "kn-mirror may create mirrors and nothing else" in answer.body["message"]


@pytest.mark.parametrize("record", UNREADABLE, ids=str)
def test_no_mirror_becomes_one_of_such_a_source(
    workbench: Workbench, compromised: Api, record: dict[str, str]
) -> None:
    workbench.create("/api/v1/namespaces/dev/secrets", mirror("Secret/dev/tls"))
    taken_over = record | {"kn-mirror.dev/succeeds": "prod/tls"}

    answer = write(compromised, "tls", {"metadata": {"annotations": taken_over}})

    assert answer.status == 403


@pytest.mark.parametrize(
    "record",
    [
        {f"{PREFIX}reflects": "prod/other", "kn-mirror.dev/succeeds": "prod/tls"},
        # Python's blanks are more than CEL's.
        {f"{PREFIX}auto-reflects": "\x1ctrue"},
    ],
    ids=str,
)
def test_of_a_pull_mirror_the_source_is_its_owners_word(
    workbench: Workbench, compromised: Api, record: dict[str, str]
) -> None:
    workbench.secret("dev", "copy", {"key": "own"}, annotations=reflects("prod/tls"))

    answer = write(compromised, "copy", {"metadata": {"annotations": record}})

    assert answer.status == 403


def test_a_mirror_of_any_name_that_there_can_be_is_made_and_goes(
    cluster: Cluster, function: Api
) -> None:
    longest = f"{'n' * 63}/{'.'.join(['t' * 50] * 4)}.{'t' * 49}"
    body = mirror("Secret/dev/tls", source=longest)

    made = function.request("POST", "/api/v1/namespaces/dev/secrets", body)
    cluster.resync()

    assert made.status == 201
    assert cluster.data("dev/tls") is None


def test_no_pull_mirror_is_made(compromised: Api) -> None:
    """Which kn-mirror itself would not delete."""
    pulled = {f"{PREFIX}auto-reflects": "False"}
    labels = {"kn-mirror.dev/role": "pull-mirror"}

    assert create(compromised, "Secret/dev/tls", annotations=pulled, labels=labels).status == 403


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_no_mirror_is_another_tools(function: Api, name: str, field: str) -> None:
    """F10: Argo CD would take it for a cluster or a repository, Helm for a release, and so on."""
    answer = create(function, "Secret/dev/tls", **{field: {name: "any"}})

    assert answer.status == 403
    assert f"Secret dev/tls would get {name}" in answer.body["message"]


@pytest.mark.parametrize("name", ["argocd.argoproj.io/secret-type", "owner"])
@pytest.mark.parametrize("sources", ["prod/tls,prod/any", "a/b, PROD/T?S,prod/a*", "*"])
def test_what_makes_it_another_tools_takes_the_word_of_the_namespaces_owner(
    workbench: Workbench, compromised: Api, name: str, sources: str
) -> None:
    accept(workbench, compromised, sources)

    assert create(compromised, "Secret/dev/tls", labels={name: "any"}).status == 201


@pytest.mark.parametrize("name", sorted(NEVER))
def test_what_is_never_copied_takes_no_word_of_anybody(
    workbench: Workbench, compromised: Api, name: str
) -> None:
    accept(workbench, compromised, "*")

    answer = create(compromised, "Secret/dev/tls", annotations={name: NEVER[name]})

    assert answer.status == 403


@pytest.mark.parametrize(
    "sources", ["none", "", ",", "prod/other", "prod", "prodxtls", "od/tls", "prod/tls.*"]
)
def test_no_mirror_is_made_where_it_is_not_accepted(
    workbench: Workbench, compromised: Api, sources: str
) -> None:
    refuse(workbench, compromised, sources)

    answer = create(compromised, "Secret/dev/tls")

    assert answer.status == 403
    assert "namespace dev does not accept mirrors of prod/tls" in answer.body["message"]


@pytest.mark.parametrize(
    "sources", ["prod/tls,prod/any", "prod/*", " Prod/TLS ,x,prod/any", "*", "p??d/*"]
)
def test_a_mirror_is_made_where_it_is_accepted(
    workbench: Workbench, compromised: Api, sources: str
) -> None:
    accept(workbench, compromised, sources)

    assert create(compromised, "Secret/dev/tls").status == 201


CHANGES: Final = (
    {"labels": {"argocd.argoproj.io/secret-type": "cluster"}},
    {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
    {"annotations": {"meta.helm.sh/release-name": "shop"}},
    {"annotations": {"kn-mirror.dev/adopt": "stage/tls"}},
    {"annotations": {f"{PREFIX}reflection-allowed": "true"}},
    {"annotations": {f"{PREFIX}reflection-auto-enabled": "true"}},
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_mirror_is_not_made_another_tools_later(
    workbench: Workbench, compromised: Api, change: dict[str, dict[str, str]]
) -> None:
    workbench.create("/api/v1/namespaces/dev/secrets", mirror("Secret/dev/tls"))

    answer = write(compromised, "tls", {"metadata": change})

    assert answer.status == 403


def test_what_others_put_on_a_mirror_stays_through_its_renewal(
    cluster: Cluster, workbench: Workbench
) -> None:
    """An update counts for what is other after it than before."""
    theirs = {"argocd.argoproj.io/instance": "shop", "cert-manager.io/any": "any", "owner": "helm"}
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": theirs, "annotations": theirs}})

    cluster.change("prod/tls", key="two")

    assert cluster.data("dev/tls") == {"key": "two"}
    assert cluster.metadata("dev/tls")["labels"].items() >= theirs.items()


def test_a_function_in_wrong_hands_takes_nothing_of_others_off_a_mirror(
    workbench: Workbench, compromised: Api
) -> None:
    made = mirror("Secret/dev/tls", labels={"theirs": "stays"})
    workbench.create("/api/v1/namespaces/dev/secrets", made)
    taken = [{"op": "remove", "path": "/metadata/labels/theirs"}]

    answer = compromised.request(
        "PATCH",
        "/api/v1/namespaces/dev/secrets/tls?fieldManager=kn-mirror",
        taken,
        content_type=JSON_PATCH,
    )

    assert answer.status == 403


def test_copies_come_and_go(cluster: Cluster, function: Api) -> None:
    accept(cluster.workbench, function, "prod/tls,prod/any")
    copies = {"kn-mirror.dev/copy-labels": "team,argocd.argoproj.io/secret-type"}
    labels = {"team": "shop", "argocd.argoproj.io/secret-type": "repository"}
    annotations = auto(reflection_auto_namespaces="dev") | copies

    cluster.write("prod/tls", {"key": "one"}, annotations, labels=labels)
    copied = cluster.metadata("dev/tls")["labels"]
    cluster.annotate("prod/tls", {"kn-mirror.dev/copy-labels": None})

    assert copied.items() >= labels.items()
    assert not cluster.metadata("dev/tls")["labels"].keys() & labels.keys()


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_what_a_policy_puts_on_everything_stops_no_mirror(
    cluster: Cluster, workbench: Workbench, field: str
) -> None:
    """A policy that validates sees what others have made of the write."""
    added = f"JSONPatch{{op: 'add', path: '/metadata/{field}/cost-center', value: '42'}}"
    expression = f"has(object.metadata.{field}) ? [{added}] : []"
    with altered(workbench, "dev", expression):
        cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="dev"))
        cluster.change("prod/tls", key="two")

    assert cluster.data("dev/tls") == {"key": "two"}
    assert cluster.metadata("dev/tls")[field]["cost-center"] == "42"


def test_a_pull_mirror_of_a_mirror_is_filled_where_the_source_is_accepted(
    cluster: Cluster, function: Api
) -> None:
    """Which is the one at the end of the chain."""
    accept(cluster.workbench, function, "prod/tls,prod/any")
    cluster.write("prod/tls", {"key": "one"}, auto(reflection_auto_namespaces="stage"))

    cluster.write("dev/copy", {}, reflects("stage/tls"))

    assert cluster.data("dev/copy") == {"key": "one"}


def test_a_pull_mirror_is_not_filled_where_nothing_is_accepted(
    workbench: Workbench, compromised: Api
) -> None:
    refuse(workbench, compromised, "none")
    workbench.secret("dev", "copy", {"key": "own"}, annotations=reflects("prod/tls"))

    answer = write(compromised, "copy", {"data": {"key": "Zm9yZ2Vk"}})

    assert answer.status == 403
