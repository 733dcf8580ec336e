"""`kubectl mirror plan`: what it says would be done, and by which exit code."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from kubectl_mirror.access.sites import Site
from mirroring import names
from mirroring.objects.globs import Globs
from mirroring.policies.limits import Limits, Side
from tests.cli.conftest import HELD
from tests.lab.kubectl import find_kubectl
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench

    Mirror = Callable[..., Said]
    Apply = Callable[..., str]

EVERYWHERE = PERMISSION | {names.AUTO_NAMESPACES: "dev,shop,stage"}
IN_DEV = PERMISSION | {names.AUTO_NAMESPACES: "dev"}
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def manifest(
    kind: str,
    namespace: str,
    name: str,
    annotations: Mapping[str, str],
    **fields: Any,
) -> dict[str, Any]:
    """Write a manifest."""
    metadata = {"name": name, "annotations": dict(annotations)}
    metadata |= {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def secret(annotations: Mapping[str, str], value: bytes = HELD) -> dict[str, Any]:
    """Write the manifest of the source, with what it holds."""
    data = {"key": base64.b64encode(value).decode()}
    return manifest("Secret", "prod", "tls", annotations, type="Opaque", data=data)


def lines(said: Said) -> list[tuple[str, str]]:
    """Return the mark and the namespace of each line that begins with one."""
    parts = [line.split() for line in said.out.splitlines()]
    return [(each[0], each[1]) for each in parts if each and each[0] in "+~-!"]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., str]:
    """Write manifests into a file; return its name."""

    def write(*manifests: Mapping[str, Any]) -> str:
        path = tmp_path / "manifests.yaml"
        path.write_text(yaml.safe_dump_all(manifests))
        return str(path)

    return write


@pytest.fixture
def source(workbench: Workbench, teams: list[str]) -> None:
    """A source that asks for a mirror in each team's namespace."""
    assert teams
    workbench.secret("prod", "tls", {"key": HELD}, annotations=EVERYWHERE, type="Opaque")


@pytest.fixture
def mirrored(source: None, handler: Handler) -> None:
    """The same, and its mirrors."""
    assert source is None
    handler.resync()


@pytest.mark.usefixtures("source")
def test_without_manifests_it_is_what_the_next_resync_does(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.secret("shop", "tls", {"key": "mine"})

    said = mirror("plan")

    assert said.code == 1
    assert lines(said) == [("+", "dev"), ("!", "shop"), ("+", "stage")]
    assert "To let kn-mirror take it over, annotate it" in said.out
    assert (
        "Plan: 2 to make, 0 to change, 0 to take away, 1 blocked. Nothing was written." in said.out
    )
    assert workbench.names("Secret", labelSelector=names.SOURCE) == []


@pytest.mark.usefixtures("mirrored")
def test_where_nothing_is_to_be_done_the_exit_code_is_0(mirror: Mirror) -> None:
    said = mirror("plan")

    assert (said.code, said.out) == (0, "")
    assert "No mirror would be made, changed or taken away by the next resync." in said.err


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "name"])
def test_the_exit_code_is_the_same_however_it_is_shown(
    mirror: Mirror, written: Apply, output: str
) -> None:
    same = mirror("plan", "-f", written(secret(EVERYWHERE)), "-o", output)
    other = mirror("plan", "-f", written(secret(IN_DEV)), "-o", output)

    assert (same.code, other.code) == (0, 1)
    assert "shop" in other.out


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_a_new_source_is_said_to_get_its_mirrors(
    mirror: Mirror, written: Apply, workbench: Workbench, kind: str
) -> None:
    made = manifest(kind, "prod", "new", EVERYWHERE, data={"key": "aGVsZA=="})

    said = mirror("plan", "-f", written(made))

    assert lines(said) == [("+", "dev"), ("+", "shop"), ("+", "stage")]
    assert f"{kind.lower()}/prod/new: 3 to make" in said.out
    assert workbench.get(kind, "prod", "new") is None


@pytest.mark.usefixtures("mirrored")
def test_a_changed_annotation_takes_away_and_makes_with_the_reason(
    mirror: Mirror, written: Apply, workbench: Workbench
) -> None:
    workbench.namespace("later")
    wanted = PERMISSION | {names.AUTO_NAMESPACES: "dev,stage,later"}

    said = mirror("plan", "-f", written(secret(wanted)))

    assert lines(said) == [("+", "later"), ("-", "shop")]
    assert "'dev,stage,later' does not span 'shop'" in said.out


