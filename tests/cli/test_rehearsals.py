"""What is sent to ask of a write: nothing that could be kept, as nobody else, and no content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from kubectl_mirror.access.clusters import Flags, ways_to
from kubectl_mirror.access.rehearsals import RehearsalsOnly
from kubectl_mirror.access.transports import Rehearsals
from kubectl_mirror.asking.stand_ins import made_up, of_a_mirror
from mirroring import names
from mirroring.cluster.requests import JSON, METADATA
from mirroring.errors import AlreadyExists, Forbidden, Stale, Unauthorized, Unavailable
from mirroring.objects.changes import Delete, Patch, Post
from mirroring.objects.content import Content
from mirroring.objects.field_owners import Fields
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.policies.sources import Source
from tests.cli.conftest import HELD
from tests.cli.kubeconfigs import written
from tests.cli.test_plan import EVERYWHERE as EVERY_TEAM
from tests.cli.test_plan import lines
from tests.stand_ins import StandIn
from tests.unit.examples import CONTENT, EVERYWHERE, SOURCE, metadata, mirror, source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from urllib3 import HTTPHeaderDict

    from mirroring.objects.changes import Change
    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]

SECRETS = "/api/v1/namespaces/dev/secrets"
DRY = [("dryRun", "All")]
USER = "system:serviceaccount:kn-mirror:on-resync"
ASKING = json.dumps({"dryRun": ["All"]}).encode()
SEEN = metadata(Ref(SECRET, "dev", "tls"))


class Sent:
    """A transport that remembers what it was to send."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []

    def request(self, method: str, path: str, **sent: Any) -> tuple[int, bytes]:
        """Take it."""
        self.requests.append({"method": method, "path": path, **sent})
        found = {"metadata": {"name": "tls", "uid": "u", "resourceVersion": "1"}}
        return 200, json.dumps(found).encode()


@pytest.mark.parametrize(
    "change",
    [Post(SEEN.ref, b"{}", CONTENT), Patch(SEEN, b"[]"), Delete(SEEN)],
    ids=["create", "update", "delete"],
)
def test_each_write_is_a_dry_run_as_the_account_that_would_make_it(change: Change) -> None:
    sent = Sent()

    Rehearsals(sent).of("kn-mirror", "on-resync").apply(change)

    [asked] = sent.requests
    assert ("dryRun", "All") in asked["query"]
    assert asked["headers"]["Impersonate-User"] == USER
    assert asked["headers"]["Accept"] == METADATA
    assert asked["method"] != "DELETE" or json.loads(asked["body"])["dryRun"] == ["All"]


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", SECRETS, [], b"{}"),
        ("POST", SECRETS, [("dryRun", "")], b"{}"),
        ("POST", SECRETS, [("dryRun", "All"), ("dryRun", "")], b"{}"),
        ("POST", f"{SECRETS}?dryRun=All", [], b"{}"),
        ("POST", f"{SECRETS}/tls", DRY, b"{}"),
        ("POST", "/api/v1/secrets", DRY, b"{}"),
        ("POST", "/api/v1/namespaces/dev/pods", DRY, b"{}"),
        ("POST", "/api/v1/namespaces/dev/serviceaccounts/a/token", DRY, b"{}"),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", DRY, b"{}"),
        ("PATCH", f"{SECRETS}/tls", [], b"[]"),
        ("PATCH", SECRETS, DRY, b"[]"),
        ("PATCH", f"{SECRETS}/../configmaps/a", DRY, b"[]"),
        ("PATCH", f"{SECRETS}/tls", [*DRY, ("force", "true")], b"[]"),
        ("PUT", f"{SECRETS}/tls", DRY, b"{}"),
        ("GET", f"{SECRETS}/tls", DRY, None),
        ("DELETE", SECRETS, DRY, ASKING),
        # With options, or none that can be read, the query counts for nothing.
        ("DELETE", f"{SECRETS}/tls", DRY, b"{}"),
        ("DELETE", f"{SECRETS}/tls", DRY, None),
        ("DELETE", f"{SECRETS}/tls", DRY, b"[]"),
        ("DELETE", f"{SECRETS}/tls", [], ASKING),
    ],
)
def test_nothing_else_can_be_sent_by_that_way(
    method: str, path: str, query: list[tuple[str, str]], body: bytes | None
) -> None:
    transport = StandIn()

    with pytest.raises(PermissionError):
        RehearsalsOnly(transport, USER).request(
            method, path, query=query, headers={"Accept": METADATA}, body=body
        )

    assert transport.requests == []


