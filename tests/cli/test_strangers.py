"""What comes of strangers: kubeconfigs, manifests, answers and names that were made to harm."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from kubectl_mirror.access.documents import documents
from kubectl_mirror.access.installations import Installation
from kubectl_mirror.access.sites import Site
from kubectl_mirror.access.transports import MetadataOnly
from kubectl_mirror.asking.changes import Changes
from kubectl_mirror.asking.consumers import INGRESS, read, uses_of
from kubectl_mirror.asking.former_tools import REFLECTOR, Deployed, deployed
from kubectl_mirror.asking.logs import FunctionLogs
from kubectl_mirror.asking.rules import _part
from kubectl_mirror.asking.suppositions import Supposing
from kubectl_mirror.asking.wishes import is_certificate
from kubectl_mirror.checking import rights
from kubectl_mirror.checking.subjects import RBAC, SOURCES, Subject
from kubectl_mirror.commands import main
from kubectl_mirror.commands.migrate import _as_set
from kubectl_mirror.completion import complete
from kubectl_mirror.showing.pages import Output, Page
from mirroring.cluster import decoding
from mirroring.cluster.refusals import refusal
from mirroring.cluster.requests import JSON
from mirroring.errors import SettingError, Unavailable
from mirroring.objects.references import SECRET, Ref
from mirroring.policies import patterns
from mirroring.policies.budgets import Budget
from mirroring.policies.rules import Selection
from tests.cli.kubeconfigs import written
from tests.stand_ins import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mirroring.cluster.protocols import Transport

CONTENT = "/api/v1/namespaces/dev/secrets/tls"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"[]", b"null", b'{"items": [{"metadata": {"na'],
    ids=str,
)
def test_what_is_no_api_server_is_said_to_be_none(body: bytes) -> None:
    transport = MetadataOnly(StandIn(200, body), {})

    with pytest.raises(Unavailable, match="What answered GET /version is no API server"):
        transport.request("GET", "/version", headers={"Accept": JSON})


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_who_asks_is_told_of_no_event_and_no_account_of_a_functions(status: int) -> None:
    said = str(refusal("list Secrets", status, b"{}"))

    assert "event" not in said
    assert "service account" not in said


def test_nor_where_nothing_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(
        tmp_path / "kubeconfig",
        clusters=[{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        users=[],
        contexts=[{"name": "x", "context": {"cluster": "c"}}],
    )

    code = main(["status", f"--kubeconfig={file}", "--context=x"])
    said = capsys.readouterr()

    assert (code, said.out) == (2, "")
    assert "did not answer GET" in said.err
    assert "see that it can be reached from here" in said.err
    assert "event" not in said.err


HOME = Ref(INGRESS, "dev", "home")
ODD: dict[str, tuple[Callable[[Transport], object], bytes]] = {
    "settings": (lambda asked: Installation.read(asked, "own"), b'{"items": [{}]}'),
    "tools": (deployed, b'{"items": [{"metadata": {}}]}'),
    "pods": (lambda asked: FunctionLogs(asked, cast("Any", 0), "own").pods(), b'{"items": [{}]}'),
    "checks": (lambda asked: _subject(asked).items("/api/v1/pods"), b'{"items": [{}]}'),
    "half of it": (lambda asked: _subject(asked).get("/api/v1/pods"), b'{"items": [{"a"}'),
    "an Ingress": (lambda asked: uses_of(HOME, read(asked, HOME) or {}), b'{"spec": {"tls": [1]}}'),
    "a plan": (lambda asked: Supposing(asked, [SECRET], "dev", "")._metadata(HOME), b"{}"),
}


def _subject(transport: Transport) -> Subject:
    return Subject(cast("Site", SimpleNamespace(transport=transport)))


@pytest.mark.parametrize(("ask", "body"), ODD.values(), ids=ODD)
def test_an_answer_that_no_api_server_writes_is_said_to_be_none(
    ask: Callable[[Transport], object], body: bytes
) -> None:
    """And is no fault of kn-mirror's, which would be to be reported."""
    with pytest.raises(Unavailable, match="is not as an API server writes it"):
        ask(StandIn(200, body))


