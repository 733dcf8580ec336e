"""Consent: what Reflector never had reaches only namespaces whose owners name the source.

The source is the tenant's, in namespace team; kube-system is somebody else's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Consent, Limits
from mirroring.reporting.reports import Action
from tests.e2e.invariants import EVERYWHERE, values, write
from tests.lab.clusters import RefusedError, path_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

THEIRS: Final = "kube-dns"
TO_THEIRS: Final = EVERYWHERE | {names.ALLOWED_NAMESPACES: THEIRS}
REPOSITORY: Final = "argocd.argoproj.io/secret-type"
BY_SOURCES: Final = Limits(consent=Consent.SOURCES)


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench) -> None:
    for name in ("team", THEIRS):
        workbench.namespace(name)


def accept(workbench: Workbench, text: str | None) -> None:
    workbench.annotate("Namespace", "", THEIRS, {names.ACCEPT: text})


def write_source(
    workbench: Workbench,
    kind: str,
    *,
    labels: dict[str, str] | None = None,
    name: str = "tls",
    **wishes: str,
) -> None:
    """Write a source; wishes are annotations by the names they have in `names`."""
    asked = TO_THEIRS | {getattr(names, wish): value for wish, value in wishes.items()}
    # A controller may make one of that name at any time.
    with suppress(RefusedError):
        write(workbench, f"team/{name}", "one", kind, asked)
    workbench.annotate(kind, "team", name, asked)
    workbench.patch(kind, "team", name, {"metadata": {"labels": labels or {}}})


def renew(workbench: Workbench, kind: str) -> None:
    content = {"stringData": {"key": "two"}} if kind == "Secret" else {"data": {"key": "two"}}
    workbench.patch(kind, "team", "tls", content)


def mirrors(workbench: Workbench, kind: str) -> list[str]:
    return workbench.names(kind, labelSelector="kn-mirror.dev/role=mirror")


def labels(workbench: Workbench, kind: str, name: str = "tls") -> dict[str, Any]:
    """Return the labels of the mirror that are not kn-mirror's own."""
    found = workbench.get(kind, THEIRS, name)
    assert found is not None
    written = found["metadata"]["labels"].items()
    return {key: text for key, text in written if "kn-mirror" not in key and text != "kn-mirror"}


# Another name.


