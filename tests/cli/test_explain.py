"""`kubectl mirror explain`: the sentence, what decided, and the command that changes it."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from mirroring import names
from tests.cli.conftest import HELD
from tests.stories import PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said
    from tests.e2e.conftest import Handler
    from tests.lab.clusters import Workbench
    from tests.servers import Server

    Mirror = Callable[..., Said]

FOR_DEV = PERMISSION | {names.AUTO_NAMESPACES: "dev,st.*"}
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"


def explained(said: Said) -> list[dict[str, Any]]:
    """What `-o json` said, of each object."""
    items: list[dict[str, Any]] = said.document["items"]
    return items


def source(workbench: Workbench, annotations: dict[str, str] = FOR_DEV) -> None:
    workbench.secret("prod", "tls", {"key": HELD}, annotations=annotations)


@pytest.mark.usefixtures("teams")
def test_of_a_mirror_in_sync_it_says_by_which_rule_it_is_there(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench)
    handler.resync()

    said = mirror("explain", "prod/tls", "-n", "stage", "-o", "json")

    assert said.code == 0
    [found] = explained(said)
    assert found["sentence"] == (
        "Secret stage/tls is a mirror of prod/tls, in sync: its content is the source's."
    )
    assert found["rules"][-1] == {
        "annotation": names.AUTO_NAMESPACES,
        "on": "secret/prod/tls",
        "written": "dev,st.*",
        "part": "st.*",
        "answer": "yes",
        "because": "reflection-auto-namespaces: 'st.*' spans 'stage'",
        "code": "KM201",
    }
    assert found["remedies"] == []


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize(
    ("annotations", "rule"),
    [
        ({}, names.ALLOWED),
        ({names.ALLOWED: "true"}, names.AUTO_ENABLED),
        (FOR_DEV, names.AUTO_NAMESPACES),
        (PERMISSION | {names.ALLOWED_NAMESPACES: "dev"}, names.ALLOWED_NAMESPACES),
    ],
)
def test_the_command_that_it_names_changes_it(
    mirror: Mirror,
    handler: Handler,
    workbench: Workbench,
    annotations: dict[str, str],
    rule: str,
) -> None:
    """Each command as many times as there are rules against it: what is permitted says so."""
    source(workbench, annotations)
    before = mirror("explain", "prod/tls", "-n", "shop", "-o", "json")
    [refused] = [r for r in explained(before)[0]["rules"] if r["answer"] == "no"]

    for _ in range(3):
        for remedy in explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))[0][
            "remedies"
        ]:
            obey(remedy, workbench)
    handler.resync()
    after = mirror("explain", "prod/tls", "-n", "shop", "-o", "json")

    assert refused["annotation"] == rule
    assert explained(after)[0]["state"] == "in sync"


def obey(remedy: str, workbench: Workbench) -> None:
    """Do what a command says; one that has kn-mirror do its work is done by the test."""
    words = shlex.split(remedy)
    if words[:2] == ["kubectl", "mirror"]:
        return
    assert words[:2] == ["kubectl", "annotate"]
    namespace = words[words.index("-n") + 1] if "-n" in words else ""
    kind, name = words[4:6] if namespace else words[2:4]
    written = dict(word.split("=", 1) for word in words[words.index("--overwrite") + 1 :])
    kinds = {"secret": "Secret", "configmap": "ConfigMap", "namespace": "Namespace"}
    workbench.patch(kinds[kind], namespace, name, {"metadata": {"annotations": written}})


@pytest.mark.usefixtures("teams")
def test_what_a_namespace_does_not_accept_is_for_its_owner_to_change(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench)
    workbench.patch(
        "Namespace", "", "dev", {"metadata": {"annotations": {names.ACCEPT: "other/*"}}}
    )

    [found] = explained(mirror("explain", "prod/tls", "-n", "dev", "-o", "json"))
    for remedy in found["remedies"]:
        obey(remedy, workbench)
    handler.resync()

    assert found["remedies"][0].startswith("kubectl annotate namespace dev")
    assert mirror("explain", "prod/tls", "-n", "dev").code == 0


@pytest.mark.usefixtures("teams")
def test_what_is_in_its_place_is_handed_over_by_its_owner(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench)
    workbench.secret("dev", "tls", {"key": HELD})

    said = mirror("explain", "prod/tls", "-n", "dev", "-o", "json")
    [found] = explained(said)
    for remedy in found["remedies"]:
        obey(remedy, workbench)
    handler.resync()
    # Within the second in which both wrote, it is told only by the next who wrote last.
    handler.resync()

    assert (said.code, found["state"]) == (1, "blocked")
    assert found["remedies"] == [
        "kubectl annotate -n dev secret tls --overwrite kn-mirror.dev/adopt=prod/tls",
        "kubectl mirror sync prod/tls",
    ]
    assert mirror("explain", "secret/tls", "-n", "dev").code == 0


@pytest.mark.usefixtures("teams")
def test_of_a_certificates_secret_the_certificate_is_changed(
    mirror: Mirror, workbench: Workbench
) -> None:
    """cert-manager writes its Secret anew, and with that what only the Secret said."""
    source(workbench, FOR_DEV | {names.CERTIFICATE: "wildcard"})

    [found] = explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))

    [remedy] = found["remedies"]
    words = shlex.split(remedy)
    assert words[:6] == ["kubectl", "patch", "-n", "prod", "certificate", "wildcard"]
    assert json.loads(words[-1]) == {
        "spec": {
            "secretTemplate": {"annotations": {names.AUTO_NAMESPACES: "dev,st.*,shop"}},
        }
    }


@pytest.mark.usefixtures("teams")
def test_what_is_not_there_is_explained_by_who_would_want_it(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench)

    [wanted] = explained(mirror("explain", "secret/tls", "-n", "dev", "-o", "json"))
    handler.resync()
    [other] = explained(mirror("explain", "secret/tsl", "-n", "dev", "-o", "json"))

    assert wanted["state"] == "missing"
    assert wanted["remedies"] == ["kubectl mirror sync prod/tls"]
    assert other["sentence"] == (
        "There is no Secret dev/tsl, and no source asks for mirrors called tsl."
    )
    assert other["details"] == ["Sources ask for mirrors called tls."]


@pytest.mark.usefixtures("teams")
def test_a_pull_mirror_is_explained_by_what_its_source_allows(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench, {names.ALLOWED: "true", names.ALLOWED_NAMESPACES: "dev"})
    for namespace in ("dev", "shop"):
        workbench.secret(namespace, "mine", {}, annotations={names.REFLECTS: "prod/tls"})
    handler.resync()

    filled = mirror("explain", "secret/mine", "-n", "dev", "-o", "json")
    refused = mirror("explain", "secret/mine", "-n", "shop", "-o", "json")

    assert (filled.code, refused.code) == (0, 1)
    assert [rule["annotation"] for rule in explained(refused)[0]["rules"]] == [
        names.ALLOWED,
        names.ALLOWED_NAMESPACES,
    ]


@pytest.mark.controlplane
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_an_ingress_is_explained_by_the_secret_that_it_names(
    mirror: Mirror, handler: Handler, workbench: Workbench, teams: list[str]
) -> None:
    assert teams
    source(workbench, FOR_DEV | {"cert-manager.io/alt-names": "*.example.com"})
    tls = [{"hosts": ["a.example.com", "a.b.example.com"], "secretName": "tls"}]
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"tls": tls, "defaultBackend": backend}
    workbench.create(INGRESSES.format("dev"), {"metadata": {"name": "home"}, "spec": spec})
    handler.resync()

    said = mirror("explain", "ingress/home", "-n", "dev", "-o", "json")

    [found] = explained(said)
    assert found["state"] == "in sync"
    assert found["details"][0] == ("Ingress dev/home names it, for a.example.com, a.b.example.com.")
    assert (
        "Secret prod/tls is not for a.b.example.com: it is for *.example.com." in found["details"]
    )


@pytest.mark.controlplane
@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_of_a_certificate_that_somebody_else_made_it_is_not_known_which_hosts_it_is_for(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench)
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    tls = [{"hosts": ["a.example.com"], "secretName": "tls"}]
    spec = {"tls": tls, "defaultBackend": backend}
    workbench.create(INGRESSES.format("dev"), {"metadata": {"name": "home"}, "spec": spec})
    handler.resync()

    [found] = explained(mirror("explain", "ingress/home", "-n", "dev", "-o", "json"))

    assert (
        "Secret prod/tls does not say which hosts it is for, as cert-manager did not write it."
    ) in found["details"]


@pytest.mark.controlplane
@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_an_ingress_is_told_of_an_owner_who_has_withdrawn_it(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    source(workbench, FOR_DEV | {names.ALLOWED: "false"})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"tls": [{"secretName": "tls"}], "defaultBackend": backend}
    workbench.create(INGRESSES.format("dev"), {"metadata": {"name": "home"}, "spec": spec})
    handler.resync()

    said = mirror("explain", "ingress/home", "-n", "dev")

    assert said.code == 1
    assert "Secret prod/tls permits no mirrors: reflection-allowed is not true. (KM302)" in said.out
    assert "\nTo change that:\n" in said.out


@pytest.mark.controlplane
@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_an_ingress_counts_before_a_namespace_that_is_called_as_its_kind_is(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.namespace("ingress")
    workbench.secret("ingress", "home", {"key": HELD}, annotations=FOR_DEV)
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"tls": [{"secretName": "tls"}], "defaultBackend": backend}
    workbench.create(INGRESSES.format("dev"), {"metadata": {"name": "home"}, "spec": spec})

    said = mirror("explain", "ingress/home", "-n", "dev")

    assert "Ingress dev/home names it." in said.out


@pytest.mark.controlplane
@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("server", ["controlplane"], indirect=True)
def test_a_secret_that_an_ingress_names_and_that_is_not_there_is_to_be_mended(
    mirror: Mirror, workbench: Workbench
) -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    spec = {"tls": [{"secretName": "tls"}], "defaultBackend": backend}
    workbench.create(INGRESSES.format("shop"), {"metadata": {"name": "home"}, "spec": spec})
    source(workbench)

    said = mirror("explain", "ing/home", "-n", "shop")

    assert said.code == 1
    assert said.out.startswith("Namespace shop gets no mirror of prod/tls")


@pytest.mark.usefixtures("teams")
def test_what_is_wrong_is_changed_and_what_nobody_missed_is_had_by_a_command(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench)
    workbench.secret("stage", "tls", {"key": "own"})

    unwanted = mirror("explain", "secret/tls", "-n", "shop")
    blocked = mirror("explain", "prod/tls", "-n", "stage")

    assert (unwanted.code, blocked.code) == (0, 1)
    assert "\nIf one is wanted there:\n  kubectl mirror explain prod/tls -n shop\n" in unwanted.out
    assert "\nTo change that:\n" in blocked.out
    assert "To change that:" not in unwanted.out


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_whose_owner_has_withdrawn_it_is_named(
    mirror: Mirror, handler: Handler, workbench: Workbench, kind: str
) -> None:
    make = {"Secret": workbench.secret, "ConfigMap": workbench.config_map}[kind]
    make("prod", "tls", {"key": HELD}, annotations=FOR_DEV)
    handler.resync()
    withdrawn = {"metadata": {"annotations": {names.ALLOWED: "false"}}}
    workbench.patch(kind, "prod", "tls", withdrawn)
    handler.resync()

    [found] = explained(mirror("explain", f"{kind.lower()}/tls", "-n", "dev", "-o", "json"))

    assert found["code"] == "KM302"
    assert found["sentence"] == (
        f"Namespace dev gets no mirror of prod/tls: {kind} prod/tls permits no mirrors: "
        "reflection-allowed is not true."
    )


@pytest.mark.usefixtures("teams")
def test_what_never_was_a_source_is_not_said_to_be_withdrawn(
    mirror: Mirror, workbench: Workbench
) -> None:
    workbench.secret("prod", "tls", {"key": HELD})

    [found] = explained(mirror("explain", "secret/tls", "-n", "dev", "-o", "json"))

    assert found["code"] == "KM106"


@pytest.mark.usefixtures("teams")
def test_a_namespace_may_be_called_as_a_kind_is(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    workbench.namespace("certs")
    workbench.secret("certs", "tls", {"key": HELD}, annotations=FOR_DEV)
    handler.resync()

    there = mirror("explain", "certs/tls", "-n", "dev")
    nowhere = mirror("explain", "certs/other", "-n", "dev")

    assert there.out.startswith("Secret dev/tls is a mirror of certs/tls, in sync")
    assert (there.code, nowhere.code) == (0, 2)
    assert nowhere.err == (
        "error: There is no Certificate dev/other, nor a Secret or ConfigMap certs/other.\n"
    )


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
def test_a_source_may_be_named_with_its_kind(
    mirror: Mirror, workbench: Workbench, kind: str
) -> None:
    make = {"Secret": workbench.secret, "ConfigMap": workbench.config_map}
    make[kind]("prod", "tls", {"key": HELD}, annotations=FOR_DEV)
    make[kind]("dev", "tls", {"key": "own"})

    said = mirror("explain", f"{kind.lower()}/prod/tls", "-n", "dev", "-o", "json")

    [found] = explained(said)
    assert (said.code, found["state"], found["namespace"]) == (1, "blocked", "dev")
    assert mirror("explain", f"{kind.lower()}/prod/tls").out.startswith(f"{kind} prod/tls is a so")


@pytest.mark.usefixtures("teams")
def test_what_others_wrote_moves_no_terminal(mirror: Mirror, workbench: Workbench) -> None:
    source(workbench, PERMISSION | {names.AUTO_NAMESPACES: "dev\x1b[2J\x07,\u202eev"})

    said = mirror("explain", "prod/tls", "-n", "shop")

    assert not {"\x1b", "\x07", "\u202e"} & {*said.out, *said.err}


@pytest.mark.usefixtures("teams")
def test_a_namespace_that_is_not_there_is_said_not_to_be(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench)

    said = mirror("explain", "prod/tls", "-n", "nowhere")

    assert said.out.startswith("There is no namespace nowhere.")


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("annotations", [{}, {names.ALLOWED: "true"}, {names.AUTO_ENABLED: "true"}])
def test_a_command_opens_what_is_chosen_by_nothing_for_the_one_namespace_alone(
    mirror: Mirror, workbench: Workbench, annotations: dict[str, str]
) -> None:
    """A list that is not written chooses all namespaces, once it counts."""
    source(workbench, annotations)

    for _ in range(2):
        [found] = explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))
        for remedy in found["remedies"]:
            obey(remedy, workbench)

    planned = mirror("plan", "prod/tls", "-o", "json").document["steps"]
    made = {each["namespace"] for each in planned if each["action"] == "make"}
    assert made == {"shop"}


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize(
    "command", [("explain", "prod/tls", "-n", "shop"), ("doctor",), ("migrate",)], ids=" ".join
)
def test_commands_for_another_cluster_than_the_usual_are_said_to_be(
    mirror: Mirror, workbench: Workbench, server: Server, command: tuple[str, ...]
) -> None:
    """Who runs them as they are would else write in the cluster of the current context."""
    source(workbench)

    usual = mirror(*command)
    other = mirror(*command, "--kubeconfig", str(server.admin_kubeconfig))

    assert (usual.code, usual.out) == (other.code, other.out)
    assert "The commands are for" not in usual.err
    assert f"give them --kubeconfig={server.admin_kubeconfig}, too." in other.err


@pytest.mark.usefixtures("teams")
def test_what_a_command_opens_besides_is_said(mirror: Mirror, workbench: Workbench) -> None:
    source(workbench, {names.ALLOWED: "true", names.AUTO_NAMESPACES: ".*"})

    [found] = explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))

    assert found["details"] == [
        f"{names.AUTO_ENABLED} counts wherever {names.AUTO_NAMESPACES} chooses, not there alone."
    ]


@pytest.mark.usefixtures("teams")
def test_that_handing_over_costs_what_is_there_is_said(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench)
    workbench.secret("dev", "tls", {"key": HELD})

    [found] = explained(mirror("explain", "prod/tls", "-n", "dev", "-o", "json"))

    [said] = found["details"]
    assert said == (
        "What hands Secret dev/tls over has all that it holds replaced by what prod/tls holds. "
        "If it is immutable or of another type, it is deleted and made anew."
    )


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("name", ["--server=https://elsewhere", "-f", "a b", "$(id)"])
def test_what_no_certificate_is_called_is_in_no_command(
    mirror: Mirror, workbench: Workbench, name: str
) -> None:
    """An admin who runs it would else send a token to whoever annotates a Secret."""
    source(workbench, FOR_DEV | {names.CERTIFICATE: name})

    [found] = explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))

    [remedy] = found["remedies"]
    assert shlex.split(remedy)[:5] == ["kubectl", "annotate", "-n", "prod", "secret"]
    assert name not in remedy


@pytest.mark.usefixtures("teams")
def test_no_command_writes_what_was_written_out_for_a_terminal(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench, PERMISSION | {names.AUTO_NAMESPACES: "dev\u202e"})

    [found] = explained(mirror("explain", "prod/tls", "-n", "shop", "-o", "json"))

    assert (found["state"], found["remedies"]) == (None, [])


@pytest.mark.usefixtures("teams")
def test_no_command_gives_a_source_to_whoever_asks_for_what_has_its_name(
    mirror: Mirror, workbench: Workbench
) -> None:
    """Who has their own object explained to an admin would else have a command of theirs run."""
    source(workbench)

    [found] = explained(mirror("explain", "secret/tls", "-n", "shop", "-o", "json"))

    assert found["remedies"] == ["kubectl mirror explain prod/tls -n shop"]
    [said] = found["details"]
    assert said == (
        "Whether that changes is for the owner of Secret prod/tls to decide, whoever asks for it; "
        "by which command is told to who names the source."
    )


@pytest.mark.usefixtures("teams")
def test_no_command_gives_an_object_to_whoever_has_a_source_of_its_name(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench)
    workbench.secret("dev", "tls", {"key": "own"})

    [found] = explained(mirror("explain", "secret/tls", "-n", "dev", "-o", "json"))

    assert found["remedies"] == ["kubectl mirror explain prod/tls -n dev"]
    assert found["details"][-1].startswith(
        "Whether that changes is for the owner of Secret dev/tls to decide, whoever asks for it"
    )


@pytest.mark.usefixtures("teams")
def test_no_command_opens_a_namespace_to_whoever_has_a_source(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench)
    accepts = {"metadata": {"annotations": {names.ACCEPT: "other/*"}}}
    workbench.patch("Namespace", "", "dev", accepts)

    [found] = explained(mirror("explain", "secret/tls", "-n", "dev", "-o", "json"))

    assert found["remedies"] == ["kubectl mirror explain prod/tls -n dev"]
    assert "the owner of Namespace dev to decide" in found["details"][-1]


@pytest.mark.usefixtures("teams")
def test_of_a_source_in_the_mirrors_place_no_command_hands_it_over(
    mirror: Mirror, workbench: Workbench
) -> None:
    """Its owner's word to be a mirror counts for nothing beside that it has mirrors."""
    source(workbench)
    workbench.secret("dev", "tls", {"key": HELD}, annotations={names.ALLOWED: "true"})

    [found] = explained(mirror("explain", "prod/tls", "-n", "dev", "-o", "json"))

    assert (found["state"], found["remedies"], found["details"]) == ("blocked", [], [])
    assert f"take {names.ALLOWED} off it and annotate it" in found["sentence"]


@pytest.mark.usefixtures("teams")
def test_of_a_source_that_is_a_mirror_itself_no_command_permits_what_is_permitted(
    mirror: Mirror, workbench: Workbench
) -> None:
    source(workbench, FOR_DEV | {names.REFLECTS: "stage/tls"})

    [found] = explained(mirror("explain", "prod/tls", "-n", "dev", "-o", "json"))

    assert (found["code"], found["remedies"]) == ("KM303", [])


@pytest.mark.usefixtures("teams")
def test_what_is_left_of_a_source_that_went_tells_of_which_kind_it_was(
    mirror: Mirror, handler: Handler, workbench: Workbench
) -> None:
    workbench.config_map("prod", "tls", {"key": "value"}, annotations=FOR_DEV)
    handler.resync()
    workbench.delete("ConfigMap", "prod", "tls")

    [found] = explained(mirror("explain", "prod/tls", "-n", "dev", "-o", "json"))

    assert (found["kind"], found["state"]) == ("ConfigMap", "leaving")
