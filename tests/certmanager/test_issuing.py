"""From a Certificate to the same Secret in every namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.certmanager.certificates import HOST
from tests.certmanager.pairs import greet, is_pair
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.certmanager.authorities import Authority
    from tests.certmanager.certificates import Certificate
    from tests.lab.clusters import Workbench

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]


def test_a_certificate_is_in_every_namespace_once_it_is_issued(
    certificate: Certificate, namespaces: set[str]
) -> None:
    issued = certificate.issue()

    eventually(lambda: certificate.is_in(namespaces))
    assert is_pair(issued)


def test_a_namespace_made_later_has_it_too(
    certificate: Certificate, namespaces: set[str], workbench: Workbench
) -> None:
    certificate.issue()

    workbench.namespace("team-new")

    eventually(lambda: certificate.is_in({*namespaces, "team-new"}))


def test_a_server_with_a_mirror_is_believed_by_who_trusts_the_authority(
    certificate: Certificate, namespaces: set[str], authority: Authority
) -> None:
    authority.announce()
    authority.open()
    certificate.issue(issuer=authority.name)
    eventually(lambda: certificate.is_in(namespaces))

    held = certificate.mirrored_to("team-one")

    assert greet(held, HOST, trusting=held["ca.crt"]) == "TLSv1.3"


def test_mirrors_take_a_temporary_certificate_and_then_the_one_that_was_asked_for(
    certificate: Certificate, namespaces: set[str], authority: Authority
) -> None:
    """The temporary one has no `ca.crt`, as those of a public authority have none for good."""
    authority.announce()
    certificate.request(issuer=authority.name, temporary=True)
    eventually(lambda: certificate.mirrors and certificate.is_in(namespaces))
    temporary = certificate.mirrored_to("team-one")

    authority.open()

    eventually(lambda: "ca.crt" in certificate.held and certificate.is_in(namespaces))
    assert is_pair(temporary)
    assert set(temporary) == {"tls.crt", "tls.key"}