@pytest.mark.parametrize(
    "path",
    [
        CONTENT,
        CONTENT.replace("secrets", "%73ecrets"),
        f"/apis/cert-manager.io/../..{CONTENT}",
        f"/apis/cert-manager.io/%2e%2e/..{CONTENT}",
    ],
)
def test_no_way_round_leads_to_content(path: str) -> None:
    with pytest.raises(PermissionError, match="reads no content"):
        MetadataOnly(StandIn(200, b"{}"), {}).request("GET", path, headers={"Accept": JSON})


@pytest.mark.parametrize("version", ["cert-manager.io/../../api/v1", "cert-manager.io/v1?x"])
def test_no_manifest_leads_elsewhere(version: str) -> None:
    assert not is_certificate({"apiVersion": version, "kind": "Certificate"})


@pytest.mark.parametrize("status", [401, 500, 503])
def test_settings_that_could_not_be_seen_are_not_said_to_be_nowhere(status: int) -> None:
    found = Installation.read(StandIn(status, b"{}"), "own")

    assert found.unknown_because == f"services.serving.knative.dev cannot be listed (HTTP {status})"


def test_an_answer_without_a_version_is_no_traceback_of_a_thread() -> None:
    changes = Changes(StandIn(200, b"{}"), cast("Any", None), [SECRET])

    with pytest.raises(Unavailable, match="has no version"):
        changes.begin()


def test_watches_that_end_at_once_are_not_begun_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    streams = SimpleNamespace(watch=lambda *_: iter(()))
    body = b'{"metadata": {"resourceVersion": "1"}}'
    changes = Changes(StandIn(200, body), cast("Any", streams), [SECRET])

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        changes._over.set()
        return True

    asked = iter([False] * 100)
    monkeypatch.setattr(changes._over, "wait", wait)
    monkeypatch.setattr(changes._over, "is_set", lambda: bool(waited) or next(asked, True))
    changes._follow("/api/v1/secrets", [], "1")

    assert (len(waited), next(asked)) == (1, False)
    assert len([*asked]) == 98


