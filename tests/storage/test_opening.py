from pathlib import Path

import pytest

from storage.opening import find_store, open_store


def test_store_locations(tmp_path: Path) -> None:
    assert open_store(f"file://{tmp_path}/a").root == tmp_path / "a"
    assert find_store("s3://bucket/store/").location == "s3://bucket/store"
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be created or written"):
        open_store(tmp_path / "file" / "below")


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"file is a file: a store is a folder"):
        find_store(tmp_path / "file")
