"""Invariant 5: what tools keep of a whole object leaves with no copy of its annotations.

R13: `elastic/cloud-on-k8s#9686` is a copy that was restricted to one key, and an annotation of it
that held the whole object.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from mirroring import names
from mirroring.reporting.reports import Action

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

KEY = "the private key of prod"
CA = "the certificate of all"
TO_DEV = {names.ALLOWED: "true", names.AUTO_ENABLED: "true", names.AUTO_NAMESPACES: "dev"}
SOME = TO_DEV | {names.KEYS: "ca.crt", names.COPY_ANNOTATIONS: "*"}
KINDS = ["Secret", "ConfigMap"]
SOURCE = "GET /api/v1/namespaces/prod/{}/tls"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WHOLE = json.dumps({"kind": "Secret", "data": {"tls.key": encoded(KEY)}})
KEPT = dict.fromkeys(
    [
        "banzaicloud.com/last-applied",
        "kapp.k14s.io/original",
        "kopf.zalando.org/last-handled-configuration",
        "kubectl.kubernetes.io/last-applied-configuration",
        "metacontroller.k8s.io/last-applied-configuration",
        "objectset.rio.cattle.io/applied",
    ],
    # Some of them pack what they keep.
    "H4sIAAAAAAAAA6tWSkksSVSyUqhWKkgsLi7PL0pRslJKMsqucAMKKNXWAgBRJHgEHwAAAA==",
)
UNKNOWN = {
    "example.com/as-it-was": WHOLE,
    "example.com/packed": KEPT["kapp.k14s.io/original"],
    "example.com/long": "x" * 1025,
    "example.com/text": f"it is {KEY}",
    "example.com/encoded": encoded(KEY),
}
PLAIN = {"example.com/team": "the team of the shop"}


@pytest.fixture(autouse=True)
def namespaces(workbench: Workbench) -> None:
    for name in ("kn-mirror", "prod", "dev"):
        workbench.namespace(name)
    workbench.annotate("Namespace", "", "dev", {names.ACCEPT: "prod/tls"})


def write(workbench: Workbench, kind: str, annotations: dict[str, str]) -> None:
    create = workbench.secret if kind == "Secret" else workbench.config_map
    create("prod", "tls", {"ca.crt": CA, "tls.key": KEY}, annotations=annotations)


def copied(workbench: Workbench, kind: str) -> dict[str, str]:
    """The annotations of the mirror, but for kn-mirror's own."""
    found = workbench.get(kind, "dev", "tls")
    assert found
    own = (names.REFLECTOR, "kn-mirror.dev/")
    annotations = found["metadata"]["annotations"].items()
    return {name: value for name, value in annotations if not name.startswith(own)}


@pytest.mark.parametrize("kind", KINDS)
def test_by_a_pattern_a_key_that_is_left_out_leaves_in_no_annotation(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write(workbench, kind, SOME | KEPT | UNKNOWN | PLAIN)

    handler.reconcile("prod", "tls", kind)

    assert workbench.data("dev", "tls", kind) == {"ca.crt": CA.encode()}
    assert copied(workbench, kind) == PLAIN


def test_by_their_full_names_neither_and_the_owner_is_told(
    workbench: Workbench, handler: Handler
) -> None:
    """Guards `holding(named, …)`, and `holds_object` in `_is_never_copied`."""
    asked = {names.COPY_ANNOTATIONS: ",".join([*KEPT, *UNKNOWN, *PLAIN])}
    write(workbench, "Secret", SOME | asked | KEPT | UNKNOWN | PLAIN)

    report = handler.reconcile("prod", "tls")

    packed_and_long = {"example.com/packed", "example.com/long"}
    assert copied(workbench, "Secret").keys() == {*packed_and_long, *PLAIN}
    told = "\n".join(each.because for each in report.outcomes if each.action is Action.FAILED)
    assert "'example.com/encoded' holds what kn-mirror.dev/keys leaves out" in told
    assert "names 'kapp.k14s.io/original', which is never copied" in told


def test_what_left_before_is_taken_back(workbench: Workbench, handler: Handler) -> None:
    """As a mirror that an earlier version wrote: its note says that it has the annotation."""
    write(workbench, "Secret", SOME | KEPT | PLAIN)
    handler.reconcile("prod", "tls")
    leaked = {"kapp.k14s.io/original": WHOLE}
    note = {"labels": [], "annotations": sorted([*leaked, *PLAIN])}
    workbench.annotate("Secret", "dev", "tls", leaked | {names.COPIED: json.dumps(note)})

    handler.resync()

    assert copied(workbench, "Secret") == PLAIN


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_back_costs_a_tick_nothing(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Guards `withheld is None` in `copies_differ`: the source need not be read to see it."""
    write(workbench, kind, SOME | UNKNOWN | PLAIN)
    handler.full_resync_interval = 3600
    handler.resync()

    with handler.requests() as asked:
        report = handler.resync()

    assert len(asked) == 5
    assert report.differences == 0


def test_a_copy_that_somebody_took_off_the_mirror_is_back(
    workbench: Workbench, handler: Handler
) -> None:
    write(workbench, "Secret", SOME | UNKNOWN | PLAIN)
    handler.reconcile("prod", "tls")
    workbench.annotate("Secret", "dev", "tls", dict.fromkeys(PLAIN))

    handler.reconcile("dev", "tls")

    assert copied(workbench, "Secret") == PLAIN


def test_what_came_to_hold_a_value_is_held_back_then(
    workbench: Workbench, handler: Handler
) -> None:
    write(workbench, "Secret", SOME | PLAIN)
    handler.reconcile("prod", "tls")

    workbench.annotate("Secret", "prod", "tls", {"example.com/team": f"has {KEY}"})
    handler.reconcile("prod", "tls")

    assert copied(workbench, "Secret") == {}