def test_no_answer_by_that_way_has_content() -> None:
    transport = StandIn()

    with pytest.raises(PermissionError):
        RehearsalsOnly(transport, USER).request(
            "PATCH", f"{SECRETS}/tls", query=DRY, headers={"Accept": JSON}, body=b"[]"
        )

    assert transport.requests == []


@pytest.mark.parametrize(
    "user", ["", "admin", "system:masters", "system:serviceaccount:kube-system:default"]
)
def test_nobody_else_is_meant_than_a_function(user: str) -> None:
    with pytest.raises(PermissionError):
        RehearsalsOnly(StandIn(), user)


@pytest.mark.parametrize(
    ("keys", "type_"),
    [
        (["tls.crt", "tls.key", "ca.crt"], "kubernetes.io/tls"),
        ([".dockerconfigjson"], "kubernetes.io/dockerconfigjson"),
        ([".dockercfg"], "kubernetes.io/dockercfg"),
        (["tls.crt"], "Opaque"),
        (["username", "password"], "Opaque"),
        ([], "Opaque"),
    ],
)
def test_what_stands_in_has_the_keys_that_metadata_tell_and_the_type_that_they_tell(
    keys: list[str], type_: str
) -> None:
    told = frozenset(f"data/{key}" for key in keys)
    found = metadata(SOURCE, annotations=EVERYWHERE, fields=Fields(told))

    content = made_up(Source.of(SOURCE, found), found).content

    assert content
    assert (content.keys, content.type) == (told, type_)


def test_what_stands_in_of_a_config_map_is_in_the_fields_of_the_keys() -> None:
    ref = Ref(CONFIG_MAP, "prod", "conf")
    told = frozenset({"data/text", "binaryData/bytes"})
    found = metadata(ref, annotations=EVERYWHERE, fields=Fields(told))

    content = made_up(Source.of(ref, found), found).content

    assert content
    assert (content.keys, content.type) == (told, "")


def test_what_stands_in_is_what_mirrors_get_by_the_names_that_they_have() -> None:
    asked = EVERYWHERE | {names.KEYS: "tls.crt=ca.crt"}
    told = frozenset({"data/tls.crt", "data/tls.key"})
    found = metadata(SOURCE, annotations=asked, fields=Fields(told))

    content = made_up(Source.of(SOURCE, found), found).content

    assert content
    assert (content.keys, content.type) == (frozenset({"data/ca.crt"}), "Opaque")


def test_of_a_manifest_no_value_is_sent() -> None:
    read = source(CONTENT)
    assert read.metadata

    content = made_up(read, read.metadata).content

    assert content
    assert (content.keys, content.type) == (CONTENT.keys, CONTENT.type)
    values = {value for held in CONTENT.fields.values() for value in held.values()}
    assert not values & {value for held in content.fields.values() for value in held.values()}


def test_where_no_key_is_told_an_update_leaves_those_that_the_mirror_has() -> None:
    found = metadata(SOURCE, annotations=EVERYWHERE, fields=Fields(is_told=False))
    made = made_up(Source.of(SOURCE, found), found)
    seen = mirror(source(), "dev")

    content = of_a_mirror(made, seen, is_known=False).content

    assert content
    assert (content.keys, content.type) == (CONTENT.keys, "")


def test_where_nobody_tells_any_key_an_update_leaves_the_content() -> None:
    found = metadata(SOURCE, annotations=EVERYWHERE, fields=Fields(is_told=False))
    made = made_up(Source.of(SOURCE, found), found)
    seen = mirror(source(), "dev", fields=Fields(is_told=False))

    assert of_a_mirror(made, seen, is_known=False).content == Content({})


def test_who_is_meant_by_as_reads_and_is_not_who_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[HTTPHeaderDict] = []

    def answer(*_: object, headers: HTTPHeaderDict, **__: object) -> urllib3.HTTPResponse:
        sent.append(headers)
        return urllib3.HTTPResponse(b"{}", status=200)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", answer)
    file = written(tmp_path / "kubeconfig", user={"token": "t"})
    flags = Flags(kubeconfig=str(file), impersonated="anna", groups=("team",))

    ways = ways_to(flags.chosen({}), flags, {})
    ways.rehearsals.of("kn-mirror", "on-resync").apply(Delete(SEEN))

    [headers] = sent
    assert headers["Impersonate-User"] == USER
    assert "Impersonate-Group" not in headers


