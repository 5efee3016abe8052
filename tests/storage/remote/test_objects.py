"""What an object store promises, on a real server of each kind."""

import secrets
from pathlib import Path

import pytest

from storage.failure import StoreFailed
from storage.remote.objects import ObjectStore


def test_files_come_back_as_they_went(url: str, tmp_path: Path) -> None:
    objects = ObjectStore(url)
    large, back = tmp_path / "large", tmp_path / "back"
    large.write_bytes(secrets.token_bytes(12 * 2**20))
    objects.check()
    version = objects.upload(large, "model/x/large")
    assert objects.download("model/x/large", back) == version
    assert back.read_bytes() == large.read_bytes()
    first = objects.write("model/x/small", b"one")
    second = objects.write("model/x/small", b"two")
    assert first != second
    assert objects.read("model/x/small")[0] == b"two"
    assert objects.exists("model/x/small")
    assert not objects.exists("model/x/absent")
    assert objects.modified("model/x/small") > 1.6e9
    assert objects.files("model/x") == {"large": (12 * 2**20, version), "small": (3, second)}
    assert objects.folders() == ["model"]
    assert objects.folders("model") == ["x"]
    objects.delete(["model/x/absent", "model/x/small"])
    assert objects.files("model/x").keys() == {"large"}
    with pytest.raises(FileNotFoundError):
        objects.read("model/x/small")
    assert objects.files("nothing") == {}
    assert objects.folders("nothing") == []


def test_swaps_are_conditional(url: str) -> None:
    objects = ObjectStore(url)
    first = objects.swap("lease", b"1", None)
    assert first is not None
    assert objects.swap("lease", b"2", None) is None
    second = objects.swap("lease", b"3", first)
    assert second not in (None, first)
    assert objects.swap("lease", b"4", first) is None
    assert objects.read("lease") == (b"3", second)


def test_a_missing_bucket_is_named(url: str) -> None:
    nowhere = ObjectStore(f"{url.partition('://')[0]}://no-such-bucket/p")
    for use in (nowhere.check, lambda: nowhere.write("x", b"")):
        with pytest.raises(StoreFailed, match=r"there is no bucket 'no-such-bucket'; create it, or correct --store"):
            use()
