"""Artifacts of a remote store in local copies, on a real S3 endpoint; another machine is another cache folder."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.files import write_bytes, write_json, write_text
from storage.journal import Journal
from storage.records import Records
from storage.remote_store import RemoteStore
from storage.store import PLAIN_JSON, RECORD, Store, StoreFailure, find_store
from tests.endpoint import Endpoint

KEY = "0123456789abcdef"
PLACE = f"model/{KEY}"


@pytest.fixture
def store(bucket: str) -> RemoteStore:
    return at(f"s3://{bucket}/p")


def at(url: str) -> RemoteStore:
    found = find_store(url)
    assert isinstance(found, RemoteStore)
    return found


def elsewhere(store: RemoteStore, tmp_path: Path) -> RemoteStore:
    return replace(store, root=tmp_path / "another machine")


def record(facts: dict[str, object]) -> bytes:
    return json.dumps({"metadata": {"serializer": PLAIN_JSON}, "result": json.dumps({"facts": {}, **facts})}).encode()


def make(store: Store) -> Path:
    """A finished artifact: a file on top, one in a folder, and its record."""
    out = store.folder("model", KEY)
    with store.working("model", KEY) as delivery:
        write_json(out / "config.json", {"stage": "train"})
        write_bytes(out / "c" / "0", b"chunk")
    Records(root=store.location).write_path(f"{PLACE}/{RECORD}", record(delivery.facts))
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_complete_only_with_its_record(store: RemoteStore) -> None:
    with store.working("model", KEY):
        write_text(store.folder("model", KEY) / "weights", "w")
    assert not store.is_complete("model", KEY)
    assert list(store.entries()) == [("model", KEY)]
    make(store)
    assert store.is_complete("model", KEY)
    assert store.reference("model", KEY).key == KEY
    assert store.identity("model", KEY) == {"stage": "train"}
    assert store.finished_at("model", KEY) > 0
    assert list(store.entries()) == list(store.entries("model")) == [("model", KEY)]
    assert store.where("model", KEY) == f"{store.location}/{PLACE}"
    store.forget("model", KEY)
    assert list(store.entries()) == []
    assert not store.is_complete("model", KEY)
    assert store.identity("model", KEY) is None
    assert not store.folder("model", KEY).exists()


def test_another_machine_brings_all_of_it_once(store: RemoteStore, tmp_path: Path) -> None:
    made = files(make(store))
    other, told = elsewhere(store, tmp_path), list[tuple[int, int]]()

    def tell(done: int, total: int, note: str) -> None:
        told.append((done, total))

    assert files(other.brought("model", KEY, tell)) == {**made, RECORD: store.read(f"{PLACE}/{RECORD}")}
    assert told == [(1, 2), (2, 2)]
    other.brought("model", KEY, tell)
    assert len(told) == 2
    (other.folder("model", KEY) / "c" / "0").write_bytes(b"other")
    assert files(other.brought("model", KEY, tell))["c/0"] == b"chunk"


@pytest.mark.parametrize("damage", [b"chunK", b"cut", None])
def test_what_is_damaged_there_is_named(
    store: RemoteStore, endpoint: Endpoint, bucket: str, tmp_path: Path, damage: bytes | None
) -> None:
    make(store)
    name = f"p/{PLACE}/c/0"
    if damage is None:
        endpoint.client().delete_object(Bucket=bucket, Key=name)
    else:
        endpoint.client().put_object(Bucket=bucket, Key=name, Body=damage)
    other = elsewhere(store, tmp_path)
    with pytest.raises(StoreFailure, match=rf"{KEY}/c/0 is (damaged|missing).*; delete s3://{bucket}/p/{PLACE}"):
        other.brought("model", KEY)
    assert not (other.folder("model", KEY) / RECORD).exists()


def test_a_record_cannot_lead_out_of_the_copy(store: RemoteStore) -> None:
    store.remote.write(f"{PLACE}/{RECORD}", record({"files": {"../../../escaped": [1, ""]}}))
    with pytest.raises(StoreFailure, match="not a path inside"):
        store.brought("model", KEY)


def test_a_store_copied_there_from_a_disk(store: RemoteStore, tmp_path: Path) -> None:
    local = Store(tmp_path / "local")
    out = make(local)
    for name, content in files(out).items():
        store.remote.write(f"{PLACE}/{name}", content)
    assert store.is_complete("model", KEY)
    assert files(store.brought("model", KEY)) == files(out)


class KilledError(Exception):
    """Stands for the end of the process."""


def work(store: RemoteStore, units: int, until: Callable[[], bool] = lambda: False) -> list[str]:
    """A stage of ``units`` units, one file and one line in the journal each; returns those that had to be done."""
    done, out = [], store.folder("model", KEY)
    with store.working("model", KEY):
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
        names = store.remote.listing(PLACE)
        if {"c/0", "c/1", "journal.txt"} <= set(names) and store.read(f"{PLACE}/journal.txt") == b"0\n1\n":
            raise KilledError
        return True

    with pytest.raises(KilledError):
        work(store, 4, sent)
    assert work(elsewhere(store, tmp_path), 4) == ["2", "3"]
    assert store.remote.listing(PLACE).keys() == {"c/0", "c/1", "c/2", "c/3"}


def test_here_work_goes_on_from_what_was_never_sent(store: RemoteStore) -> None:
    out = store.folder("model", KEY)
    write_bytes(out / "c" / "0", b"0")
    Journal(out).mark("0")
    assert work(store, 2) == ["1"]


def test_deleted_there_is_deleted_here(store: RemoteStore, endpoint: Endpoint, bucket: str) -> None:
    with store.working("model", KEY):
        write_text(store.folder("model", KEY) / "stale", "of the old run")
    for name in endpoint.contents(bucket):
        endpoint.client().delete_object(Bucket=bucket, Key=name)
    make(store)
    assert set(endpoint.contents(bucket)) == {f"p/{PLACE}/{name}" for name in ("config.json", "c/0", RECORD)}


def test_the_remote_never_promises_more_than_it_has(store: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every single write the journal there names only units whose files are there."""
    write = type(store.remote).write

    def checked(remote: object, path: str, content: bytes) -> str:
        version = write(store.remote, path, content)  # type: ignore[arg-type]
        there = store.remote.listing(PLACE)
        if "journal.txt" in there:
            promised = store.read(f"{PLACE}/journal.txt").decode().split()
            assert {f"c/{unit}" for unit in promised} <= set(there)
        return version

    monkeypatch.setattr(type(store.remote), "write", checked)
    assert len(work(store, 30)) == 30


def test_a_store_that_goes_away_and_comes_back(store: RemoteStore, tmp_path: Path) -> None:
    made = make(store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        away = replace(at(store.location), root=store.root)
        with pytest.raises(StoreFailure, match="cannot be reached"):
            away.is_complete("model", KEY)
        with pytest.raises(StoreFailure, match="cannot be reached"):
            away.brought("model", KEY)
    assert (made / "c" / "0").read_bytes() == b"chunk"
    assert store.is_complete("model", KEY)


def test_stores_without_conditional_writes_say_so(bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    store = at(f"memory://{bucket}/p")
    make(store)
    assert store.is_complete("model", KEY)
    assert not store.locks().is_locked(PLACE)
    assert "run one study at a time" in caplog.text
