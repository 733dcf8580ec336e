"""Hashes on mirrors tell nobody what a content is, and a new key makes nobody write: F14."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from mirroring.objects.content import Content
from mirroring.objects.hash_keys import NO_KEYS, HashKeys
from tests.e2e.invariants import TO_APPS, write
from tests.e2e.test_ticks import QUIET

if TYPE_CHECKING:
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

PIN: Final = "493817"
FORMER: Final = HashKeys({"2026-01": b"former key" * 4})
BOTH: Final = HashKeys({**FORMER.by_name, "2026-11": b"newest key" * 4})
NEWEST: Final = HashKeys({"2026-11": b"newest key" * 4})
ELSEWHERE: Final = HashKeys({"2025-01": b"some other key" * 4})
COPY: Final = "app-0/copy"


@pytest.fixture(autouse=True)
def mirrors(workbench: Workbench, handler: Handler, apps: list[str], kind: str) -> None:
    """A source with five mirrors, and a pull mirror that held a stub; not written yet."""
    assert apps
    workbench.namespace("kn-mirror")
    handler.full_resync_interval = 3600
    write(workbench, "prod/tls", PIN, kind, TO_APPS)
    write(workbench, COPY, "000000", kind, {names.REFLECTS: "prod/tls"})


def settle(handler: Handler, keys: HashKeys = NO_KEYS) -> None:
    """Let ticks come until nothing is left to do."""
    handler.hash_keys = keys
    for _ in range(3):
        handler.resync()


def tick(handler: Handler, keys: HashKeys | None = None) -> list[str]:
    """Let a tick come; return what it asked beyond what every tick asks, too."""
    handler.hash_keys = handler.hash_keys if keys is None else keys
    with handler.requests() as asked:
        handler.resync()
    left = list(asked)
    for each in QUIET:
        left.remove(each)
    return left


def writes(asked: list[str]) -> list[str]:
    return [each for each in asked if not each.startswith("GET ")]


def metadata(workbench: Workbench, kind: str, path: str) -> dict[str, Any]:
    namespace, name = path.split("/")
    found = workbench.get(kind, namespace, name)
    assert found is not None
    return dict(found["metadata"])


def noted(workbench: Workbench, kind: str, path: str) -> dict[str, str]:
    return dict(metadata(workbench, kind, path)["annotations"])


def hashes(workbench: Workbench, kind: str) -> list[str]:
    """Return the content hashes of all mirrors and of the pull mirror."""
    paths = [*(f"app-{number}/tls" for number in range(5)), COPY]
    return [noted(workbench, kind, path)[names.CONTENT_HASH] for path in paths]


def signers(workbench: Workbench, kind: str) -> set[str]:
    return {each.rpartition(":")[0].partition("-")[2] for each in hashes(workbench, kind)}


def guessed(kind: str, value: str) -> set[str]:
    """Return what somebody without the key takes for hashes of a value."""
    if kind == "Secret":
        fields = {"data": {"key": b64encode(value.encode()).decode()}}
        made = [Content(fields, "Opaque"), Content(fields)]
    else:
        fields = {"data": {"key": value}, "binaryData": {}}
        made = [Content(fields), Content({"data": {"key": value}})]
    asked = [json.dumps([each.hash, {}, {}], sort_keys=True) for each in made]
    return {
        *(each.hash.partition("-")[2] for each in made),
        # What a mirror that was put right notes of what was asked for.
        *(sha256(each.encode()).hexdigest()[:16] for each in asked),
    }


def shown(workbench: Workbench, kind: str) -> str:
    """Return all that anybody sees who sees metadata alone, the Lease of on-resync among it."""
    lease = workbench.api.request("GET", QUIET[0].removeprefix("GET ")).body["metadata"]
    paths = [*(f"app-{number}/tls" for number in range(5)), COPY]
    return json.dumps([lease, *(metadata(workbench, kind, path) for path in paths)])


def edit(workbench: Workbench, handler: Handler, kind: str) -> None:
    """Let somebody edit a mirror, and kn-mirror put it right."""
    field = "stringData" if kind == "Secret" else "data"
    workbench.patch(kind, "app-2", "tls", {field: {"key": "edited"}})
    handler.reconcile("app-2", "tls", kind)


def relabel(workbench: Workbench, kind: str, value: str) -> None:
    workbench.patch(kind, "prod", "tls", {"metadata": {"labels": {"team": value}}})


def test_without_a_key_who_sees_metadata_alone_finds_a_short_value(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """What docs/install.md says of clusters without Secret kn-mirror-content-hash."""
    settle(handler)
    edit(workbench, handler, kind)

    everything = shown(workbench, kind)
    assert sum(each in everything for each in guessed(kind, PIN)) == 2
    assert sum(each in everything for each in guessed(kind, "000000")) == 1


@pytest.mark.parametrize("before", [None, NO_KEYS], ids=["from the start", "later"])
def test_with_a_key_nobody_finds_it(
    workbench: Workbench, handler: Handler, kind: str, before: HashKeys | None
) -> None:
    """Neither the content of the source nor what the pull mirror held before it was filled."""
    if before:
        settle(handler, before)
        edit(workbench, handler, kind)
    relabel(workbench, kind, "shop")

    settle(handler, NEWEST)
    relabel(workbench, kind, "blue")
    settle(handler, NEWEST)

    everything = shown(workbench, kind)
    assert names.STUB_HASH in everything
    assert not any(each in everything for each in guessed(kind, PIN) | guessed(kind, "000000"))


def test_mirrors_of_one_source_have_one_hash_and_those_of_another_a_different_one(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    write(workbench, "prod/other", PIN, kind, TO_APPS)

    settle(handler, NEWEST)

    other = noted(workbench, kind, "app-0/other")[names.CONTENT_HASH]
    assert len({*hashes(workbench, kind)}) == 1
    assert other not in hashes(workbench, kind)


@pytest.mark.parametrize("before", [NO_KEYS, FORMER], ids=["no key", "another key"])
def test_a_new_key_signs_by_ticks_and_then_they_are_quiet(
    workbench: Workbench, handler: Handler, kind: str, before: HashKeys
) -> None:
    settle(handler, before)

    asked = [tick(handler, BOTH) for _ in range(3)]

    assert [len(writes(each)) for each in asked] == [6, 0, 0]
    assert asked[1:] == [[], []]
    assert signers(workbench, kind) == {"2026-11"}


def test_a_tick_signs_no_more_than_so_many(
    workbench: Workbench, handler: Handler, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mirroring.reconciling.mirroring.A_TICK", 4)
    settle(handler, FORMER)

    asked = [tick(handler, BOTH) for _ in range(3)]

    assert [len(writes(each)) for each in asked] == [4, 2, 0]
    assert signers(workbench, kind) == {"2026-11"}


def test_an_event_of_a_source_signs_nothing_anew_and_writes_nothing(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """By the key of before it is known that the content is the source's."""
    settle(handler, FORMER)
    relabel(workbench, kind, "shop")
    handler.hash_keys = BOTH

    with handler.requests() as asked:
        handler.reconcile("prod", "tls", kind)

    assert writes(asked) == []
    assert signers(workbench, kind) == {"2026-01"}


