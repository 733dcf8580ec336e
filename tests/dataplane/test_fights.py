"""Invariant 10 with real events: whoever else answers every write, kn-mirror's writes end.

Others answer from a watch of their own, in the moment in which they see a change. Nothing here
waits for a tick. Both kinds are fought over at once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from mirroring import names
from tests.changes import TO_APPS
from tests.dataplane.opponents import copy, reacting, write
from tests.knative.installations import USERS
from tests.lab.clusters import data_of, encode, path_of
from tests.lab.controlplane import requests_seen
from tests.lab.waiting import eventually
from tests.policies import altered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dataplane.installations import Installation
    from tests.dataplane.opponents import Body
    from tests.lab.clusters import Workbench

    Report = Callable[[str, object], None]

KINDS: Final = {"Secret": "secrets", "ConfigMap": "configmaps"}
FOUGHT: Final = "app-0"
# The last are a copier's.
CONTESTED: Final = (FOUGHT, "app-3", "clones")
SPARED: Final = ("app-1", "app-2")
MOST: Final = 10
CLEARED: Final = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
FOREIGN: Final = {"Secret": "data", "ConfigMap": "binaryData"}
UNNOTED: Final = {names.CONTENT_HASH: None}
OWNER: Final = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "name": "tls",
    "uid": "4f1a",
    "controller": True,
}
# By CEL, each of the mirrors that are called so.
ALTERATIONS: Final = {
    "adds": "[JSONPatch{op: 'add', path: '/data/more', value: 'eA=='}]",
    "changes": "[JSONPatch{op: 'add', path: '/data/key', value: 'eA=='}]",
    "takes": (
        "has(object.metadata.labels) && 'kn-mirror.dev/source' in object.metadata.labels"
        " ? [JSONPatch{op: 'remove', path: '/metadata/labels/kn-mirror.dev~1source'}] : []"
    ),
}


@dataclass(frozen=True)
class Ground:
    """Where it is fought: sources of both kinds in prod, their mirrors in four namespaces."""

    installation: Installation
    workbench: Workbench

    def source(self, name: str = "tls") -> None:
        """Make a source of each kind, and wait for all of its mirrors."""
        self.workbench.secret("prod", name, {"key": "one"}, annotations=TO_APPS)
        self.workbench.config_map("prod", name, {"key": "one"}, annotations=TO_APPS)
        for kind in KINDS:
            eventually(partial(self._is_mirrored, kind, name))

    def renew(self, value: str) -> None:
        """Renew both sources, and wait until the mirrors that are spared follow."""
        for kind in KINDS:
            self.workbench.patch(kind, "prod", "tls", of(kind, {"key": value}))
        eventually(lambda: self.spared() == [{"key": value.encode()}] * 4)

    def edit(self, change: Callable[[str], object], name: str = "tls") -> None:
        """Change what is fought over, once, of one's own accord."""
        for kind in KINDS:
            found = {"kind": kind, "metadata": {"namespace": FOUGHT, "name": name}}
            write(self.workbench, found, change(kind), by="somebody")

    @contextmanager
    def written(self) -> Iterator[Counter[str]]:
        """Count how often kn-mirror writes each object that is not spared, until all rests."""
        counted: Counter[str] = Counter()
        kinds = KINDS.values()
        with requests_seen(self.installation.plane, *USERS) as seen:
            yield counted
            self._settle()
        counted.update(
            f"{each.resource} {each.namespace}/{each.name}"
            for each in seen.writes
            if each.namespace in CONTESTED and each.resource in kinds and each.status < 400
        )
        del counted[f"secrets {FOUGHT}/beacon"], counted["secrets app-3/beacon"]

    @contextmanager
    def answered(self, react: Callable[[Body], None]) -> Iterator[None]:
        """Let somebody answer whatever changes of either kind."""
        with ExitStack() as stack:
            for kind in KINDS:
                stack.enter_context(reacting(self.workbench, kind, react))
            yield

    def data(self, namespace: str, name: str = "tls") -> list[dict[str, bytes] | None]:
        """What the objects of both kinds hold."""
        return [self.workbench.data(namespace, name, kind) for kind in KINDS]

    def spared(self, name: str = "tls") -> list[dict[str, bytes] | None]:
        """What the mirrors hold that nobody else is concerned with."""
        return [data for namespace in SPARED for data in self.data(namespace, name)]

    def told(self) -> list[str]:
        """The first sentences of Kubernetes Events of conflicts, sorted."""
        events = self.workbench.api.request("GET", "/api/v1/namespaces/prod/events").body["items"]
        conflicts = [each["message"] for each in events if each["reason"] == "MirrorConflict"]
        return sorted(message.partition(". ")[0] for message in conflicts)

    def _settle(self) -> None:
        """Come to rest, and see that nothing moves though events still come and are followed."""
        self.installation.rest()
        before = self._versions()
        self.workbench.secret("prod", "beacon", {}, annotations=TO_APPS)
        eventually(partial(self._is_mirrored, "Secret", "beacon"))
        assert self._versions() == before

    def _versions(self) -> dict[str, str]:
        found = [each["metadata"] for kind in KINDS for each in self.workbench.objects(kind)]
        return {each["uid"]: each["resourceVersion"] for each in found if each["name"] != "beacon"}

    def _is_mirrored(self, kind: str, name: str) -> bool:
        return all(self.workbench.get(kind, each, name) for each in (FOUGHT, "app-3", *SPARED))


