"""The cluster of every scenario, with three namespaces that hold nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.clusters import Cluster
from tests.e2e.conftest import handler_of

if TYPE_CHECKING:
    from tests.lab.clusters import Workbench
    from tests.servers import Server


@pytest.fixture
def cluster(workbench: Workbench, server: Server) -> Cluster:
    """Namespaces `prod`, `dev` and `stage`, and kn-mirror at work."""
    found = Cluster(workbench, handler_of(server.kubeconfig))
    found.namespaces("prod", "dev", "stage")
    return found
