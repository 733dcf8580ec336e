from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.lab.programs.cache import cache_folder, made_once


def made_by(name: str, place: Path) -> None:
    with place.open("a") as file:
        file.write(f"by {name}")


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    made_once(tmp_path / "program", partial(made_by, "the first"))

    made_once(tmp_path / "program", partial(made_by, "the second"))

    assert (tmp_path / "program").read_text() == "by the first"


def test_what_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    def interrupted(place: Path) -> None:
        place.write_text("half of it ")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "program", interrupted)

    made_once(tmp_path / "program", partial(made_by, "another"))

    assert (tmp_path / "program").read_text() == "by another"


def test_a_folder_that_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "folder.unfinished" / "half").mkdir(parents=True)

    made_once(tmp_path / "folder", Path.mkdir)

    assert list((tmp_path / "folder").iterdir()) == []


def test_of_many_at_once_only_one_makes_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(partial(made_once, tmp_path / "program"), [partial(made_by, "one")] * 8)

    assert set(made) == {tmp_path / "program"}
    assert (tmp_path / "program").read_text() == "by one"


def test_the_cache_is_where_the_user_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder() == tmp_path / "kn-mirror"
