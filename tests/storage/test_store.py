import json
from pathlib import Path

import pytest

from storage.records import Records, plain_serializer
from storage.store import PLAIN_JSON, RECORD, Store, StoreFailure, find_store, open_store, read_record

KEY = "0123456789abcdef"


def record(result: dict[str, object], serializer: dict[str, object] = PLAIN_JSON) -> bytes:
    return json.dumps({"metadata": {"serializer": serializer}, "result": json.dumps(result)}).encode()


def test_complete_only_with_its_record(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    folder = store.folder("model", KEY)
    folder.mkdir(parents=True)
    (folder / "weights").write_text("w")
    assert not store.is_complete("model", KEY)
    (folder / RECORD).write_bytes(record({"facts": {"epochs": 3}}))
    assert store.is_complete("model", KEY)
    assert store.reference("model", KEY).facts == {"epochs": 3}
    assert list(store.entries()) == [("model", KEY)]
    store.forget("model", KEY)
    assert not folder.exists()


@pytest.mark.parametrize(("artifact", "key"), [("..", KEY), ("model", "../../etc"), ("model", "0123"), ("Model", KEY)])
def test_names_cannot_leave_the_store(tmp_path: Path, artifact: str, key: str) -> None:
    with pytest.raises(ValueError, match="not an artifact and a key"):
        Store(tmp_path).folder(artifact, key)


def test_prefects_own_serializer_writes_what_is_trusted() -> None:
    assert plain_serializer().model_dump() == PLAIN_JSON


@pytest.mark.parametrize(
    "serializer",
    [
        {**PLAIN_JSON, "object_decoder": "os.system"},
        {**PLAIN_JSON, "jsonlib": "evil"},
        {**PLAIN_JSON, "loads_kwargs": {"cls": "evil"}},
        {"type": "pickle"},
    ],
)
def test_records_that_name_code_are_refused(tmp_path: Path, serializer: dict[str, object]) -> None:
    content = record({"facts": {}}, serializer)
    with pytest.raises(ValueError, match="serializer"):
        read_record(content)
    path = tmp_path / "model" / KEY / RECORD
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreFailure, match="not to be trusted"):
        Records(root=str(tmp_path)).read_path(f"model/{KEY}/{RECORD}")


def test_record_storage_keeps_to_its_root(tmp_path: Path) -> None:
    records = Records(root=str(tmp_path))
    for path in ("../x", "/etc/passwd"):
        with pytest.raises(StoreFailure, match="not a path inside the store"):
            records.write_path(path, b"")
    with pytest.raises(FileNotFoundError):
        records.read_path(f"model/{KEY}/{RECORD}")


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = store.folder("model", KEY)
    folder.mkdir(parents=True)
    (folder / RECORD).write_text("{")
    with pytest.raises(StoreFailure, match=f"{KEY}.*delete"):
        store.reference("model", KEY)


def test_store_locations(tmp_path: Path) -> None:
    assert open_store(f"file://{tmp_path}/a").root == tmp_path / "a"
    assert find_store("s3://bucket/store/").location == "s3://bucket/store"
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be made or written to"):
        open_store(tmp_path / "file" / "below")


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"file is a file: a store is a folder"):
        find_store(tmp_path / "file")
