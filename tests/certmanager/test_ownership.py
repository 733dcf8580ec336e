"""What of cert-manager's is left alone, and what of a mirror's cert-manager leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import vocabulary
from tests.certmanager.certificates import PERMISSION
from tests.programs.catalogue import cert_manager
from tests.waiting import eventually

if TYPE_CHECKING:
    from tests.certmanager.certificates import Certificate
    from tests.certmanager.journals import Journal

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]

IN_THE_MAKING = "cert-manager.io/next-private-key"
EVERYTHING = {vocabulary.COPY_LABELS: "*", vocabulary.COPY_ANNOTATIONS: "*"}


def test_private_keys_in_the_making_are_neither_mirrored_nor_touched(
    issued: Certificate, journal: Journal
) -> None:
    """cert-manager keeps them in Secrets of names such as `wildcard-igresc-com-x7k2p`."""
    issued.renew(times=2)

    states = [state["metadata"] for state in journal.states()]
    own = [each for each in states if each["name"].startswith(issued.name)]
    keys = [each for each in own if IN_THE_MAKING in each.get("labels", {})]
    writers = {entry["manager"] for key in keys for entry in key["managedFields"]}
    assert len(keys) >= 3
    assert {key["namespace"] for key in keys} == {issued.namespace}
    assert writers == {"cert-manager-certificates-key-manager"}


def test_a_mirror_carries_nothing_of_cert_managers_though_it_is_to_have_all(
    certificate: Certificate, namespaces: set[str]
) -> None:
    """cert-manager would take it for the Secret of a Certificate in that namespace."""
    team = {"example.com/team": "platform"}
    certificate.issue(annotations=PERMISSION | EVERYTHING | team, labels=team)
    eventually(lambda: certificate.is_in(namespaces))

    mirrors = [each["metadata"] for each in certificate.mirrors.values()]
    names = {name for each in mirrors for name in (*each["labels"], *each["annotations"])}
    assert "example.com/team" in names
    assert [name for name in names if "cert-manager.io/" in name] == []
