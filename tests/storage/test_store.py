from pathlib import Path

import pytest

from storage.failure import StoreFailed
from storage.opening import open_store
from storage.record import RECORD
from storage.store import LocalStore
from tests.storage.records import KEY, record


def test_complete_only_with_its_record(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    folder = store.folder("model", KEY)
    folder.mkdir(parents=True)
    (folder / "weights").write_text("w")
    assert not store.is_complete("model", KEY)
    (folder / RECORD).write_bytes(record({"facts": {"epochs": 3}}))
    assert store.is_complete("model", KEY)
    assert store.reference("model", KEY).facts == {"epochs": 3}
    assert list(store.artifacts()) == [("model", KEY)]
    assert store.artifact_location("model", KEY) == str(folder) == str(store.fetch("model", KEY))
    store.delete("model", KEY)
    assert not folder.exists()


@pytest.mark.parametrize(("artifact", "key"), [("..", KEY), ("model", "../../etc"), ("model", "0123"), ("Model", KEY)])
def test_names_cannot_leave_the_store(tmp_path: Path, artifact: str, key: str) -> None:
    with pytest.raises(ValueError, match="not an artifact's name and key"):
        LocalStore(tmp_path).folder(artifact, key)


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    folder = store.folder("model", KEY)
    folder.mkdir(parents=True)
    (folder / RECORD).write_text("{")
    with pytest.raises(StoreFailed, match=f"{KEY}.*delete"):
        store.reference("model", KEY)
