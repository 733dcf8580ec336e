"""Hash keys: read from a folder, the newest signs, and nothing shows them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirroring import names
from mirroring.cluster.connections import Connection
from mirroring.cluster.key_files import read_hash_keys
from mirroring.codes import Code
from mirroring.errors import SettingError
from mirroring.objects.changes import Patch
from mirroring.objects.hash_keys import NO_KEYS, HashKeys, signer
from mirroring.objects.references import CONFIG_MAP, SECRET, Ref
from mirroring.planning.manifests import Manifest
from mirroring.planning.steps import Op, Step
from mirroring.serving.apps import create_app, function
from mirroring.settings import Settings
from tests.unit.examples import AT, CONTENT, SOURCE, metadata, source

KEYS = HashKeys({"2026-01": b"former key" * 4, "2026-11": b"newest key" * 4})
PLAIN = CONTENT.hash
names_of_keys = st.from_regex(r"[-._a-zA-Z0-9]{1,30}", fullmatch=True)


def test_the_newest_key_is_the_last_by_name() -> None:
    assert signer(KEYS.sign(PLAIN, SOURCE)) == "2026-11"


@given(name=names_of_keys, key=st.binary(min_size=16))
def test_what_is_signed_names_its_key_and_begins_as_before(name: str, key: bytes) -> None:
    """The beginning tells the keys of a content alone, which `managedFields` tells anyway."""
    signed = HashKeys({name: key}).sign(PLAIN, SOURCE)

    assert signer(signed) == name
    assert signed[:9] == PLAIN[:9]
    assert PLAIN[9:] not in signed


def test_a_signature_is_told_by_the_key_that_made_it_and_by_no_other() -> None:
    signed = KEYS.sign(PLAIN, SOURCE)
    other = HashKeys({"2026-11": b"of that name" * 4})

    assert KEYS.sign_as(signed, PLAIN, SOURCE) == signed
    assert other.sign_as(signed, PLAIN, SOURCE) != signed
    assert HashKeys({"2027": b"any key" * 4}).sign_as(signed, PLAIN, SOURCE) == ""


@pytest.mark.parametrize(
    "other", [SOURCE.in_namespace("stage"), Ref(SECRET, "prod", "x"), Ref(CONFIG_MAP, *SOURCE[1:])]
)
def test_equal_contents_of_two_objects_are_signed_differently(other: Ref) -> None:
    assert KEYS.sign(PLAIN, SOURCE) != KEYS.sign(PLAIN, other)
    assert KEYS.sign_as(KEYS.sign(PLAIN, SOURCE), PLAIN, other) != KEYS.sign(PLAIN, SOURCE)


def test_without_keys_a_hash_is_plain_and_stays_what_it_is() -> None:
    assert NO_KEYS.sign(PLAIN, SOURCE) == PLAIN
    assert not NO_KEYS.are_newer(PLAIN)
    assert not NO_KEYS.are_newer(KEYS.sign(PLAIN, SOURCE))


def test_keys_have_no_readable_form() -> None:
    assert "newest key" not in f"{KEYS} {KEYS!r}"


@pytest.mark.parametrize("is_declared", [False, True])
def test_to_sign_anew_no_content_is_written(*, is_declared: bool) -> None:
    annotated = {names.CONTENT_HASH: PLAIN, names.REFLECTS: SOURCE.path}
    seen = metadata(SOURCE.in_namespace("dev"), annotations=annotated)
    step = Step(Op.REKEY, seen.ref, "any", Code.FORMER_KEY, seen, declared=is_declared)

    change = Manifest(source(), AT.isoformat()).change(step)

    assert isinstance(change, Patch)
    written = {each["path"] for each in json.loads(change.body)}
    assert {path.split("/")[1] for path in written} == {"metadata"}


def test_keys_are_the_files_of_a_folder_as_kubernetes_mounts_a_secret(tmp_path: Path) -> None:
    mounted = tmp_path / "..2026_11_24"
    mounted.mkdir()
    (tmp_path / "..data").symlink_to(mounted)
    for name, key in KEYS.by_name.items():
        (mounted / name).write_bytes(key)
        (tmp_path / name).symlink_to(tmp_path / "..data" / name)

    assert read_hash_keys(str(tmp_path)) == KEYS


def test_while_kubernetes_takes_a_key_out_those_that_stay_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any, what is written in that moment would have hashes that are not signed."""
    for name, key in KEYS.by_name.items():
        (tmp_path / name).write_bytes(key)
    leaving, *_ = sorted(KEYS.by_name)
    read = Path.read_bytes

    def read_once_it_is_gone(path: Path) -> bytes:
        (tmp_path / leaving).unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_once_it_is_gone)

    assert [*read_hash_keys(str(tmp_path)).by_name] == [*KEYS.by_name.keys() - {leaving}]


def test_a_key_that_is_named_and_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2026-11").symlink_to(tmp_path / "..data" / "2026-11")

    with pytest.raises(SettingError, match="cannot be read"):
        read_hash_keys(str(tmp_path))


def test_where_there_is_no_folder_or_nothing_in_it_there_are_no_keys(tmp_path: Path) -> None:
    assert read_hash_keys(str(tmp_path / "none")) == NO_KEYS
    assert read_hash_keys(str(tmp_path)) == NO_KEYS


def test_a_key_that_could_be_tried_is_refused_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "2026-11").write_bytes(b"hunter2")

    with pytest.raises(SettingError, match=r"Key '2026-11' in .+ is shorter than 16 bytes") as told:
        read_hash_keys(str(tmp_path))

    assert "hunter2" not in str(told.value)


def test_what_is_no_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 16)

    with pytest.raises(SettingError, match="or leave KN_MIRROR_HASH_KEYS out"):
        read_hash_keys(str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("keys", "said"), [({}, "not signed"), (KEYS.by_name, "signed with key 2026-11, of 2")]
)
def test_a_function_says_once_at_its_start_whether_it_signs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], keys: dict[str, bytes], said: str
) -> None:
    for name, key in keys.items():
        (tmp_path / name).write_bytes(key)
    started = function("any")(lambda _event, _mirroring: None)

    create_app(started, Settings(hash_keys=str(tmp_path)), Connection.from_environment)

    told = capfd.readouterr().err
    logging.getLogger("mirroring").handlers = []
    assert told.count(f"Hashes of contents are {said}") == 1
    assert "newest key" not in told
