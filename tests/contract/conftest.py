"""What every test of the contract begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api import Api
    from tests.clusters import Workbench

SECRETS = "/api/v1/namespaces/dev/secrets"


@pytest.fixture
def api(workbench: Workbench) -> Api:
    """The API server, with a namespace `dev` in it."""
    workbench.namespace("dev")
    return workbench.api
