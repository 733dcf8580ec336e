"""Renewals, and what else makes cert-manager write the Secret: what mirrors do then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring.names import ROLE, ROLE_SOURCE
from tests.certmanager.pairs import is_pair
from tests.lab.clusters import data_of
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.certmanager.certificates import Certificate
    from tests.certmanager.functions import Functions
    from tests.certmanager.journals import Journal
    from tests.lab.clusters import Workbench

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]


def test_mirrors_follow_a_renewal(issued: Certificate, namespaces: set[str]) -> None:
    before = issued.held

    after = issued.renew()

    eventually(lambda: issued.is_in(namespaces))
    assert before["tls.key"] != after["tls.key"]


def test_no_mirror_ever_holds_the_key_of_one_renewal_and_the_certificate_of_another(
    issued: Certificate, namespaces: set[str], journal: Journal
) -> None:
    issued.renew(times=5)
    eventually(lambda: issued.is_in(namespaces))

    mirrored = [data_of(state) for state in journal.mirrors(issued)]
    written = [data_of(state) for state in journal.sources(issued)]
    assert all(is_pair(each) for each in mirrored)
    assert [each for each in mirrored if each not in written] == []
    assert len(written) > 5


def test_no_mirror_is_written_that_holds_what_it_should(
    issued: Certificate, namespaces: set[str], journal: Journal
) -> None:
    issued.renew(times=2)
    eventually(lambda: issued.is_in(namespaces))

    assert journal.idle_writes(issued) == []


def test_what_mirrors_do_not_take_of_the_template_writes_none(
    issued: Certificate, namespaces: set[str], journal: Journal, mirroring: Functions
) -> None:
    before = issued.mirrors

    issued.change_template(labels={"team": "platform"})

    eventually(lambda: issued.metadata["labels"].get("team"))
    changes = len(journal.sources(issued))
    eventually(lambda: len(mirroring.handled(issued.namespace, issued.secret)) >= changes)
    assert mirroring.handled(issued.namespace, issued.secret)[-1]["unchanged"] == len(namespaces)
    assert issued.mirrors == before


def test_the_label_by_which_a_source_is_found_is_there_at_every_moment(
    issued: Certificate, journal: Journal
) -> None:
    """The API server sets it, by the policy `index`; cert-manager does not know it."""
    issued.renew(times=2)

    labels = [state["metadata"]["labels"] for state in journal.sources(issued)]
    assert {each.get(ROLE) for each in labels} == {ROLE_SOURCE}
    assert len(labels) > 2


def test_a_secret_that_is_deleted_by_hand_is_written_anew_and_mirrors_follow(
    issued: Certificate, namespaces: set[str], workbench: Workbench
) -> None:
    """Mostly with a new key; with the old one where cert-manager was about to write it again."""
    before = issued.metadata

    workbench.delete("Secret", issued.namespace, issued.secret)

    eventually(lambda: issued.held and issued.is_in(namespaces))
    assert issued.metadata["uid"] != before["uid"]
