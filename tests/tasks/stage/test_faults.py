"""Which faults are tried again, on a real Prefect server; and what is said of those that are not."""

import errno
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow

from storage.arrays import finish, open_complete, open_for_writing, read_array, write_array
from storage.files import write_text
from storage.keys import artifact_key, project_code
from storage.locks import FileLocks
from storage.opening import open_store
from storage.record import RECORD
from storage.store import Store
from tasks.compute.progress import Progress
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.stage.faults import is_temporary, worth_retrying
from tasks.stage.step import StageContext, Step
from tasks.stage.task import Facts, StageTask, complete, stage_task


class EndpointConnectionError(Exception):
    """As botocore names it."""


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        OSError(errno.EHOSTUNREACH, "no route"),
        OSError(errno.ESTALE, "stale file handle"),
        EndpointConnectionError(),
        caused(RuntimeError("could not read"), ConnectionRefusedError()),
    ],
)
def test_faults_of_a_connection_pass(error: Exception) -> None:
    assert is_temporary(error)


@pytest.mark.parametrize(
    "error", [InputError("wrong"), FileNotFoundError(), OSError(errno.ENOSPC, "full"), PermissionError(), None]
)
def test_wrong_input_and_full_disks_do_not(error: Exception | None) -> None:
    assert not is_temporary(error)


def step_of(name: str, **inputs: tuple[str, str]) -> Step:
    identity = {"stage": name, "config": {}, "inputs": {}, "code": project_code().of([]).as_json()}
    return Step(name, name, name, artifact_key(identity), identity, StageConfig(), inputs)


def run(
    work: Callable[[StageContext, Progress], Facts], store: Store, step: Step, tags: Sequence[str] = ()
) -> dict[str, Any]:
    stage: StageTask = stage_task(step.stage, "A stage.", tags=tags)(work)
    assert stage.retries > 0
    assert stage.retry_condition_fn is worth_retrying
    quick = stage.with_options(retry_delay_seconds=0)

    @flow
    def one() -> dict[str, Any]:
        return complete(quick, step, store, FileLocks(store.root / ".locks"))[0].facts

    return one()


def test_a_stage_goes_on_after_the_connection_is_back(tmp_path: Path, prefect_api: str) -> None:
    tries = []

    def work(context: StageContext, progress: Progress) -> Facts:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionResetError("reset by peer")
        return {"tries": len(tries)}

    assert run(work, open_store(tmp_path), step_of("unsteady")) == {"tries": 3}


def test_wrong_input_is_tried_once(tmp_path: Path, prefect_api: str) -> None:
    tries = []

    def work(context: StageContext, progress: Progress) -> Facts:
        tries.append(1)
        raise InputError("no images")

    with pytest.raises(InputError, match="no images"):
        run(work, open_store(tmp_path), step_of("wrong"))
    assert len(tries) == 1


def test_a_damaged_chunk_is_named_with_the_way_out(tmp_path: Path, prefect_api: str) -> None:
    store, place = open_store(tmp_path), ("latents", "0123456789abcdef")
    path = store.folder(*place) / "latents.zarr"
    group = open_for_writing(path)
    write_array(group, "z", [[1.0, 2.0], [3.0, 4.0]], ("image", "component"))
    finish(path)
    chunk = path / "z" / "c" / "0" / "0"
    content = bytearray(chunk.read_bytes())
    content[3] ^= 1
    chunk.write_bytes(content)

    def work(context: StageContext, progress: Progress) -> Facts:
        return {"sum": float(read_array(open_complete(context.input("latents") / "latents.zarr"), "z").sum())}

    with pytest.raises(ValueError, match="damaged") as raised:
        run(work, store, step_of("reader", latents=place))
    assert str(raised.value) == (
        "latents/0123456789abcdef/latents.zarr/z is damaged in chunk (0, 0): its checksum does not match; "
        f"delete {store.folder(*place)} and run again: nothing else is recomputed"
    )


def test_a_store_that_is_removed_at_work_is_not_made_anew(tmp_path: Path, prefect_api: str) -> None:
    store, step = open_store(tmp_path / "store"), step_of("writer")

    def work(context: StageContext, progress: Progress) -> Facts:
        write_text(context.out / "first", "half of it")
        shutil.rmtree(store.root)
        write_text(context.out / "second", "the other half")
        return {}

    with pytest.raises(OSError, match=r"disappeared during the run .*restore it and run again"):
        run(work, store, step)
    left = [path.name for path in store.root.rglob("*") if path.is_file() and ".locks" not in path.parts]
    assert left == ["second"]
    assert not store.is_complete(step.artifact, step.key)


def test_a_store_that_is_removed_ends_the_work_at_once(tmp_path: Path, prefect_api: str) -> None:
    store, step = open_store(tmp_path / "store"), step_of("writer")
    done = []

    def work(context: StageContext, progress: Progress) -> Facts:
        shutil.rmtree(store.root)
        for unit in range(1000):
            done.append(unit)
            progress(unit, 1000)
        return {}

    with pytest.raises(OSError, match="disappeared during the run"):
        run(work, store, step)
    assert done == [0]


def test_a_folder_that_is_removed_at_work_is_not_taken_for_complete(tmp_path: Path, prefect_api: str) -> None:
    store, step = open_store(tmp_path), step_of("writer")

    def work(context: StageContext, progress: Progress) -> Facts:
        shutil.rmtree(context.out)
        write_text(context.out / "second", "the other half")
        return {}

    with pytest.raises(OSError, match="was deleted while writer was using it"):
        run(work, store, step)
    assert not (store.folder(step.artifact, step.key) / RECORD).exists()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="/dev/full is Linux's")
def test_a_full_disk_is_said_to_be_full(tmp_path: Path, prefect_api: str) -> None:
    def work(context: StageContext, progress: Progress) -> Facts:
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"x")
        return {}

    with pytest.raises(OSError, match="no space left for writer/") as raised:
        run(work, open_store(tmp_path), step_of("writer"))
    assert "'latentfaces gc' lists what can be deleted" in str(raised.value)


def test_a_stage_that_waits_for_a_limits_slot_says_so(tmp_path: Path, prefect_api: str) -> None:
    """Somebody holds the only slot until the line is there."""
    limits = f"{prefect_api}/v2/concurrency_limits"
    httpx.post(f"{limits}/", json={"name": "tag:scarce", "limit": 1}).raise_for_status()
    slot = {"names": ["tag:scarce"], "slots": 1}
    httpx.post(f"{limits}/increment", json=slot).raise_for_status()
    said = []

    class Release(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "waiting for a free slot" in record.getMessage():
                said.append(record.getMessage())
                httpx.post(f"{limits}/decrement", json=slot).raise_for_status()

    release = Release()
    logging.getLogger("latentfaces").addHandler(release)
    try:
        assert run(lambda context, progress: {"made": 1}, open_store(tmp_path), step_of("tagged"), ["scarce"])
        assert run(lambda context, progress: {"made": 1}, open_store(tmp_path), step_of("again"), ["scarce"])
    finally:
        logging.getLogger("latentfaces").removeHandler(release)
    assert said == ["tagged: waiting for a free slot of the server's limit tag:scarce (1 in use)"]
