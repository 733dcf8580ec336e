"""What owners may ask for beyond Reflector, each on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

TO_DEV = {
    names.ALLOWED: "true",
    names.AUTO_ENABLED: "true",
    names.AUTO_NAMESPACES: "dev",
}


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench) -> None:
    workbench.namespace("prod")
    workbench.namespace("dev")
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: "prod/tls"})


def write_source(
    workbench: Workbench, *, labels: dict[str, str] | None = None, **wishes: str
) -> None:
    """Write prod/tls; wishes are annotations by the names they have in `names`."""
    asked = {getattr(names, name): value for name, value in wishes.items()}
    data = {"tls.crt": "cert", "tls.key": "key"}
    workbench.secret("prod", "tls", data, annotations=TO_DEV | asked, labels=labels)


def mirror(workbench: Workbench) -> dict[str, Any]:
    found = workbench.get("Secret", "dev", "tls")
    assert found is not None
    return found


def test_a_mirror_has_the_keys_that_its_source_names(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, KEYS="tls.crt=cert.pem")

    handler.reconcile("prod", "tls")

    assert workbench.data("dev", "tls") == {"cert.pem": b"cert"}


def test_a_mirror_follows_when_other_keys_are_named(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, KEYS="tls.crt")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.KEYS: "tls.key"})

    handler.reconcile("prod", "tls")

    assert workbench.data("dev", "tls") == {"tls.key": b"key"}


def test_a_key_that_is_not_there_is_told_and_mirrors_stay(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench)
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.KEYS: "ca.crt"})

    report = handler.reconcile("prod", "tls")

    assert [each.because for each in report.outcomes] == [
        "kn-mirror.dev/keys names 'ca.crt', which it does not hold"
    ]
    assert workbench.data("dev", "tls") == {"tls.crt": b"cert", "tls.key": b"key"}


def test_mirrors_are_called_as_their_source_asks(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, NAME="wildcard")

    handler.reconcile("prod", "tls")

    assert workbench.names("Secret", labelSelector="kn-mirror.dev/role=mirror") == ["dev/wildcard"]


def test_mirrors_of_another_name_follow_their_source(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, NAME="wildcard", KEYS="tls.crt")
    handler.reconcile("prod", "tls")
    workbench.patch("Secret", "prod", "tls", {"stringData": {"tls.crt": "new"}})

    handler.reconcile("prod", "tls")

    assert workbench.data("dev", "wildcard") == {"tls.crt": b"new"}


@pytest.mark.parametrize("event", ["source", "namespace", "tick"])
def test_mirrors_take_another_name_with_their_source(
    workbench: Workbench, handler: Handler, event: str
) -> None:
    write_source(workbench, NAME="first")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.NAME: "second"})

    if event == "source":
        handler.reconcile("prod", "tls")
    elif event == "namespace":
        handler.reconcile_namespace("dev")
    else:
        handler.resync()

    assert workbench.names("Secret", labelSelector="kn-mirror.dev/role=mirror") == ["dev/second"]


def test_mirrors_of_another_name_take_their_sources_by_the_next_tick(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, NAME="first")
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "prod", "tls", {names.NAME: None})

    handler.reconcile("prod", "tls")
    handler.resync()

    assert workbench.names("Secret", labelSelector="kn-mirror.dev/role=mirror") == ["dev/tls"]


def test_a_mirror_of_another_name_is_made_again_and_repaired(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, NAME="wildcard", KEYS="tls.crt")
    handler.reconcile("prod", "tls")

    workbench.delete("Secret", "dev", "wildcard")
    handler.reconcile("dev", "wildcard")
    workbench.patch("Secret", "dev", "wildcard", {"stringData": {"tls.crt": "edited"}})
    handler.reconcile("dev", "wildcard")

    assert workbench.data("dev", "wildcard") == {"tls.crt": b"cert"}


def test_mirrors_of_another_name_go_with_their_source(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, NAME="wildcard")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "prod", "tls")

    handler.reconcile("prod", "tls")

    assert workbench.get("Secret", "dev", "wildcard") is None


def test_a_users_own_object_of_the_other_name_is_left_alone(
    workbench: Workbench, handler: Handler
) -> None:
    workbench.secret("dev", "wildcard", {"own": "stays"})
    write_source(workbench, NAME="wildcard")

    report = handler.reconcile("prod", "tls")

    assert report.counts()[Action.CONFLICT] == 1
    assert workbench.data("dev", "wildcard") == {"own": b"stays"}


def test_a_name_that_is_none_is_told(workbench: Workbench, handler: Handler) -> None:
    write_source(workbench, NAME="No Name")

    report = handler.reconcile("prod", "tls")

    assert [each.because for each in report.outcomes] == [
        "kn-mirror.dev/name: 'No Name' is not the name of a Secret"
    ]


def test_labels_and_annotations_are_copied_on_request(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, labels={"team": "a", "tier": "b"}, COPY_LABELS="team")

    handler.reconcile("prod", "tls")

    labels = mirror(workbench)["metadata"]["labels"]
    assert labels["team"] == "a"
    assert "tier" not in labels


def test_a_copied_label_that_leaves_the_source_leaves_the_mirror_and_no_other_does(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, labels={"team": "a"}, COPY_LABELS="*")
    handler.reconcile("prod", "tls")
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": {"theirs": "stays"}}})
    workbench.patch("Secret", "prod", "tls", {"metadata": {"labels": {"team": None}}})

    handler.reconcile("prod", "tls")

    labels = mirror(workbench)["metadata"]["labels"]
    assert "team" not in labels
    assert labels["theirs"] == "stays"


def test_nothing_is_written_when_the_copies_are_right(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, labels={"team": "a"}, COPY_LABELS="team", COPY_ANNOTATIONS="*")
    handler.reconcile("prod", "tls")
    before = mirror(workbench)

    handler.reconcile("prod", "tls")

    assert mirror(workbench) == before


def test_a_deleted_mirror_stays_deleted_where_the_source_asks_for_that(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, RECREATE="false")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "dev", "tls")

    handler.reconcile("dev", "tls")
    handler.resync()

    assert workbench.get("Secret", "dev", "tls") is None


def test_a_deleted_mirror_comes_back_with_the_next_change_of_its_source(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, RECREATE="false")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "dev", "tls")
    workbench.patch("Secret", "prod", "tls", {"stringData": {"tls.crt": "new"}})

    handler.reconcile("prod", "tls")

    assert workbench.data("dev", "tls") == {"tls.crt": b"new", "tls.key": b"key"}


def test_an_edited_mirror_stays_edited_where_the_source_asks_for_that(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench, REPAIR="false")
    handler.reconcile("prod", "tls")
    workbench.patch("Secret", "dev", "tls", {"stringData": {"tls.key": "edited"}})

    handler.reconcile("dev", "tls")
    handler.resync()

    assert workbench.data("dev", "tls") == {"tls.crt": b"cert", "tls.key": b"edited"}


@pytest.mark.parametrize(
    ("accepted", "created"),
    [("none", 0), ("", 0), ("other/*", 0), ("prod/*", 1), ("other/tls, prod/tls", 1)],
)
def test_a_namespace_takes_the_mirrors_that_it_accepts(
    workbench: Workbench, handler: Handler, accepted: str, created: int
) -> None:
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: accepted})
    write_source(workbench)

    report = handler.reconcile("prod", "tls")

    assert report.counts()[Action.CREATED] == created


def test_a_namespace_that_accepts_no_more_loses_its_mirror(
    workbench: Workbench, handler: Handler
) -> None:
    write_source(workbench)
    handler.reconcile("prod", "tls")
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: "none"})

    handler.reconcile_namespace("dev")

    assert workbench.get("Secret", "dev", "tls") is None