@pytest.fixture
def ground(installation: Installation, workbench: Workbench) -> Iterator[Ground]:
    """Have the namespaces, and leave none that its source could not take back."""
    for name in ("prod", *CONTESTED, *SPARED):
        workbench.namespace(name)
    yield Ground(installation, workbench)
    for namespace in ("prod", *CONTESTED, *SPARED):
        for kind in KINDS:
            workbench.api.request("DELETE", path_of(kind, namespace))


def of(kind: str, content: dict[str, str]) -> dict[str, Any]:
    """Write content as a kind does."""
    is_secret = kind == "Secret"
    return {"data": {key: encode(value) if is_secret else value for key, value in content.items()}}


def is_fought_over(found: Body) -> bool:
    """Whether it is the mirror, and still there."""
    metadata = found["metadata"]
    return bool((metadata["namespace"], metadata["name"]) == (FOUGHT, "tls"))


def told_of(kind: str, said: str, name: str = "tls") -> str:
    """How an Event begins that says something of a mirror that is fought over."""
    return f"{kind} {FOUGHT}/{name} {said}"


class Fights:
    """What is so in every overlay."""

    def test_an_operator_that_takes_a_mirror_over_has_it(
        self, ground: Ground, record_property: Report
    ) -> None:
        """R07: as an ExternalSecret does, which keeps its own content there."""
        ground.source()

        def owned(kind: str) -> Body:
            return {"metadata": {"ownerReferences": [OWNER]}, **of(kind, {"key": "theirs"})}

        def insist(found: Body) -> None:
            if is_fought_over(found) and data_of(found) != {"key": b"theirs"}:
                write(ground.workbench, found, owned(found["kind"]), by="external-secrets")

        with ground.answered(insist), ground.written() as written:
            ground.edit(owned)
            for value in ("two", "three"):
                ground.renew(value)

        record_property("writes of what an operator took over", dict(written))
        assert max(written.values(), default=0) <= MOST
        assert ground.data(FOUGHT) == [{"key": b"theirs"}] * 2
        assert ground.spared() == [{"key": b"three"}] * 4
        assert ground.told() == [
            told_of("ConfigMap", "is not a mirror of prod/tls"),
            told_of("Secret", "is not a mirror of prod/tls"),
        ]

    def test_whoever_insists_without_a_word_of_owning_it_is_named_and_left_alone(
        self, ground: Ground, record_property: Report
    ) -> None:
        """R07: a controller that answers every write of a mirror with its own."""
        ground.source()

        def insist(found: Body) -> None:
            if is_fought_over(found) and data_of(found) != {"key": b"theirs"}:
                theirs = of(found["kind"], {"key": "theirs"})
                write(ground.workbench, found, theirs, by="their-operator")

        with ground.answered(insist), ground.written() as written:
            ground.edit(lambda kind: of(kind, {"key": "somebody's"}))

        record_property("writes against a controller that insists", dict(written))
        assert min(written.values(), default=0) >= 1
        assert max(written.values()) <= MOST
        assert ground.data(FOUGHT) == [{"key": b"theirs"}] * 2
        assert ground.spared() == [{"key": b"one"}] * 4
        said = "does not stay as it was put right: their-operator changes it"
        assert ground.told() == [told_of("ConfigMap", said), told_of("Secret", said)]

    def test_what_a_copier_keeps_of_a_mirror_is_its_own(
        self, ground: Ground, record_property: Report
    ) -> None:
        """R10: clones with all annotations and labels; one is where another mirror was."""
        ground.source()
        places = [("clones", "tls"), (FOUGHT, "clone"), ("app-3", "tls")]
        clones = [[{"key": b"three"}] * 2] * 3

        def clone(found: Body) -> None:
            if not is_concerned(found):
                return
            origin = ground.workbench.get(found["kind"], FOUGHT, "tls")
            for namespace, name in places:
                if origin is None:
                    return
                copy(ground.workbench, origin, namespace, name, by="kyverno")

        def is_concerned(found: Body) -> bool:
            metadata = found["metadata"]
            return (metadata["namespace"], metadata["name"]) in [(FOUGHT, "tls"), *places]

        with ground.answered(clone), ground.written() as written:
            ground.edit(lambda _: {"metadata": {"annotations": {"seen": "by somebody"}}})
            for value in ("two", "three"):
                ground.renew(value)
            eventually(lambda: [ground.data(*place) for place in places] == clones)
            for kind in KINDS:
                ground.workbench.delete(kind, "prod", "tls")

        record_property("writes where a copier keeps clones", dict(written))
        assert max(written.values()) <= MOST
        assert [ground.data(*place) for place in places] == clones
        assert [ground.data(each) for each in (FOUGHT, *SPARED)] == [[None] * 2] * 3
        assert ground.told() == [
            f"{kind} app-3/tls is not a mirror of prod/tls" for kind in ("ConfigMap", "Secret")
        ]

    def test_what_a_policy_alters_in_every_write_is_told_and_not_fought(
        self, ground: Ground, record_property: Report
    ) -> None:
        """R11: a key more, another value, and no label by which a mirror is found."""
        chosen = " : ".join(
            f"object.metadata.name == '{name}' ? ({change})" for name, change in ALTERATIONS.items()
        )

        with altered(ground.workbench, FOUGHT, f"{chosen} : []"), ground.written() as written:
            for name in ALTERATIONS:
                ground.source(name)
            for name in ALTERATIONS:
                ground.edit(lambda _: {"metadata": {"annotations": UNNOTED}}, name)

        record_property("writes of what a policy alters", dict(written))
        assert max(written.values()) <= MOST
        assert [ground.spared(name) for name in ALTERATIONS] == [[{"key": b"one"}] * 4] * 3
        by = "what alters writes, such as a webhook or a policy,"
        said = f"does not stay as it was put right: {by} changes it"
        assert ground.told() == sorted(
            told_of(kind, said, name) for kind in KINDS for name in ALTERATIONS
        )

    def test_where_managed_fields_are_cleared_a_foreign_key_goes_and_all_rests(
        self, ground: Ground, record_property: Report
    ) -> None:
        """R12: once, and by somebody who answers every write so."""
        ground.source("once")
        ground.source()

        def clear(found: Body) -> None:
            if is_fought_over(found) and found["metadata"].get("managedFields"):
                write(ground.workbench, found, CLEARED, by="their-operator")

        with ground.answered(clear), ground.written() as written:
            for name in ("once", "tls"):
                ground.edit(lambda kind: {FOREIGN[kind]: {"x": "AAAA"}}, name)
            ground.edit(lambda _: CLEARED, "once")

        record_property("writes where managedFields are cleared", dict(written))
        assert max(written.values()) <= MOST
        assert [ground.data(FOUGHT, name) for name in ("once", "tls")] == [
            [{"key": b"one"}] * 2
        ] * 2
        assert ground.spared() == [{"key": b"one"}] * 4
        assert ground.told() == []


class TestByDefault(Fights):
    """Where the API server labels what others edit."""


@pytest.mark.parametrize("everything", ["drop-in"], indirect=True)
class TestDropIn(Fights):
    """Where every write of a mirror is an event, kn-mirror's own too."""
