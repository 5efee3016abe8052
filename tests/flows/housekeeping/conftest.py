import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.artifact import IDENTITY
from storage.record import PLAIN_JSON, RECORD
from storage.store import LocalStore, Store

Make = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def make(store: Store) -> Make:
    """Put an artifact into the store as a run would leave it: ``make("model", "b1", "c1", age=3, dataset="a1")``.

    Keys are given by their first digits; ``age`` is how many hours ago it was used.
    """

    def put(
        artifact: str, start: str, age: float = 0, complete: bool = True, about: str | None = None, **inputs: str
    ) -> None:
        folder = store.folder(artifact, key(start))
        folder.mkdir(parents=True)
        identity = {
            "stage": "stage",
            "config": {"seed": 1},
            "code": {},
            "inputs": {n: key(k) for n, k in inputs.items()},
        }
        if about is not None:
            identity["about"] = about
        if artifact == "dataset" and not inputs:
            identity["data"] = start * 4
        (folder / IDENTITY).write_text(json.dumps(identity))
        (folder / "data").write_bytes(bytes(1000))
        paths = [folder / IDENTITY, folder / "data"]
        if complete:
            record = {"metadata": {"serializer": PLAIN_JSON}, "result": json.dumps({"facts": {"images": 5}})}
            (folder / RECORD).write_text(json.dumps(record))
            paths.append(folder / RECORD)
        for path in paths:
            os.utime(path, (1e9 - 3600 * age, 1e9 - 3600 * age))

    return put


def key(start: str) -> str:
    return start.ljust(16, "0")
