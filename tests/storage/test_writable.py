import errno
import os
from pathlib import Path

import pytest

from storage.cache import cache_folder
from storage.writable import temporary_folder, why_unwritable
from tests.mounted import mounted


def test_a_folder_that_can_be_written_leaves_no_trace(tmp_path: Path) -> None:
    assert why_unwritable(tmp_path) is None
    assert why_unwritable(tmp_path / "not" / "yet") is None
    assert not list(tmp_path.iterdir())


def test_below_a_file_or_a_broken_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert why_unwritable(tmp_path / "file") == f"{tmp_path / 'file'} is not a folder"
    assert why_unwritable(tmp_path / "file" / "home") == f"{tmp_path / 'file'} is not a folder"
    assert why_unwritable(tmp_path / "link" / "home") == f"{tmp_path / 'link'} is a broken link"


ASK = "from pathlib import Path; from storage.writable import why_unwritable; "


def test_a_read_only_file_system(tmp_path: Path) -> None:
    code = f'{ASK}print(why_unwritable(Path("{tmp_path}/home")))'
    assert mounted(tmp_path, "ro", code) == os.strerror(errno.EROFS)


def test_a_full_disk(tmp_path: Path) -> None:
    fill = f'f = open("{tmp_path}/full", "wb", 0); f.write(bytes(4096)); '
    code = f'{ASK}{fill}print(why_unwritable(Path("{tmp_path}/home")))'
    assert mounted(tmp_path, "size=4k", code) == os.strerror(errno.ENOSPC)


def test_the_temporary_folder_is_this_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = temporary_folder()
    assert folder == temporary_folder() == tmp_path / f"latentfaces-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    # Somebody else could read what is written there, or has put a link in its place.
    folder.chmod(0o755)
    assert temporary_folder() not in (folder, temporary_folder())
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert temporary_folder() != folder


def test_a_cache_that_cannot_be_written_is_replaced_and_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("LATENTFACES_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache_folder() == cache_folder() == temporary_folder() / "cache"
    assert [record.getMessage() for record in caplog.records] == [
        f"cannot write to {tmp_path}/file/latentfaces ({tmp_path}/file is not a folder); using "
        f"{temporary_folder()}/cache; set LATENTFACES_CACHE to choose another folder"
    ]
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
