from pathlib import Path

import numpy as np
import pytest

from storage.arrays import finish, open_for_writing, write_array
from storage.verify import damaged_chunks, looks_damaged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An artifact with a compressed array and one that is not, both in several chunks."""
    folder = tmp_path / "latents" / "0123456789abcdef"
    group = open_for_writing(folder / "latents.zarr")
    rng = np.random.default_rng(0)
    write_array(group, "z", rng.normal(size=(3000, 1000)).astype(np.float32), ("image", "component"))
    write_array(group, "image", rng.integers(0, 9, (3, 2_000_000), np.int16), ("image", "x"))
    assert len(group["image"].compressors) == 2
    assert len(group["z"].compressors) == 1
    finish(folder / "latents.zarr")
    return folder


def test_sound_chunks_are_not_complained_of(folder: Path) -> None:
    assert list(damaged_chunks(folder)) == []


@pytest.mark.parametrize(("array", "chunk"), [("z", (2, 0)), ("image", (1, 0))])
@pytest.mark.parametrize("bit", [0, 7])
def test_any_flipped_bit_is_found_and_its_chunk_named(
    folder: Path, array: str, chunk: tuple[int, ...], bit: int
) -> None:
    path = folder.joinpath("latents.zarr", array, "c", *map(str, chunk))
    rng = np.random.default_rng(bit)
    content = bytearray(path.read_bytes())
    for place in (0, int(rng.integers(len(content))), len(content) - 1):
        content[place] ^= 1 << bit
        path.write_bytes(content)
        (damage,) = damaged_chunks(folder)
        assert (damage.array, damage.chunk) == (f"latents/0123456789abcdef/latents.zarr/{array}", chunk)
        assert "its checksum does not match" in str(damage)
        content[place] ^= 1 << bit
    path.write_bytes(content)
    assert list(damaged_chunks(folder)) == []


def test_cut_short_and_missing_chunks(folder: Path) -> None:
    path = folder / "latents.zarr" / "z" / "c" / "1" / "0"
    path.write_bytes(path.read_bytes()[:-10])
    (damage,) = damaged_chunks(folder)
    assert damage.chunk == (1, 0)
    path.unlink()
    (damage,) = damaged_chunks(folder)
    assert str(damage).endswith("/z is damaged: 1 of its 3 chunks missing")


def test_zarrs_own_complaint_is_recognised(folder: Path) -> None:
    import zarr

    path = folder / "latents.zarr" / "z" / "c" / "0" / "0"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match="checksum") as raised:
        zarr.open_group(folder / "latents.zarr", mode="r")["z"][:10]
    assert looks_damaged(raised.value)
    assert not looks_damaged(ValueError("the learning rate is too high"))