@pytest.mark.usefixtures("mirrored")
def test_another_content_changes_every_mirror_and_the_same_content_none(
    mirror: Mirror, written: Apply
) -> None:
    same = mirror("plan", "-f", written(secret(EVERYWHERE)))
    other = mirror("plan", "-f", written(secret(EVERYWHERE, b"held by nobody else")))

    assert (same.code, lines(same)) == (0, [])
    assert lines(other) == [("~", "dev"), ("~", "shop"), ("~", "stage")]
    assert "the source's content changed" in other.out


@pytest.mark.usefixtures("mirrored")
def test_what_only_a_content_decides_that_is_not_in_the_manifest_is_said_to_be_open(
    mirror: Mirror, written: Apply, workbench: Workbench
) -> None:
    workbench.patch("Secret", "prod", "tls", {"stringData": {"other": "value"}})

    said = mirror("plan", "-f", written(secret(IN_DEV)), "-o", "json")

    steps = {each["namespace"]: each for each in json.loads(said.out)["steps"]}
    assert (steps["dev"]["action"], steps["dev"]["isCertain"]) == ("check", False)
    assert (steps["shop"]["action"], steps["shop"]["isCertain"]) == ("take away", True)


@pytest.mark.usefixtures("mirrored")
def test_a_new_namespace_and_new_labels_of_one_bring_mirrors(
    mirror: Mirror, written: Apply, workbench: Workbench
) -> None:
    chosen = PERMISSION | {names.AUTO_NAMESPACES_SELECTOR: "team=blue"}
    workbench.config_map("prod", "settings", {"key": "value"}, annotations=chosen)
    blue = {"labels": {"team": "blue"}}
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **blue}}
        for name in ("shop", "new")
    ]

    said = mirror("plan", "-f", written(*namespaces))

    assert lines(said) == [("+", "new"), ("+", "shop")]
    assert "configmap/prod/settings: 2 to make" in said.out


@pytest.mark.usefixtures("mirrored")
def test_what_is_not_in_a_manifest_any_more_leaves_the_object_as_kubectl_apply_does(
    mirror: Mirror, written: Apply, workbench: Workbench
) -> None:
    before = json.dumps({"metadata": {"annotations": EVERYWHERE}, "data": {"key": ""}})
    workbench.annotate("Secret", "prod", "tls", {LAST_APPLIED: before})

    said = mirror("plan", "-f", written(secret({})))

    assert lines(said) == [("-", "dev"), ("-", "shop"), ("-", "stage")]
    assert "permits no mirrors" in said.out


@pytest.mark.usefixtures("mirrored")
def test_what_is_due_anyway_is_counted_and_makes_no_difference(
    mirror: Mirror, written: Apply, workbench: Workbench
) -> None:
    workbench.delete("Secret", "dev", "tls")
    other = manifest("ConfigMap", "prod", "other", {}, data={"key": "value"})

    said = mirror("plan", "-f", written(other))

    assert (said.code, said.out) == (0, "")
    assert "Due or blocked anyway: 1" in said.err


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("auto-namespaces=dev,stage", [("-", "shop")]),
        (f"{names.AUTO_NAMESPACES}=dev,stage", [("-", "shop")]),
        ("auto-enabled-", [("-", "dev"), ("-", "shop"), ("-", "stage")]),
        ("auto-namespaces=dev,shop,stage", []),
    ],
)
def test_an_annotation_is_tried_without_writing_it(
    mirror: Mirror, annotation: str, expected: list[tuple[str, str]]
) -> None:
    said = mirror("plan", "prod/tls", "--annotate", annotation)

    assert lines(said) == expected
    assert said.code == bool(expected)


@pytest.mark.usefixtures("teams")
def test_a_lost_mirror_that_is_left_so_comes_back_when_its_source_is_applied(
    mirror: Mirror, written: Apply, workbench: Workbench, handler: Handler
) -> None:
    left = EVERYWHERE | {names.RECREATE: "false"}
    workbench.secret("prod", "tls", {"key": HELD}, annotations=left, type="Opaque")
    handler.reconcile("prod", "tls")
    workbench.delete("Secret", "dev", "tls")

    tick = mirror("plan")
    applied = mirror("plan", "-f", written(secret(left, b"held by nobody else")))

    assert (tick.code, lines(tick)) == (0, [])
    assert lines(applied) == [("+", "dev"), ("~", "shop"), ("~", "stage")]


