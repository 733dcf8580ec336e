from __future__ import annotations

from typing import TYPE_CHECKING

from image.permissions import open_to_readers

if TYPE_CHECKING:
    from pathlib import Path


def test_a_checkout_that_only_its_owner_could_read_can_be_read_by_all(tmp_path: Path) -> None:
    folder = tmp_path / "functions"
    folder.mkdir(mode=0o700)
    module = folder / "on_resync.py"
    module.touch(mode=0o600)

    open_to_readers(tmp_path)

    assert (folder.stat().st_mode & 0o777, module.stat().st_mode & 0o777) == (0o755, 0o644)


def test_a_checkout_that_all_could_write_to_is_its_owners_alone(tmp_path: Path) -> None:
    module = tmp_path / "gunicorn.conf.py"
    module.touch()
    module.chmod(0o666)

    open_to_readers(tmp_path)

    assert module.stat().st_mode & 0o777 == 0o644
