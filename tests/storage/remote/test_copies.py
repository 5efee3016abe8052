"""Local copies of artifacts, on a real S3 endpoint: which can be deleted, and that the store keeps its own."""

import shutil
from pathlib import Path

import pytest

from flows.cli.commands import app
from flows.housekeeping.doctor import examine
from flows.in_use import store_in_use
from storage.files import write_bytes
from storage.opening import find_store
from storage.record import RECORD
from storage.remote.copies import local_copies, space_taken
from storage.remote.store import RemoteStore
from storage.result_storage import ResultStorage
from tests.storage.records import record

COMPLETE, UNFINISHED, DELETED, OVERTAKEN = (digit * 16 for digit in "abcd")


def work(store: RemoteStore, key: str, content: bytes = bytes(1000)) -> dict[str, object]:
    with store.writing("model", key) as in_record:
        write_bytes(store.folder("model", key) / "weights", content)
    return in_record


def finish(store: RemoteStore, key: str) -> None:
    content = record({"facts": {}, **work(store, key)})
    ResultStorage(root=store.location).write_path(f"model/{key}/{RECORD}", content)


@pytest.fixture
def store(bucket: str) -> RemoteStore:
    """One artifact each: complete, unfinished, deleted in the store, and continued by another machine."""
    found = find_store(f"s3://{bucket}/p")
    assert isinstance(found, RemoteStore)
    found.check()
    for key in (COMPLETE, DELETED):
        finish(found, key)
    for key in (UNFINISHED, OVERTAKEN):
        work(found, key)
    found.objects.delete([f"model/{DELETED}/{name}" for name in (RECORD, "weights")])
    found.objects.write(f"model/{OVERTAKEN}/weights", b"newer")
    return found


def test_what_a_run_would_continue_is_needed(store: RemoteStore) -> None:
    copies = list(local_copies(store))
    assert [(copy.key, copy.resumable) for copy in copies] == [
        (COMPLETE, False),
        (UNFINISHED, True),
        (DELETED, False),
        (OVERTAKEN, False),
    ]
    assert all(copy.size >= 1000 for copy in copies)


def test_work_that_was_never_sent_is_needed(store: RemoteStore) -> None:
    write_bytes(store.folder("latents", UNFINISHED) / "z", b"not sent yet")
    assert [copy.resumable for copy in local_copies(store) if copy.artifact == "latents"] == [True]


def test_copies_go_with_yes_alone_and_come_back_from_the_store(
    store: RemoteStore, capsys: pytest.CaptureFixture[str]
) -> None:
    before = space_taken()
    app(["gc", "--copies", "--store", store.location], standalone_mode=False)
    said = capsys.readouterr()
    assert f"model/{COMPLETE}" in said.out
    assert "3 copies" in said.err
    assert space_taken() == before
    app(["gc", "--copies", "--yes", "--store", store.location], standalone_mode=False)
    assert [copy.key for copy in local_copies(store)] == [UNFINISHED]
    assert space_taken() < before
    assert (store.fetch("model", COMPLETE) / "weights").read_bytes() == bytes(1000)


def test_none_goes_while_a_study_runs(store: RemoteStore, capsys: pytest.CaptureFixture[str]) -> None:
    with store_in_use(store), pytest.raises(SystemExit):
        app(["gc", "--copies", "--yes", "--store", store.location], standalone_mode=False)
    assert "a study is running" in capsys.readouterr().err
    assert len(list(local_copies(store))) == 4


def test_a_folder_has_no_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(["gc", "--copies", "--store", str(tmp_path)], standalone_mode=False)
    assert "is a local folder, which has no copies" in capsys.readouterr().err


def test_the_doctor_reaches_the_store_and_says_what_copies_take(store: RemoteStore) -> None:
    found = {finding.about: finding for finding in examine(store.location, None)}
    assert (found["store"].verdict, found["store"].text) == ("ok", store.location)
    assert f"gc --copies --store {store.location}" in found["copies"].text
    shutil.rmtree(store.root)
    gone = {finding.about: finding for finding in examine("s3://no-such-bucket/p", None)}
    assert gone["store"].verdict == "problem"
    assert "there is no bucket 'no-such-bucket'" in gone["store"].text