def test_no_mirror_of_another_name_is_made_where_nobody_said_so(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """F5: `coredns-custom` was there."""
    write_source(workbench, kind, NAME="coredns-custom")

    report = handler.reconcile("team", "tls", kind)
    handler.reconcile_namespace(THEIRS)
    handler.resync()

    assert mirrors(workbench, kind) == []
    [told] = report.outcomes
    assert told.because == (
        "kn-mirror.dev/name: heeded in namespaces only whose kn-mirror.dev/accept names team/tls, "
        "by KN_MIRROR_CONSENT"
    )


@pytest.mark.parametrize("text", ["team/tls", "team/*", "other/x, */tls"])
def test_one_is_made_where_the_namespaces_owner_names_the_source(
    workbench: Workbench, handler: Handler, kind: str, text: str
) -> None:
    accept(workbench, text)
    write_source(workbench, kind, NAME="coredns-custom")

    report = handler.reconcile("team", "tls", kind)

    assert mirrors(workbench, kind) == [f"{THEIRS}/coredns-custom"]
    assert report.counts() == {Action.CREATED: 1}


def test_one_is_made_everywhere_where_sources_alone_decide(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    handler.limits = BY_SOURCES
    write_source(workbench, kind, NAME="coredns-custom")

    handler.reconcile_namespace(THEIRS)
    first = mirrors(workbench, kind)
    handler.reconcile("team", "tls", kind)
    handler.resync()

    assert mirrors(workbench, kind) == [f"{THEIRS}/coredns-custom"]
    assert first in ([], mirrors(workbench, kind))


def test_one_that_was_there_before_anybody_was_asked_follows_its_source_until_it_is_deleted(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """An upgrade takes nothing away that is in use."""
    accept(workbench, "team/tls")
    write_source(workbench, kind, NAME="shared")
    handler.reconcile("team", "tls", kind)
    accept(workbench, None)
    renew(workbench, kind)

    handler.reconcile_namespace(THEIRS)
    handler.reconcile("team", "tls", kind)
    followed = workbench.data(THEIRS, "shared", kind)
    workbench.delete(kind, THEIRS, "shared")
    handler.reconcile_deletion(THEIRS, "shared", kind)
    handler.resync()

    assert followed == {"key": b"two"}
    assert mirrors(workbench, kind) == []


# Copies.


def test_a_mirror_is_made_without_the_copies_that_nobody_there_asked_for(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """F5: Argo CD would have taken its repositories from the tenant."""
    copied = {REPOSITORY: "repo-creds", "team": "shop"}
    write_source(workbench, kind, labels=copied, COPY_LABELS=f"{REPOSITORY}, team")

    report = handler.reconcile("team", "tls", kind)
    renew(workbench, kind)
    handler.reconcile("team", "tls", kind)
    handler.resync()

    assert mirrors(workbench, kind) == [f"{THEIRS}/tls"]
    assert labels(workbench, kind) == {}
    assert workbench.data(THEIRS, "tls", kind) == {"key": b"two"}
    [told] = [each.because for each in report.outcomes if each.action is Action.FAILED]
    assert told == (
        "kn-mirror.dev/copy-labels: heeded in namespaces only whose kn-mirror.dev/accept names "
        "team/tls, by KN_MIRROR_CONSENT"
    )


def test_copies_come_when_the_namespaces_owner_names_the_source(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    copied = {REPOSITORY: "repo-creds", "team": "shop"}
    write_source(workbench, kind, labels=copied, COPY_LABELS=f"{REPOSITORY}, team")
    handler.reconcile("team", "tls", kind)
    accept(workbench, "team/tls")

    handler.reconcile_namespace(THEIRS)

    assert labels(workbench, kind) == copied


def test_copies_that_were_there_before_anybody_was_asked_stay_and_no_others_come(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    accept(workbench, "team/tls")
    write_source(workbench, kind, labels={"team": "shop", "tier": "one"}, COPY_LABELS="team")
    handler.reconcile("team", "tls", kind)
    accept(workbench, None)
    workbench.patch(kind, "team", "tls", {"metadata": {"labels": {"team": "store"}}})
    workbench.annotate(kind, "team", "tls", {names.COPY_LABELS: "team, tier"})

    handler.reconcile("team", "tls", kind)

    assert labels(workbench, kind) == {"team": "store"}


@pytest.mark.parametrize("taken", [REPOSITORY, "owner", "meta.helm.sh/x", "x.fluxcd.io/y"])
def test_what_makes_an_object_some_tools_own_is_copied_by_no_source_alone(
    workbench: Workbench, handler: Handler, kind: str, taken: str
) -> None:
    """F5: Helm finds its releases by `owner`, whatever their type is."""
    handler.limits = BY_SOURCES
    written = {taken: "helm", "team": "shop"}
    write_source(workbench, kind, labels=written, COPY_LABELS=f"{taken}, *")

    report = handler.reconcile("team", "tls", kind)
    without = labels(workbench, kind)
    accept(workbench, "team/tls")
    handler.reconcile_namespace(THEIRS)

    assert without == {"team": "shop"}
    assert any(taken in each.because for each in report.outcomes)
    assert labels(workbench, kind) == written


def test_a_pull_mirror_takes_no_word_but_its_owners(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write_source(workbench, kind, NAME="coredns-custom", COPY_LABELS="team")
    handler.reconcile("team", "tls", kind)
    write(workbench, f"{THEIRS}/mine", "", kind, {names.REFLECTS: "team/tls"})

    handler.reconcile(THEIRS, "mine", kind)

    assert workbench.data(THEIRS, "mine", kind) == {"key": b"one"}


# Names that are kept.

KEPT = pytest.mark.parametrize(
    "name", ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"]
)


def remove(workbench: Workbench, namespace: str, name: str) -> None:
    """Delete a ConfigMap that a controller may have made."""
    workbench.api.request("DELETE", path_of("ConfigMap", namespace, name))


@KEPT
@pytest.mark.parametrize("own", ["tls", ""], ids=["by another name", "by its own"])
def test_no_config_map_that_each_namespace_has_is_a_mirror(
    workbench: Workbench, handler: Handler, name: str, own: str
) -> None:
    """F6."""
    remove(workbench, THEIRS, name)
    accept(workbench, "team/*")
    write_source(workbench, "ConfigMap", name=own or name, NAME=name)

    report = handler.reconcile("team", own or name, "ConfigMap")
    handler.reconcile_namespace(THEIRS)
    handler.resync()

    assert mirrors(workbench, "ConfigMap") == []
    assert any("keeps one in every namespace" in each.because for each in report.outcomes)


def test_no_mirror_is_what_kn_mirror_signs_with(workbench: Workbench, handler: Handler) -> None:
    """Every function mounts it in its own namespace."""
    write_source(workbench, "Secret", name="kn-mirror-content-hash")

    report = handler.reconcile("team", "kn-mirror-content-hash")
    handler.resync()

    assert mirrors(workbench, "Secret") == []
    assert any("kn-mirror signs hashes" in each.because for each in report.outcomes)


def test_a_secret_may_be_called_so(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, "Secret", name="kube-root-ca.crt")

    handler.reconcile("team", "kube-root-ca.crt")

    assert mirrors(workbench, "Secret") == [f"{THEIRS}/kube-root-ca.crt"]


def test_one_that_was_made_before_is_withdrawn(workbench: Workbench, handler: Handler) -> None:
    """Who keeps it makes its own again."""
    write_source(workbench, "ConfigMap", NAME="istio-ca-root-cert")
    record = {names.REFLECTS: "team/tls", names.AUTO_REFLECTS: "True"}
    placed = {names.PLACE: f"ConfigMap/{THEIRS}/istio-ca-root-cert"}
    write(workbench, f"{THEIRS}/istio-ca-root-cert", "evil", "ConfigMap", record | placed)

    handler.reconcile("team", "tls", "ConfigMap")

    assert workbench.get("ConfigMap", THEIRS, "istio-ca-root-cert") is None


def test_no_pull_mirror_of_that_name_is_filled(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, "ConfigMap")
    pulled = {names.REFLECTS: "team/tls"}
    write(workbench, f"{THEIRS}/istio-ca-root-cert", "", "ConfigMap", pulled)

    report = handler.reconcile(THEIRS, "istio-ca-root-cert", "ConfigMap")

    assert report.counts()[Action.REFUSED] == 1
    assert workbench.data(THEIRS, "istio-ca-root-cert", "ConfigMap") == {"key": b""}


# Reserved namespaces.

RESERVED: Final = Limits(consent=Consent.SOURCES, reserved=Globs.parse(f"{THEIRS}, other-*"))


def test_a_reserved_namespace_takes_no_new_mirror_and_nothing_is_asked_for_or_told(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Overlay `hardened` refused it four times a source, and told its owner."""
    handler.limits, handler.full_resync_interval = RESERVED, 3600
    workbench.namespace("kn-mirror")
    write_source(workbench, kind)

    report = handler.reconcile("team", "tls", kind)
    handler.reconcile_namespace(THEIRS)
    handler.resync()
    with handler.requests() as asked:
        second = handler.resync()

    assert mirrors(workbench, kind) == []
    assert [*report.outcomes, *second.outcomes] == []
    assert len(asked) == 5


def test_it_takes_those_of_sources_that_it_accepts(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    handler.limits = RESERVED
    write_source(workbench, kind)
    accept(workbench, "team/*")

    handler.reconcile("team", "tls", kind)

    assert mirrors(workbench, kind) == [f"{THEIRS}/tls"]


def test_a_mirror_that_was_there_before_its_namespace_was_reserved_follows_its_source(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write_source(workbench, kind)
    handler.reconcile("team", "tls", kind)
    handler.limits = RESERVED
    renew(workbench, kind)

    handler.reconcile("team", "tls", kind)
    handler.resync()

    assert values(workbench, [THEIRS], kind) == [b"two"]