class Says:
    """A writer that raises one error after the other, and then takes what it is given."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = [*errors]
        self.changes: list[Change] = []

    def apply(self, change: Change) -> None:
        """Do so."""
        self.changes.append(change)
        if self._errors:
            raise self._errors.pop(0)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Says]:
    """Have that asked in place of an API server."""

    def have(*errors: Exception) -> Says:
        writer = Says(*errors)
        monkeypatch.setattr(Rehearsals, "of", lambda *_: writer)
        return writer

    return have


@pytest.fixture
def wanted(workbench: Workbench, teams: list[str]) -> None:
    """Two sources that ask for a mirror in each team's namespace."""
    assert teams
    workbench.secret("prod", "tls", {"key": HELD}, annotations=EVERY_TEAM)
    workbench.config_map("prod", "conf", {"a": "b"}, annotations=EVERY_TEAM)


in_the_sandbox = pytest.mark.parametrize("server", ["sandbox"], indirect=True)


@in_the_sandbox
@pytest.mark.usefixtures("wanted")
def test_examples_of_several_sources_are_asked_of_in_several_namespaces(
    mirror: Mirror, workbench: Workbench
) -> None:
    said = mirror("plan", "--server-side", "-o", "json")

    asked = [each for each in said.document["serverSide"] if each["action"] == "make"]
    assert said.code == 1
    assert [each["answer"] for each in asked] == ["accepted"] * 2
    assert len({each["namespace"] for each in asked}) == 2
    assert workbench.names("Secret", labelSelector=names.SOURCE) == []


@in_the_sandbox
@pytest.mark.usefixtures("wanted")
def test_where_somebody_else_writes_meanwhile_another_example_is_asked_of(
    mirror: Mirror, says: Callable[..., Says]
) -> None:
    index = Stale("The label that a source without policies gets was written meanwhile.")
    writer = says(index, AlreadyExists("there"))

    said = mirror("plan", "prod/conf", "--server-side", "-o", "json")

    [noted, made] = said.document["serverSide"]
    asked = [each.ref.namespace for each in writer.changes if isinstance(each, Post)]
    assert (noted["action"], noted["answer"]) == ("note", "unproved")
    assert asked == ["dev", "shop"]
    assert (made["namespace"], made["answer"]) == ("shop", "accepted")


@in_the_sandbox
@pytest.mark.usefixtures("wanted")
def test_who_is_not_let_near_a_place_proves_nothing_of_it(
    mirror: Mirror, says: Callable[..., Says]
) -> None:
    says(*[AlreadyExists("there")] * 9)

    said = mirror("plan", "--server-side")

    assert said.out.count("unproved") == 4
    assert {mark for mark, _ in lines(said)} == {"+"}


@in_the_sandbox
@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize("error", [Unavailable("No answer came."), Unauthorized("Who?")])
def test_where_the_api_server_does_not_answer_there_is_no_plan(
    mirror: Mirror, says: Callable[..., Says], error: Exception
) -> None:
    says(error)

    said = mirror("plan", "--server-side")

    assert (said.code, said.out) == (2, "")
    assert str(error) in said.err


@in_the_sandbox
@pytest.mark.usefixtures("teams")
def test_what_is_refused_counts_where_no_mirror_would_be_otherwise(
    mirror: Mirror, says: Callable[..., Says], workbench: Workbench, handler: Handler
) -> None:
    """A label alone is no difference; that it cannot be written is one."""
    workbench.secret("prod", "tls", {"key": HELD}, annotations={names.ALLOWED: "true"})
    workbench.secret("dev", "tls", {}, annotations={names.REFLECTS: "prod/tls"})
    handler.resync()
    workbench.patch("Secret", "dev", "tls", {"metadata": {"labels": {names.ROLE: None}}})
    quiet = mirror("plan", "--server-side")
    says(Forbidden("not by you"))

    said = mirror("plan", "--server-side")

    assert (quiet.code, said.code) == (0, 1)
    assert lines(said) == [("!", "dev")]
    assert "refused by a dry run as on-resync: not by you" in said.out
