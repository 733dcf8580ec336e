"""`make install LOAD=ctr` and `make uninstall`, from this checkout, on a node that has Knative."""

from __future__ import annotations

import re
import shlex
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.image.building import builder
from tests.lab.kubectl import find_kubectl
from tests.lab.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.node.machines import Machine

    Report = Callable[[str, object], None]

# Before kn-mirror comes there by other means.
pytestmark = pytest.mark.first_on_its_machine

# Of these there are others every moment, whoever does what.
_PASSING: Final = frozenset({"events", "events.events.k8s.io", "componentstatuses"})
_KNATIVES_OWN: Final = ("knative-eventing ", "knative-serving ", "kourier-system ")
_COLUMNS: Final = "NAMESPACE:.metadata.namespace,KIND:.kind,NAME:.metadata.name"


def there_is(node: Machine) -> set[str]:
    """Name every object of every kind, but for those in Knative's own namespaces."""
    listed = node.kubectl("api-resources", "--verbs=list", "--output=name").split()
    kinds = ",".join(sorted(set(listed) - _PASSING))
    columns = f"--output=custom-columns={_COLUMNS}"
    lines = node.kubectl("get", kinds, "--all-namespaces", "--no-headers", columns).splitlines()
    return {line for line in lines if not line.startswith(_KNATIVES_OWN)}


def test_from_a_checkout_to_proved_and_back_by_two_commands(
    knative_node: Machine, record_property: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Knative resolves tags as it does when nobody has told it otherwise."""
    monkeypatch.setenv("KUBECONFIG", str(knative_node.plane.kubeconfig))
    cluster = ("CONTEXT=tests", f"KUBECTL={find_kubectl()}")
    before = there_is(knative_node)

    with builder() as make:
        start = time.monotonic()
        ctr = f"CTR={shlex.join(knative_node.runtime.command)}"
        try:
            installed = make("install", *cluster, "LOAD=ctr", ctr)
            seconds = time.monotonic() - start
        finally:
            make("uninstall", *cluster)

    proof = re.search(r"Proved: .* in (\d+) ms, and its mirror was gone (\d+) ms after", installed)
    assert "Overlay default: the API server" in installed
    assert proof
    record_property("from a checkout to proved, by make install LOAD=ctr", f"{seconds:.0f} s")
    record_property("the mirror of the proof came after", f"{proof[1]} ms")
    record_property("and was gone after", f"{proof[2]} ms")

    eventually(lambda: there_is(knative_node) <= before, within=60, pause=1)
