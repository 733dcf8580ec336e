"""`make install` and `make uninstall`, to a kubectl that answers as the test says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from installer import proofs
from installer.clusters import Cluster, RefusedError
from installer.images import Delivery, fingerprint, sources
from installer.installing import _apply
from installer.overlays import PROJECT
from installer.parts import CLUSTER_WIDE, WORKING
from installer.uninstalling import uninstall
from tests.knative.manifests import OVERLAYS, rendered
from tests.lab.kubectl import find_kubectl

# Answers by the first pattern that its arguments match; only kustomizations are the real one's.
KUBECTL: Final = """\
#!{python}
import json, os, re, subprocess, sys
words = " ".join(sys.argv[1:])
fed = "" if os.path.samestat(os.fstat(0), os.stat(os.devnull)) else sys.stdin.read()
with open("{folder}/asked", "a") as log:
    log.write(json.dumps([words, fed]) + "\\n")
if "kustomize" in sys.argv:
    sys.exit(subprocess.run(["{kubectl}", *sys.argv[2:]]).returncode)
for pattern, code, said in json.load(open("{folder}/answers")):
    if re.search(pattern, words):
        print(said, file=sys.stderr if code else sys.stdout)
        sys.exit(code)
"""
BUILDER: Final = """\
#!/bin/sh
echo "$0 $@" >> {folder}/ran
[ "$1" != push ] || [ "$2" != --digestfile ] || printf sha256:{digest} > "$3"
for each; do case $each in docker-archive:*) echo image > "$(echo $each | cut -d: -f2)"; esac; done
"""
LOADER: Final = '#!/bin/sh\necho "$0 $@" >> {folder}/ran\n'
DIGEST: Final = "0123456789abcdef" * 4
NOT_FOUND: Final = "Error from server (NotFound): the server could not find the requested resource"
OLD: Final = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
NEW: Final = (*OLD, "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
UNREADY: Final = {
    "kind": "Service",
    "metadata": {"name": "on-resync"},
    "status": {
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "NoImage", "message": "not pulled"}
        ]
    },
}

Answer = tuple[str, int, str]


class Bench(NamedTuple):
    """A checkout's make, with programs that do nothing but write down that they were run.

    Args:
        folder: for all that they write.
    """

    folder: Path

    def answers(self, *answers: Answer, admission: tuple[str, ...] = NEW) -> None:
        """Have kubectl answer so, and else as a cluster that has everything and is new."""
        usual = [
            ("get-contexts", 0, "kind-here\nother"),
            ("--raw /version", 0, '{"gitVersion": "v1.36.3"}'),
            (r"--raw /apis?/(\S*knative|v1|rbac|coord|net)", 0, kinds(*knative())),
            ("--raw /apis/admission", 0, kinds(*admission)),
            ("get (namespaces|.*output=json( |$))", 0, '{"items": []}'),
        ]
        (self.folder / "answers").write_text(json.dumps([*answers, *usual]))

    def make(self, goal: str, *variables: str) -> Done:
        """Have make do something with that kubectl and such programs."""
        command = ["make", "--no-print-directory", goal, f"KUBECTL={self.folder}/kubectl"]
        done = subprocess.run(  # noqa: S603 (no input from outside)
            [*command, *variables],
            cwd=PROJECT,
            env={
                **os.environ,
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "KUBECONFIG": str(self.folder / "kubeconfig"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What kubectl was asked, and what it was fed."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [tuple(json.loads(line)) for line in lines]

    @property
    def applied(self) -> str:
        """What was applied."""
        [manifests] = [fed for words, fed in self.asked if " apply " in words]
        return manifests

    @property
    def images(self) -> list[str]:
        """The images in that."""
        return re.findall(r" image: (\S+)", self.applied)

    @property
    def ran(self) -> list[str]:
        """What else was run."""
        file = self.folder / "ran"
        text = file.read_text() if file.exists() else ""
        return text.replace(f"{self.folder}/", "").splitlines()


class Done(NamedTuple):
    """What came of it."""

    code: int
    out: str
    err: str


def kinds(*names: str) -> str:
    return json.dumps({"resources": [{"kind": each} for each in names]})


def knative() -> set[str]:
    """Name all kinds of all overlays that are not those of admission."""
    return {each["kind"] for name in OVERLAYS for each in rendered(name)} - set(NEW)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Have programs that write down that they were run."""
    known = {"python": sys.executable, "folder": tmp_path, "kubectl": find_kubectl()}
    programs = {
        "kubectl": KUBECTL.format(**known),
        "buildah": BUILDER.format(folder=tmp_path, digest=DIGEST),
        "kind": LOADER.format(folder=tmp_path),
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    found = Bench(tmp_path)
    found.answers()
    return found


HERE: Final = ("CONTEXT=kind-here", "PROOF=no")
# What doctor, which is asked in the end, says of a cluster that kubectl's stand-in alone knows.
DOCTOR: Final = (
    "error: There is no context kind-here in kubeconfig {}/kubeconfig. There is: none.\n"
)


def test_an_image_is_built_and_loaded_before_what_runs_it_is_applied(bench: Bench) -> None:
    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert (done.code, done.err) == (0, DOCTOR.format(bench.folder))
    image = Delivery("buildah", loader="kind").image
    build, save, load = bench.ran
    assert build.startswith(f"buildah build --tag {image} ")
    assert re.fullmatch(rf"buildah push {image} docker-archive:/\S+/image.tar:{image}", save)
    assert re.fullmatch(r"kind load image-archive /\S+/image.tar --name here", load)
    assert bench.images == [image] * 4


def test_an_image_that_is_pushed_is_applied_by_its_digest(bench: Bench) -> None:
    bases = bench.folder / "Dockerfile"
    bases.write_text(f"ARG BASE=base@sha256:{DIGEST}\nARG UV=uv@sha256:{DIGEST}\n")

    done = bench.make(
        "install", *HERE, "REGISTRY=localhost:5000/team", "BUILDER=buildah", f"BASES={bases}"
    )

    assert (done.code, done.err) == (0, DOCTOR.format(bench.folder))
    image = Delivery("buildah", registry="localhost:5000/team").image
    assert bench.images == [f"{image}@sha256:{DIGEST}"] * 4


def test_a_name_changes_with_what_is_in_the_image_and_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = fingerprint()
    found = sources()
    assert PROJECT / "functions" / "on_resync.py" in found
    assert PROJECT / "README.md" not in found

    monkeypatch.setattr("installer.images.sources", lambda: found[1:])

    assert fingerprint() != before


@pytest.mark.parametrize(
    ("context", "loader", "program"),
    [
        ("kind-here", "kind", "kind load image-archive /a --name here"),
        ("mine", "minikube", "minikube --profile mine image load /a"),
        ("far", "ctr", "sudo k3s ctr --namespace=k8s.io images import -"),
    ],
)
def test_an_image_is_loaded_by_what_the_cluster_is_made_of(
    context: str, loader: str, program: str
) -> None:
    delivery = Delivery("docker", loader=loader, ctr="sudo k3s ctr")

    assert " ".join(delivery._loading(context, Path("/a"))) == program


@pytest.mark.parametrize(
    ("builder", "program"),
    [
        ("docker", "docker save --output /a {}"),
        ("/usr/bin/podman", "/usr/bin/podman save --format=docker-archive --output=/a {}"),
        ("buildah --root /x", "buildah --root /x push {0} docker-archive:/a:{0}"),
    ],
)
def test_an_image_is_saved_by_what_has_built_it(builder: str, program: str) -> None:
    delivery = Delivery(builder, loader="ctr")

    assert " ".join(delivery._saving(Path("/a"))) == program.format(delivery.image)


def test_hashes_are_signed_from_the_beginning(bench: Bench) -> None:
    bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    made = [json.loads(fed) for words, fed in bench.asked if " create " in words]
    [key] = made[1]["stringData"].values()
    assert [each["kind"] for each in made] == ["Namespace", "Secret"]
    assert made[1]["metadata"] == {"name": "kn-mirror-content-hash", "namespace": "kn-mirror"}
    assert re.fullmatch(r"[0-9a-f]{64}", key)
    assert not any(key in words for words, _ in bench.asked)


def test_a_key_that_is_there_stays(bench: Bench) -> None:
    bench.answers(("get (namespace kn-mirror|secret)", 0, "there"))

    bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert not any(" create " in words for words, _ in bench.asked)


def test_the_overlay_is_the_one_that_the_api_server_can_take(bench: Bench) -> None:
    bench.answers(admission=OLD)

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert (
        "Overlay drop-in: the API server (v1.36.3) does not serve MutatingAdmissionPolicy "
        "(admissionregistration.k8s.io/v1), MutatingAdmissionPolicyBinding" in done.out
    )
    assert "kind: MutatingAdmissionPolicy" not in bench.applied


def test_a_new_api_server_is_given_the_default(bench: Bench) -> None:
    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert "Overlay default: the API server (v1.36.3) serves all that it needs." in done.out
    assert "kind: MutatingAdmissionPolicy" in bench.applied


def test_an_overlay_of_ones_own_is_taken_by_its_folder(bench: Bench) -> None:
    own = bench.folder / "own"
    own.mkdir()
    there = os.path.relpath(PROJECT / "knative" / "overlays" / "default", own)
    (own / "kustomization.yaml").write_text(f"namespace: mine\nresources: ['{there}']\n")

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah", f"OVERLAY={own}")

    assert f"Overlay {own}: as you say." in done.out
    assert "Applied to namespace mine" in done.out


def test_in_the_end_it_says_what_is_next(bench: Bench) -> None:
    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    annotating, _, making = done.out.splitlines()[-3:]
    assert annotating.startswith("  kubectl --context=kind-here annotate secret NAME ")
    assert "/reflection-allowed=true " in annotating
    assert making.startswith("  make dist && install build/dist/kubectl-mirror.pyz ")


REFUSED: Final = {
    "no context": (["CONTEXT="], [], "Name one by CONTEXT=…; there are: kind-here, other."),
    "another context": (["CONTEXT=none"], [], "There is no context 'none'."),
    "no way for the image": (["LOAD="], [], "REGISTRY=registry.example/team"),
    "two ways": (["REGISTRY=registry.example"], [], "or by LOAD=kind|minikube|ctr"),
    "another way": (["LOAD=scp"], [], "or by LOAD=kind|minikube|ctr"),
    "no builder": (["BUILDER="], [], "There is no buildah, podman or docker on PATH"),
    "no loader": (["LOAD=ctr", "CTR=no-ctr"], [], "There is no no-ctr on PATH"),
    "no kubectl": (["KUBECTL=no-kubectl"], [], "There is no no-kubectl on PATH. Install it"),
    "no such overlay": (["OVERLAY=none"], [], "There are default, drop-in, hardened, kafka, or"),
    "no administrator": (
        [],
        [("auth can-i", 1, "no")],
        "you have not got them in context kind-here",
    ),
    "no Knative": (
        [],
        [("--raw /apis/.*knative", 1, NOT_FOUND)],
        "The cluster has no Broker (eventing.knative.dev/v1), ",
    ),
    "a registry is asked": (
        [],
        [("config-deployment", 0, "ko.local")],
        """--patch='{"data": {"registries-skipping-tag-resolving": "ko.local,kind.local"}}'""",
    ),
    "it is asked in that very context": (
        [],
        [("config-deployment", 0, "ko.local")],
        "kubectl --context=kind-here patch configmap config-deployment",
    ),
    "a registry is asked, by what is written oddly": (
        [],
        [("config-deployment", 0, "'$(id)\"")],
        """--patch='{"data": {"registries-skipping-tag-resolving": "'"'"'$(id)\\",kind.local"}}'""",
    ),
    "what steers a terminal": ([], [("version", 1, "no\x1b[2J\nyes")], "no\\x1b[2J\nyes"),
    "a wrong overlay": (
        ["OVERLAY=hardened"],
        [("--raw /apis/admission", 0, kinds(*OLD))],
        "Upgrade Kubernetes, or take OVERLAY=drop-in.",
    ),
    "an old API server": (
        [],
        [("--raw /apis/admission", 1, NOT_FOUND)],
        "Kubernetes 1.30 is the first that does; upgrade it.",
    ),
}


@pytest.mark.parametrize(
    ("variables", "answers", "words"),
    REFUSED.values(),
    ids=[each.replace(" ", "-") for each in REFUSED],
)
def test_what_is_missing_is_said_before_anything_is_done(
    bench: Bench, variables: list[str], answers: list[Answer], words: str
) -> None:
    bench.answers(*answers)

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah", *variables)

    assert done.code != 0
    assert words in done.err
    assert "Traceback" not in done.err
    assert bench.ran == []


def test_what_does_not_become_ready_says_why(bench: Bench) -> None:
    bench.answers(
        (" wait ", 1, "error: timed out"),
        (r"get \S*pingsources", 0, json.dumps({"items": [UNREADY]})),
    )

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert done.code != 0
    assert "  Service on-resync: NoImage: not pulled" in done.err


def test_a_webhook_that_does_not_answer_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As Knative's own, where it was installed a moment ago."""
    once = ["error when creating: failed calling webhook: connection refused"]
    cluster = Cluster("here")

    def kubectl(*_arguments: str, fed: str) -> str:
        if once:
            raise RefusedError(once.pop())
        return fed

    monkeypatch.setattr(cluster, "kubectl", kubectl)
    monkeypatch.setattr("installer.installing._PAUSE", 0)
    said: list[str] = []

    _apply(cluster, "manifests", said.append)

    assert said == ["A webhook of the cluster's does not answer yet; once more in a moment."]


def test_what_is_there_of_another_overlay_is_named_and_stays(bench: Bench) -> None:
    gate = {"kind": "ValidatingAdmissionPolicy", "metadata": {"name": "kn-mirror-gate"}}
    bench.answers(
        ("get validatingadmissionpolicies", 0, json.dumps({"items": [gate]})),
    )

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    assert (
        "--namespace=kn-mirror delete "
        "validatingadmissionpolicies.admissionregistration.k8s.io/kn-mirror-gate" in done.out
    )
    assert not any("delete valid" in words for words, _ in bench.asked)


def named(*names: str) -> str:
    """What kubectl lists."""
    return json.dumps({"items": [{"metadata": {"name": name}} for name in names]})


def test_uninstalling_deletes_nothing_for_its_label_alone(bench: Bench) -> None:
    bench.answers(
        ("get namespaces .*component=proof", 0, named("prod", "kn-mirror-proof-0a1b2c")),
        ("get namespaces", 0, named("prod", "kn-mirror")),
        (r"get clusterroles\.", 0, named("admin", "kn-mirror-on-resync")),
    )

    done = bench.make("uninstall", "CONTEXT=kind-here")

    deleted = [
        words.split(" delete ")[1].split() for words, _ in bench.asked if " delete " in words
    ]
    outside = [words for words in deleted if not any("--namespace=" in each for each in words)]
    assert [words[1] for words in outside] == [
        "kn-mirror-proof-0a1b2c",
        "kn-mirror",
        "kn-mirror-on-resync",
    ]
    assert not any("prod" in each or "admin" in each for words in deleted for each in words)
    assert (
        "stays: namespace/prod, clusterroles.rbac.authorization.k8s.io/admin. If it came by an "
        "overlay of yours, name its folder: OVERLAY=…" in done.out
    )


def test_uninstalling_says_what_takes_its_time_before_it_does(bench: Bench) -> None:
    said: list[str] = []
    cluster = Cluster("kind-here", str(bench.folder / "kubectl"))
    bench.answers(("get namespaces", 0, named("kn-mirror")), (" delete ", 1, "not now"))

    with pytest.raises(RefusedError):
        uninstall(cluster, overlay="", mirrors=False, say=said.append)

    assert said == ["Taking away namespace kn-mirror, which takes a minute or two."]


def test_uninstalling_says_what_keeps_its_label(bench: Bench) -> None:
    bench.answers((r"get secrets,configmaps .*role,kn-mirror\.dev/role!=mirror ", 0, "prod tls"))

    done = bench.make("uninstall", "CONTEXT=kind-here")

    assert "that keep the label kn-mirror.dev/role, which nothing heeds any more: 1." in done.out


def test_a_proof_deletes_no_namespace_that_it_could_not_make(bench: Bench) -> None:
    bench.answers((" create ", 1, "Error from server (AlreadyExists)"))

    with pytest.raises(RefusedError):
        proofs.prove(Cluster("kind-here", str(bench.folder / "kubectl")))

    assert not any(" delete " in words for words, _ in bench.asked)


def test_another_overlays_parts_are_named_where_that_names_them_and_nowhere_else(
    bench: Bench,
) -> None:
    """Who runs the command that is named would else delete what anybody labelled."""
    bench.answers((r"get clusterroles\.", 0, named("admin", "kn-mirror-declare-sources")))

    done = bench.make("install", *HERE, "LOAD=kind", "BUILDER=buildah")

    [said] = [line for line in done.out.splitlines() if " delete " in line]
    assert said.endswith("clusterroles.rbac.authorization.k8s.io/kn-mirror-declare-sources")
    assert "/admin" not in said


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_uninstalling_knows_every_kind_outside_of_the_namespace(overlay: str) -> None:
    outside = {
        (each["apiVersion"], each["kind"])
        for each in rendered(overlay)
        if "namespace" not in each["metadata"] and each["kind"] != "Namespace"
    }

    assert outside <= {(each.api_version, each.kind) for each in CLUSTER_WIDE}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_uninstalling_knows_every_kind_of_knatives(overlay: str) -> None:
    needed = {
        (each["apiVersion"], each["kind"])
        for each in rendered(overlay)
        if "knative.dev/" in each["apiVersion"]
    }

    assert needed <= {(each.api_version, each.kind) for each in WORKING}
