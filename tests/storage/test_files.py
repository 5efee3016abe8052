from pathlib import Path

import pytest

from storage.files import read_json, write_bytes, write_json


def test_written_whole_and_nothing_left_beside(tmp_path: Path) -> None:
    write_bytes(tmp_path / "new" / "a.bin", b"123")
    write_bytes(tmp_path / "new" / "a.bin", b"4567")
    assert (tmp_path / "new" / "a.bin").read_bytes() == b"4567"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.bin"]


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    with pytest.raises(TypeError):
        write_bytes(path, "not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_json_does_not_depend_on_the_order_of_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": [0.1]})
    write_json(tmp_path / "b.json", {"a": [0.1], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"a": [0.1], "b": 1}


def test_damaged_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match=r"a\.json is not valid JSON"):
        read_json(tmp_path / "a.json")
