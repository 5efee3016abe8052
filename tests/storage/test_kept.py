"""What is kept in the cache folder: what was put there, or nothing."""

from pathlib import Path

import pytest

from storage.kept import digest, keep, kept_or_made, read_kept


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def never() -> bytes:
    pytest.fail("it was kept")


def test_it_is_made_once() -> None:
    assert kept_or_made("pictures", "a", 100, lambda: b"\x00first\n") == b"\x00first\n"
    assert kept_or_made("pictures", "a", 100, never) == b"\x00first\n"
    assert read_kept("code", "a") is None
    assert kept_or_made("pictures", "b", 100, lambda: b"") == b""
    assert kept_or_made("pictures", "b", 100, never) == b""


@pytest.mark.parametrize("damage", [lambda kept: kept[:-1], lambda kept: kept[:-1] + b"?", lambda kept: b""])
def test_what_is_damaged_is_made_again(cache: Path, damage) -> None:
    keep("pictures", "a", b"first", 100)
    (file,) = (cache / "pictures").iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert kept_or_made("pictures", "a", 100, lambda: b"again") == b"again"
    assert kept_or_made("pictures", "a", 100, never) == b"again"


def test_the_last_used_stay(cache: Path) -> None:
    for number, name in enumerate("abcd"):
        keep("pictures", name, bytes(100), 500)
        read_kept("pictures", "a")
        assert len(list((cache / "pictures").iterdir())) == min(number + 1, 3)
    assert read_kept("pictures", "a") == bytes(100)
    assert read_kept("pictures", "b") is None


def test_a_folder_that_cannot_be_written_keeps_nothing(cache: Path) -> None:
    cache.mkdir()
    (cache / "pictures").touch()
    assert kept_or_made("pictures", "a", 100, lambda: b"made") == b"made"
    assert read_kept("pictures", "a") is None


def test_parts_of_a_digest_stand_apart() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc") != digest(b"abc")