@pytest.mark.parametrize("before", [NO_KEYS, FORMER, ELSEWHERE], ids=["none", "known", "lost"])
def test_what_another_key_has_signed_is_renewed_when_its_source_is(
    workbench: Workbench, handler: Handler, kind: str, before: HashKeys
) -> None:
    settle(handler, before)
    handler.hash_keys = BOTH
    field = "stringData" if kind == "Secret" else "data"
    workbench.patch(kind, "prod", "tls", {field: {"key": "271828"}})

    handler.reconcile("prod", "tls", kind)

    values = {(workbench.data(f"app-{number}", "tls", kind) or {})["key"] for number in range(5)}
    assert values == {b"271828"}
    assert signers(workbench, kind) == {"2026-11"}


@pytest.mark.parametrize("is_relabelled", [False, True])
def test_of_a_key_that_is_lost_mirrors_are_written_once_at_most(
    workbench: Workbench, handler: Handler, kind: str, *, is_relabelled: bool
) -> None:
    settle(handler, ELSEWHERE)
    if is_relabelled:
        relabel(workbench, kind, "shop")

    asked = [tick(handler, NEWEST) for _ in range(3)]

    assert [len(writes(each)) for each in asked] == [6, 0, 0]
    assert asked[2] == []
    assert signers(workbench, kind) == {"2026-11"}


@pytest.mark.parametrize("keys", [NO_KEYS, NEWEST], ids=["no key", "a key"])
def test_a_source_whose_labels_change_is_read_by_one_tick_alone(
    workbench: Workbench, handler: Handler, kind: str, keys: HashKeys
) -> None:
    """Guards `signed_by` in `Memory.hash_of`."""
    settle(handler, keys)
    relabel(workbench, kind, "shop")

    asked = [tick(handler) for _ in range(3)]

    plural = "secrets" if kind == "Secret" else "configmaps"
    assert asked == [[f"GET /api/v1/namespaces/prod/{plural}/tls"], [], []]


def test_without_any_key_what_is_signed_stays_so(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """A pod that has not its keys undoes nothing."""
    settle(handler, NEWEST)

    assert tick(handler, NO_KEYS) == []
    assert signers(workbench, kind) == {"2026-11"}


def test_whoever_puts_the_hash_of_before_back_again_and_again_is_not_answered_for_ever(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    """Invariant 10."""
    settle(handler, FORMER)
    before = {names.CONTENT_HASH: hashes(workbench, kind)[0]}
    settle(handler, BOTH)

    answered = []
    for _ in range(8):
        workbench.patch(kind, "app-1", "tls", {"metadata": {"annotations": before}})
        answered.append(len(writes(tick(handler))))

    assert sum(answered) <= 5
    assert answered[-2:] == [0, 0]


def test_of_a_pull_mirror_only_the_hash_is_signed_anew_and_its_stub_is_known_still(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    settle(handler, NO_KEYS)
    settle(handler, NEWEST)
    stub = {"data": {"key": b64encode(b"000000").decode() if kind == "Secret" else "000000"}}
    workbench.patch(kind, "app-0", "copy", stub)

    handler.reconcile("app-0", "copy", kind)

    assert workbench.data("app-0", "copy", kind) == {"key": PIN.encode()}
    assert noted(workbench, kind, COPY)[names.REFLECTS] == "prod/tls"


def test_what_the_owner_of_a_pull_mirror_changed_stays_when_the_key_is_new(
    workbench: Workbench, handler: Handler, kind: str
) -> None:
    settle(handler, FORMER)
    own = {"data": {"key": b64encode(b"own").decode() if kind == "Secret" else "own"}}
    workbench.patch(kind, "app-0", "copy", own)
    handler.reconcile("app-0", "copy", kind)

    settle(handler, BOTH)

    assert workbench.data("app-0", "copy", kind) == {"key": b"own"}
