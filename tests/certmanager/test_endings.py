"""How the mirrors of a certificate end, and how they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirroring import names
from tests.lab.programs.catalogue import cert_manager
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from tests.certmanager.certificates import Certificate
    from tests.lab.clusters import Workbench

pytestmark = [pytest.mark.controlplane, pytest.mark.programs(cert_manager())]


def test_mirrors_go_when_the_permission_leaves_the_template(issued: Certificate) -> None:
    before = issued.held

    issued.change_template(annotations={names.ALLOWED: None})

    eventually(lambda: not issued.mirrors)
    eventually(lambda: names.ROLE not in issued.metadata["labels"])
    assert issued.held == before


def test_mirrors_stay_with_the_secret_when_the_certificate_goes(
    issued: Certificate, namespaces: set[str], workbench: Workbench
) -> None:
    issued.delete()

    workbench.namespace("team-new")
    eventually(lambda: issued.is_in({*namespaces, "team-new"}))