@pytest.mark.parametrize("namespace", ["x\x1b[2J", "../../x", "a b", ["x"]], ids=str)
def test_a_context_whose_namespace_is_none_is_not_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], namespace: object
) -> None:
    context = {"name": "x", "context": {"cluster": "c", "namespace": namespace}}
    file = written(
        tmp_path / "kubeconfig",
        clusters=[{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        users=[],
        contexts=[context],
    )

    code = main(["status", f"--kubeconfig={file}"])
    said = capsys.readouterr()

    assert (code, said.out) == (2, "")
    assert "is no name of a namespace" in said.err
    assert said.err.removesuffix("\n").isprintable()


def test_a_short_manifest_that_is_a_list_without_end_is_refused(tmp_path: Path) -> None:
    lists = ["a0: &a0 {kind: List, items: []}"]
    for number in range(1, 40):
        of = ", ".join([f"*a{number - 1}"] * 10)
        lists.append(f"a{number}: &a{number} {{kind: List, items: [{of}]}}")
    endless = tmp_path / "endless.yaml"
    endless.write_text("\n".join([*lists, "kind: List", "items: [*a39]"]))
    itself = tmp_path / "itself.yaml"
    itself.write_text("&a {kind: List, items: [*a]}")

    for file in (endless, itself):
        with pytest.raises(SettingError, match="lists more than 100000 objects"):
            documents([str(file)], [])


def test_lists_are_taken_apart_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("kind: List\nitems: [{kind: A}, {kind: List, items: [{kind: B}]}, {kind: C}]")

    assert [each.fields["kind"] for each in documents([str(file)], [])] == ["A", "B", "C"]


def test_no_format_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = "a\u202e\x9b2J\x85b"
    page = Page([], lambda: {"because": text}, [text])

    for format_ in ("yaml", "json", "name"):
        page.show(Output(format_))
        out = capsys.readouterr().out
        assert out.replace("\n", "").isprintable()
        assert format_ == "name" or yaml.safe_load(out) == {"because": text}


def test_a_name_of_several_lines_is_no_candidate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contexts: list[dict[str, Any]] = [
        {"name": each, "context": {}} for each in ("xa", "xb\n:0", "xc\x1b[2J")
    ]
    file = written(tmp_path / "kubeconfig", clusters=[], users=[], contexts=contexts)

    complete(["status", f"--kubeconfig={file}", "--context", "x"])

    assert capsys.readouterr().out.splitlines() == ["xa", ":4"]


def bound(name: str, role: str) -> Subject:
    """A cluster in which on-resync has a role besides its own."""
    account = {"kind": "ServiceAccount", "name": "on-resync", "namespace": "kn-mirror"}
    binding = {
        "metadata": {"name": name},
        "subjects": [account],
        "roleRef": {"kind": "ClusterRole", "name": role},
    }
    everything = {"rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]}
    read: dict[str, Any] = {
        f"{RBAC}/clusterrolebindings": {"items": [binding]},
        f"{RBAC}/namespaces/kn-mirror/rolebindings": {"items": []},
        f"{RBAC}/clusterroles/view": {"rules": []},
        f"{RBAC}/clusterroles/view%3Fx": everything,
        f"{SOURCES}/namespaces/kn-mirror/apiserversources": {"items": []},
    }
    installation = SimpleNamespace(namespace="kn-mirror")
    return Subject(cast("Any", SimpleNamespace(installation=installation)), read)


def test_a_role_is_read_that_is_called_as_a_query_of_another() -> None:
    [found] = rights.beyond(bound("binding", "view?x"))

    assert "may * *.*" in found.because


def test_of_a_binding_the_name_is_one_word_of_the_command() -> None:
    name = "it; kubectl delete ns --all #$(id)"

    [found] = rights.beyond(bound(name, "view?x"))

    command = found.mend.partition(": ")[2]
    assert shlex.split(command) == ["kubectl", "edit", "clusterrolebinding", name]


NOT_DEV = {"ES_Reflector__Watcher__ExcludedNamespaces": "dev"}


def as_set(*settings: dict[str, str]) -> Any:
    """What `migrate` looks by, where each of some tools has settings."""
    tools = [
        Deployed(REFLECTOR, f"n{at}", "reflector", 1, each) for at, each in enumerate(settings)
    ]
    installation = Installation("kn-mirror", unknown_because="it is not installed")
    none = cast("Any", None)
    site = Site(none, none, none, none, installation, "default", False, True, none)  # noqa: FBT003
    return _as_set(site, tools).installation.settings


def test_who_labels_another_deployment_does_not_say_how_kn_mirror_is_set() -> None:
    assert as_set(NOT_DEV) != as_set()
    assert (
        as_set(NOT_DEV, {"ES_Reflector__Watcher__ExcludedNamespaces": "of-a-stranger"}) == as_set()
    )


def test_settings_that_cannot_be_meant_are_named_with_who_has_them() -> None:
    with pytest.raises(SettingError, match="Deployment n0/reflector: "):
        as_set({"KN_MIRROR_THREADS": "many"})


def test_all_items_of_a_list_have_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Budget] = []

    class Counted(Budget):
        def __init__(self, seconds: float = 1.0) -> None:
            super().__init__(seconds)
            made.append(self)

    selection = Selection.parse("side", ",".join(f"(a{n}+)+b" for n in range(40)), "")
    monkeypatch.setattr(patterns, "Budget", Counted)
    namespace = decoding.namespace(b'{"metadata": {"name": "shop"}}')

    assert _part(selection, namespace) == ""
    assert len(made) == 1


def test_a_watch_whose_plugin_gives_nothing_any_more_is_no_traceback_of_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def watch(*_: object) -> Iterator[bytes]:
        raise SettingError("Credential plugin login failed.")

    streams = SimpleNamespace(watch=watch)
    changes = Changes(StandIn(200, b"{}"), cast("Any", streams), [SECRET])

    def wait(_seconds: float) -> bool:
        changes._over.set()
        return True

    monkeypatch.setattr(changes._over, "wait", wait)

    changes._follow("/api/v1/secrets", [], "1")

    assert changes._over.is_set()
