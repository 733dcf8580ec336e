"""What of cert-manager's is left alone, and what of a mirror's cert-manager leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.certmanager.certificates import PERMISSION, Certificate
from tests.lab.clusters import data_of
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.certmanager.functions import Functions
    from tests.certmanager.journals import Journal
    from tests.lab.clusters import Workbench

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]

IN_THE_MAKING = "cert-manager.io/next-private-key"
EVERYTHING = {names.COPY_LABELS: "*", names.COPY_ANNOTATIONS: "*"}


def test_private_keys_in_the_making_are_neither_mirrored_nor_touched(
    issued: Certificate, journal: Journal
) -> None:
    """cert-manager keeps them in Secrets of names such as `wildcard-igresc-com-x7k2p`."""
    issued.renew(times=2)

    states = [state["metadata"] for state in journal.states()]
    own = [each for each in states if each["name"].startswith(issued.name)]
    keys = [each for each in own if IN_THE_MAKING in each.get("labels", {})]
    writers = {entry["manager"] for key in keys for entry in key["managedFields"]}
    # Of three issues: it may use one for a further one that is asked for at once.
    assert len(keys) >= 2
    assert {key["namespace"] for key in keys} == {issued.namespace}
    assert writers == {"cert-manager-certificates-key-manager"}


def test_a_mirror_carries_nothing_of_cert_managers_though_it_is_to_have_all(
    certificate: Certificate, namespaces: set[str], workbench: Workbench
) -> None:
    """cert-manager would take it for the Secret of a Certificate in that namespace."""
    workbench.annotate("Namespace", "", "team-one", {names.ACCEPT: "cert-manager/*"})
    team = {"example.com/team": "platform"}
    certificate.issue(annotations=PERMISSION | EVERYTHING | team, labels=team)
    eventually(lambda: certificate.is_in(namespaces))

    mirrors = [each["metadata"] for each in certificate.mirrors.values()]
    carried = {name for each in mirrors for name in (*each["labels"], *each["annotations"])}
    assert "example.com/team" in carried
    assert [name for name in carried if "cert-manager.io/" in name] == []


@pytest.fixture
def taken(issued: Certificate, workbench: Workbench) -> Iterator[Certificate]:
    """A team's own Certificate, whose Secret has the name that the mirror had before it."""
    found = Certificate(workbench, issued.name, namespace="team-one")
    found.issue(annotations={})
    yield found
    give_up(found)


def give_up(certificate: Certificate) -> None:
    """Delete a Certificate and its Secret; until it has noticed, cert-manager may write that."""
    certificate.delete()
    eventually(lambda: is_given_up(certificate))


def is_given_up(certificate: Certificate) -> bool:
    """Delete its Secret if cert-manager has written it, and return whether it had not."""
    return not is_of_a_certificate(certificate) or certificate.delete_secret()


def is_of_a_certificate(certificate: Certificate) -> bool:
    """Whether cert-manager wrote what has the name of its Secret."""
    return names.CERTIFICATE in certificate.metadata.get("annotations", {})


def test_a_mirror_that_cert_manager_takes_for_a_certificate_is_left_to_it(
    taken: Certificate, issued: Certificate, journal: Journal, mirroring: Functions
) -> None:
    """Else each would undo what the other writes, with a new certificate every time."""
    issued.renew(times=2)
    eventually(lambda: issued.mirrored_to("team-two") == issued.held)

    written = [data_of(state) for state in journal.sources(issued)]
    states = journal.sources(taken)
    own = [s for s in states if names.CERTIFICATE in s["metadata"]["annotations"]]
    assert own
    assert [each for each in map(data_of, own) if each in written] == []
    eventually(lambda: mirroring.handled(issued.namespace, issued.secret)[-1]["conflicts"] == 1)


def test_a_mirror_is_back_when_the_certificate_that_took_it_and_its_secret_are_gone(
    taken: Certificate, issued: Certificate, namespaces: set[str]
) -> None:
    taken.delete()

    eventually(lambda: is_given_up(taken) and issued.is_in(namespaces), within=60)
