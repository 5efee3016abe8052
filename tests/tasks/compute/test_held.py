"""What is made once: as long as arguments and files are the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.compute.held import held


@dataclass(frozen=True)
class Folders:
    first: Path
    others: tuple[Path, ...]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for name in ("a", "b/deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("before")
    return Folders(tmp_path / "a", (tmp_path / "b",))


def contents(folders: Folders, times: int = 1) -> list[str]:
    paths = (folders.first, *folders.others)
    return times * [file.read_text() for path in paths for file in sorted(path.rglob("file"))]


def test_same_arguments_and_files_give_the_same_object(folders: Folders) -> None:
    read = held(contents)
    assert read(folders) is read(folders)
    assert read(folders) == ["before", "before"]


def test_other_arguments_are_made_anew(folders: Folders) -> None:
    read = held(contents)
    assert read(folders, 2) == 2 * read(folders)
    assert read(folders, times=2) == 2 * read(folders)


@pytest.mark.parametrize("changed", ["a/file", "b/deep/file"])
def test_a_changed_file_is_read_again(folders: Folders, changed: str) -> None:
    read = held(contents)
    read(folders)
    path = folders.first.parent / changed
    path.write_text("behind")  # As long as before.
    os.utime(path, ns=(0, 1))
    assert sorted(read(folders)) == ["before", "behind"]


def test_a_new_file_is_read(folders: Folders) -> None:
    read = held(contents)
    read(folders)
    (folders.first / "deep").mkdir()
    (folders.first / "deep" / "file").write_text("new")
    assert read(folders) == ["new", "before", "before"] or read(folders) == ["before", "new", "before"]


def test_what_fails_is_tried_again(folders: Folders) -> None:
    calls = []

    def fails_once(folders: Folders) -> str:
        calls.append(folders)
        if len(calls) == 1:
            raise OSError("not yet")
        return "made"

    read = held(fails_once)
    with pytest.raises(OSError, match="not yet"):
        read(folders)
    assert read(folders) == "made"
