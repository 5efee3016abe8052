"""Artifacts of a remote store in local copies, on a real server; another machine is another cache folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.failure import StoreFailed
from storage.files import write_bytes, write_json, write_text
from storage.journal import Journal
from storage.opening import find_store
from storage.record import RECORD
from storage.remote.store import RemoteStore
from storage.result_storage import ResultStorage
from storage.store import LocalStore, Store
from tests.storage.records import KEY, record

ARTIFACT = f"model/{KEY}"


@pytest.fixture
def store(url: str) -> RemoteStore:
    return at(url)


def at(url: str) -> RemoteStore:
    found = find_store(url)
    assert isinstance(found, RemoteStore)
    return found


def elsewhere(store: RemoteStore, tmp_path: Path) -> RemoteStore:
    return replace(store, root=tmp_path / "another machine")


def make(store: Store) -> Path:
    """A finished artifact: a file on top, one in a folder, and its record."""
    out = store.folder("model", KEY)
    with store.writing("model", KEY) as in_record:
        write_json(out / "config.json", {"stage": "train"})
        write_bytes(out / "c" / "0", b"chunk")
    ResultStorage(root=store.location).write_path(f"{ARTIFACT}/{RECORD}", record({"facts": {}, **in_record}))
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_complete_only_with_its_record(store: RemoteStore) -> None:
    with store.writing("model", KEY):
        write_text(store.folder("model", KEY) / "weights", "w")
    assert not store.is_complete("model", KEY)
    assert list(store.artifacts()) == [("model", KEY)]
    make(store)
    assert store.is_complete("model", KEY)
    assert store.reference("model", KEY).key == KEY
    assert store.identity("model", KEY) == {"stage": "train"}
    assert store.completed_at("model", KEY) > 0
    assert list(store.artifacts()) == list(store.artifacts("model")) == [("model", KEY)]
    assert store.artifact_location("model", KEY) == f"{store.location}/{ARTIFACT}"
    store.delete("model", KEY)
    assert list(store.artifacts()) == []
    assert not store.is_complete("model", KEY)
    assert store.identity("model", KEY) is None
    assert not store.folder("model", KEY).exists()


def test_another_machine_downloads_all_of_it_once(store: RemoteStore, tmp_path: Path) -> None:
    made = files(make(store))
    other, reported = elsewhere(store, tmp_path), list[tuple[int, int]]()

    def progress(done: int, total: int, note: str) -> None:
        reported.append((done, total))

    assert files(other.fetch("model", KEY, progress)) == {**made, RECORD: store.read(f"{ARTIFACT}/{RECORD}")}
    assert reported == [(1, 2), (2, 2)]
    other.fetch("model", KEY, progress)
    assert len(reported) == 2
    (other.folder("model", KEY) / "c" / "0").write_bytes(b"other")
    assert files(other.fetch("model", KEY, progress))["c/0"] == b"chunk"


@pytest.mark.parametrize("damage", [b"chunK", b"cut", None])
def test_what_is_damaged_there_is_named(store: RemoteStore, tmp_path: Path, damage: bytes | None) -> None:
    make(store)
    if damage is None:
        store.objects.delete([f"{ARTIFACT}/c/0"])
    else:
        store.objects.write(f"{ARTIFACT}/c/0", damage)
    other = elsewhere(store, tmp_path)
    with pytest.raises(StoreFailed, match=rf"{KEY}/c/0 is (damaged|missing).*; delete {store.location}/{ARTIFACT}"):
        other.fetch("model", KEY)
    assert not (other.folder("model", KEY) / RECORD).exists()


def test_a_record_cannot_lead_out_of_the_copy(store: RemoteStore) -> None:
    store.objects.write(f"{ARTIFACT}/{RECORD}", record({"facts": {}, "files": {"../../../escaped": [1, ""]}}))
    with pytest.raises(StoreFailed, match="not a path inside"):
        store.fetch("model", KEY)


def test_a_store_copied_there_from_a_disk(store: RemoteStore, tmp_path: Path) -> None:
    local = LocalStore(tmp_path / "local")
    out = make(local)
    for name, content in files(out).items():
        store.objects.write(f"{ARTIFACT}/{name}", content)
    assert store.is_complete("model", KEY)
    assert files(store.fetch("model", KEY)) == files(out)


class KilledError(Exception):
    """Stands for the end of the process."""


def work(store: RemoteStore, units: int, until: Callable[[], bool] = lambda: False) -> list[str]:
    """A stage of ``units`` units, one file and one line in the journal each; returns those that had to be done."""
    done, out = [], store.folder("model", KEY)
    with store.writing("model", KEY):
        journal = Journal(out)
        for unit in map(str, range(units)):
            if unit not in journal.kept:
                write_bytes(out / "c" / unit, unit.encode())
                journal.mark(unit)
                done.append(unit)
            while unit == "1" and until():
                pass
        journal.close()
    return done


def test_unfinished_work_goes_on_elsewhere(store: RemoteStore, tmp_path: Path) -> None:
    def sent() -> bool:
        names = store.objects.files(ARTIFACT)
        if {"c/0", "c/1", "journal.txt"} <= set(names) and store.read(f"{ARTIFACT}/journal.txt") == b"0\n1\n":
            raise KilledError
        return True

    with pytest.raises(KilledError):
        work(store, 4, sent)
    assert work(elsewhere(store, tmp_path), 4) == ["2", "3"]
    assert store.objects.files(ARTIFACT).keys() == {"c/0", "c/1", "c/2", "c/3"}


def test_here_work_goes_on_from_what_was_never_sent(store: RemoteStore) -> None:
    out = store.folder("model", KEY)
    write_bytes(out / "c" / "0", b"0")
    Journal(out).mark("0")
    assert work(store, 2) == ["1"]


def test_deleted_there_is_deleted_here(store: RemoteStore) -> None:
    with store.writing("model", KEY):
        write_text(store.folder("model", KEY) / "stale", "of the old run")
    store.objects.delete(f"{ARTIFACT}/{name}" for name in store.objects.files(ARTIFACT))
    make(store)
    assert store.objects.files(ARTIFACT).keys() == {"config.json", "c/0", RECORD}


def test_the_bucket_never_promises_more_than_it_has(store: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every single write the journal in the bucket names only units whose files are there."""
    write = type(store.objects).write

    def checked(remote: object, path: str, content: bytes) -> str:
        version = write(store.objects, path, content)  # type: ignore[arg-type]
        there = store.objects.files(ARTIFACT)
        if "journal.txt" in there:
            promised = store.read(f"{ARTIFACT}/journal.txt").decode().split()
            assert {f"c/{unit}" for unit in promised} <= set(there)
        return version

    monkeypatch.setattr(type(store.objects), "write", checked)
    assert len(work(store, 30)) == 30


def test_a_store_that_goes_away_and_comes_back(store: RemoteStore, tmp_path: Path) -> None:
    made = make(store)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AZURE_STORAGE_ENDPOINT", "GOOGLE_BASE_URL"):
            patch.setenv(name, "http://127.0.0.1:9")
        away = replace(at(store.location), root=store.root)
        with pytest.raises(StoreFailed, match="cannot be reached"):
            away.is_complete("model", KEY)
        with pytest.raises(StoreFailed, match="cannot be reached"):
            away.fetch("model", KEY)
    assert (made / "c" / "0").read_bytes() == b"chunk"
    assert store.is_complete("model", KEY)