@pytest.mark.usefixtures("mirrored")
def test_places_that_a_source_leaves_are_said_to_be_kept_for_it(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.delete("Secret", "prod", "tls")
    workbench.namespace("other")
    workbench.secret("other", "tls", {"key": HELD}, annotations=IN_DEV)

    said = mirror("plan")

    assert ("-", "dev") in lines(said)
    assert "Secret prod/tls went a while ago, and may come back" in said.out


@pytest.mark.usefixtures("mirrored")
def test_a_new_pull_mirror_of_a_source_is_said_to_be_filled(mirror: Mirror, written: Apply) -> None:
    pulled = manifest("Secret", "shop", "pulled", {names.REFLECTS: "prod/tls"}, type="Opaque")

    said = mirror("plan", "prod/tls", "-f", written(pulled))

    assert lines(said) == [("~", "shop")]
    assert "it was not filled yet" in said.out or "it has no reflected-version" in said.out


@pytest.mark.usefixtures("mirrored")
def test_a_mistake_in_a_manifest_is_one_to_correct(mirror: Mirror, written: Apply) -> None:
    broken = EVERYWHERE | {names.AUTO_NAMESPACES: "dev,sh(op"}
    unknown = manifest("Secret", "prod", "b", {f"{names.REFLECTOR}reflection-alowed": "true"})

    said = mirror("plan", "-f", written(secret(broken), unknown))

    assert said.code == 1
    assert "to correct: reflection-auto-namespaces: 'sh(op' is not a regular expression" in said.out
    assert "reflection-allowed" in said.out


@pytest.mark.usefixtures("teams")
def test_a_source_that_kn_mirror_does_not_follow_is_said_to_be_none(
    mirror: Mirror, written: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(sources=Side(Globs.parse("other")))
    monkeypatch.setattr(Site, "limits", limits)

    said = mirror("plan", "-f", written(secret(EVERYWHERE)))

    assert (said.code, lines(said)) == (1, [("!", "prod")])
    assert "by the settings" in said.out


@pytest.mark.usefixtures("teams")
def test_the_template_of_a_certificate_makes_a_source_of_its_secret(
    mirror: Mirror, written: Apply
) -> None:
    certificate = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "wildcard", "namespace": "prod"},
        "spec": {
            "secretName": "wildcard-tls",
            "secretTemplate": {"annotations": IN_DEV},
            "dnsNames": ["*.example.com"],
        },
    }

    said = mirror("plan", "-f", written(certificate))

    assert lines(said) == [("+", "dev")]
    assert "secret/prod/wildcard-tls: 1 to make" in said.out


@pytest.mark.usefixtures("teams")
def test_other_kinds_are_passed_over_and_said(mirror: Mirror, written: Apply) -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}

    said = mirror("plan", "-f", written(deployment))

    assert said.code == 0
    assert "Passed over, as kn-mirror mirrors no such: Deployment web." in said.err


@pytest.mark.usefixtures("teams")
def test_a_kustomization_is_built_by_kubectl(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(find_kubectl().parent), prepend=":")
    (tmp_path / "secret.yaml").write_text(yaml.safe_dump(secret(EVERYWHERE)))
    kustomization = {"resources": ["secret.yaml"], "commonAnnotations": IN_DEV}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))

    said = mirror("plan", "-k", str(tmp_path))

    assert lines(said) == [("+", "dev")]


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"a: [{HELD.decode()}", "is no YAML, in line"),
        (f"- {HELD.decode()}", "holds what is no object"),
        ("kind: Secret\napiVersion: v1\nmetadata: {name: Not_A_Name}", "name is not the name of"),
        (
            "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: prod}\ndata: {key: 1}",
            "what data has for 'key' is no text",
        ),
        (
            "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: nowhere}",
            "there is no namespace nowhere",
        ),
    ],
)
def test_a_manifest_that_cannot_be_applied_is_an_error_that_shows_nothing_of_it(
    mirror: Mirror, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "broken.yaml").write_text(text)

    said = mirror("plan", "-f", str(tmp_path / "broken.yaml"))

    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-f", "/nowhere.yaml"], "Manifest /nowhere.yaml cannot be read: No such file"),
        (["--annotate", "keys=a"], "name a SOURCE"),
        (["prod/tls", "--annotate", "keys"], "Write KEY=VALUE or KEY-."),
        (["prod/tls", "--annotate", "key=a"], "No annotation is called key."),
        (["prod/other", "--annotate", "keys=a"], "there is no such object"),
    ],
)
def test_what_makes_no_sense_is_an_error_with_a_remedy(
    mirror: Mirror, arguments: list[str], message: str
) -> None:
    said = mirror("plan", *arguments)

    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.usefixtures("mirrored")
def test_what_is_no_source_is_said_to_be_none(mirror: Mirror) -> None:
    said = mirror("plan", "prod/other")

    assert said.code == 1
    assert "prod/other is no source" in said.err
