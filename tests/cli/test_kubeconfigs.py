"""Kubeconfigs are read as kubectl reads them, and whatever is wrong with one is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mirror.access.kubeconfigs import Kubeconfig
from mirroring.errors import SettingError
from tests.cli.kubeconfigs import SERVER, TOKEN, by_kubectl, by_the_official_client, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubectl_mirror.access.kubeconfigs import Context


def read(files: Sequence[Path]) -> Kubeconfig:
    return Kubeconfig.read(None, {"KUBECONFIG": os.pathsep.join(map(str, files))})


def as_kubectl_says(context: Context) -> Mapping[str, Any]:
    return {"cluster": context.cluster, "user": context.user, "namespace": context.namespace}


NAMES = st.sampled_from(["a", "b"])
FILES = st.lists(
    st.fixed_dictionaries(
        {
            "clusters": st.dictionaries(NAMES, st.sampled_from(["https://1", "https://2"])),
            "users": st.dictionaries(NAMES, st.sampled_from(["token-1", "token-2"])),
            "contexts": st.dictionaries(NAMES, st.tuples(NAMES, NAMES, st.sampled_from(["", "n"]))),
            "current-context": st.sampled_from(["", "a", "b"]),
        }
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=FILES)
def test_of_several_files_the_first_that_has_a_name_counts_as_for_kubectl(
    tmp_path: Path, drawn: list[dict[str, Any]]
) -> None:
    files = [
        written(
            tmp_path / f"{number}.kubeconfig",
            clusters=[{"name": n, "cluster": {"server": s}} for n, s in each["clusters"].items()],
            users=[{"name": n, "user": {"token": s}} for n, s in each["users"].items()],
            contexts=[
                {"name": name, "context": {"cluster": c, "user": u, "namespace": n}}
                for name, (c, u, n) in each["contexts"].items()
            ],
            **{"current-context": each["current-context"]},
        )
        for number, each in enumerate(drawn)
    ]
    found = read(files)
    current = found.contexts.get(found.current)
    is_whole = current and current["cluster"] in found.clusters and current["user"] in found.users

    if is_whole:
        assert as_kubectl_says(found.context()) == by_kubectl(files)
    else:
        with pytest.raises(SettingError):
            found.context()


@pytest.mark.parametrize("path", ["pki/it", "../it", "./it", "it"])
def test_relative_paths_begin_where_the_file_is_as_for_the_official_client(
    tmp_path: Path, path: str
) -> None:
    place = tmp_path / "there" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(TOKEN)
    cluster = {"server": SERVER, "certificate-authority": path}
    user = {"client-certificate": path, "client-key": path, "tokenFile": path}
    file = written(tmp_path / "there" / "kubeconfig", cluster=cluster, user=user)

    found, theirs = read([file]).context(), by_the_official_client(file)

    ours = (found.cluster["certificate-authority"], found.user["client-key"])
    assert tuple(map(os.path.normpath, ours)) == (theirs.ssl_ca_cert, theirs.key_file)
    assert os.path.normpath(found.user["client-certificate"]) == theirs.cert_file
    assert Path(found.user["tokenFile"]).samefile(place)


@pytest.mark.parametrize(
    "flags",
    [("--context=y",), ("--cluster=d",), ("--user=v",), ("--context=y", "--user=u")],
    ids=" ".join,
)
def test_flags_choose_as_for_kubectl(tmp_path: Path, flags: tuple[str, ...]) -> None:
    clusters = [{"name": n, "cluster": {"server": f"https://{n}"}} for n in ("c", "d")]
    users = [{"name": n, "user": {"token": n}} for n in ("u", "v")]
    contexts = [
        {"name": "x", "context": {"cluster": "c", "user": "u"}},
        {"name": "y", "context": {"cluster": "d", "user": "v", "namespace": "n"}},
    ]
    file = written(tmp_path / "kubeconfig", clusters=clusters, users=users, contexts=contexts)
    named = dict(flag.removeprefix("--").split("=") for flag in flags)

    ours = read([file]).context(named.pop("context", ""), **named)

    # kubectl says of a context only what the file says of it.
    chosen = {"cluster": "c", "user": "u", **({"cluster": "d"} if ours.name == "y" else {})}
    chosen = {**chosen, **({"user": "v"} if ours.name == "y" else {}), **named}
    theirs = by_kubectl([file], *[flag for flag in flags if flag.startswith("--context")])
    assert ours.cluster == {"server": f"https://{chosen['cluster']}"}
    assert ours.user == {"token": chosen["user"]}
    assert ours.namespace == theirs["namespace"]


def test_a_file_that_is_named_has_to_be_there_and_of_others_what_is_there_counts(
    tmp_path: Path,
) -> None:
    file, missing = written(tmp_path / "kubeconfig"), tmp_path / "missing"

    assert read([missing, file]).current == "x"
    with pytest.raises(SettingError, match=f"There is no kubeconfig {missing}"):
        Kubeconfig.read(str(missing), {})


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (f"users: [{{name: u, user: {{token: {TOKEN}", "is no YAML, in line "),
        (f"!!python/object:os.system {TOKEN}", "is no YAML, in line 1"),
        (TOKEN, "has no fields"),
        (f"users: {TOKEN}", "its users are no list"),
        (f"users: [{TOKEN}]", "one of users without a name"),
        (f"users: [{{name: u, user: {TOKEN}}}]", "user u has no fields"),
        ("users: [{user: {}}]", "one of users without a name"),
        (b"\xff\xfe\x00", "cannot be read"),
        ("current-context: 2026-13-45", "is no YAML that can be read"),
    ],
)
def test_what_is_no_kubeconfig_is_named_and_not_quoted(
    tmp_path: Path, content: str | bytes, because: str
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SettingError) as raised:
        read([file])

    assert str(file) in str(raised.value)
    assert because in str(raised.value)
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    ("flags", "because"),
    [
        ({"name": "z"}, "There is no context z in kubeconfig {}. There is: x."),
        ({"cluster": "z"}, "There is no cluster z in kubeconfig {}. There is: c."),
        ({"user": "z"}, "There is no user z in kubeconfig {}. There is: u."),
    ],
    ids=lambda each: "" if isinstance(each, str) else next(iter(each)),
)
def test_what_is_not_there_is_named_with_what_is(
    tmp_path: Path, flags: dict[str, str], because: str
) -> None:
    file = written(tmp_path / "kubeconfig")

    with pytest.raises(SettingError) as raised:
        read([file]).context(**flags)

    assert str(raised.value) == because.format(file)


def test_without_a_current_context_it_is_said_how_to_choose_one(tmp_path: Path) -> None:
    file = written(tmp_path / "kubeconfig", **{"current-context": ""})

    with pytest.raises(SettingError, match=r"kubectl config use-context, or by --context"):
        read([file]).context()
