from pathlib import Path

import numpy as np
import pytest

from storage import rows as rows_module
from storage.arrays import create_array, open_for_writing
from storage.rows import StoredRows

COUNT, COLUMNS = 103, 4


@pytest.fixture(params=["in memory", "stored, few", "stored, many"])
def values(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All rows of an array, an ascending choice of them, and these as ``StoredRows``."""
    z = np.random.default_rng(0).standard_normal((COUNT, COLUMNS)).astype(np.float32)
    # The third chunk has none of the chosen rows, the fourth all of its own.
    chosen = np.concatenate([np.arange(0, 20, 3), np.arange(30, 40), np.arange(41, COUNT, 2)])
    if request.param == "in memory":
        return z[chosen], StoredRows(z, chosen)
    array = create_array(open_for_writing(tmp_path / "z.zarr"), "z", z.shape, np.float32, ("row", "column"), (10, 4))
    array[...] = z
    if request.param == "stored, many":
        monkeypatch.setattr(rows_module, "RESIDENT_VALUES", 0)
        monkeypatch.setattr(rows_module, "BLOCK_VALUES", 40)
    return z[chosen], StoredRows(array, chosen)


def test_rows_are_those_of_the_array(values):
    z, stored = values
    assert (len(stored), stored.shape) == (len(z), z.shape)
    np.testing.assert_array_equal(stored.all(), z)


def test_blocks_follow_each_other_and_have_all_rows(values):
    z, stored = values
    firsts, blocks = zip(*stored.blocks(), strict=True)
    np.testing.assert_array_equal(np.concatenate(blocks), z)
    np.testing.assert_array_equal(firsts, np.cumsum([0, *map(len, blocks)])[:-1])
    assert (len(blocks) == 1) is stored.resident
    assert all(block.flags.c_contiguous and len(block) for block in blocks)


def test_parts_of_blocks_have_all_rows(values, monkeypatch):
    z, stored = values
    monkeypatch.setattr(rows_module, "PART_VALUES", 12)
    firsts, parts = zip(*stored.parts(), strict=True)
    np.testing.assert_array_equal(np.concatenate(parts), z)
    np.testing.assert_array_equal(firsts, np.cumsum([0, *map(len, parts)])[:-1])
    assert max(map(len, parts)) == 3


def test_rows_are_taken_in_the_order_asked_for(values):
    z, stored = values
    asked = np.random.default_rng(1).integers(0, len(z), 50)
    np.testing.assert_array_equal(stored.take(asked), z[asked])


def test_each_column_has_rows_of_its_own(values):
    z, stored = values
    asked = np.random.default_rng(2).integers(0, len(z), (70, COLUMNS))
    np.testing.assert_array_equal(stored.take_each(asked), np.take_along_axis(z, asked, axis=0))


def test_all_rows_of_an_array_count_where_none_are_chosen(tmp_path, monkeypatch):
    z = np.arange(12, dtype=np.float32).reshape(6, 2)
    array = create_array(open_for_writing(tmp_path / "z.zarr"), "z", z.shape, np.float32, ("row", "column"), (4, 2))
    array[...] = z
    monkeypatch.setattr(rows_module, "RESIDENT_VALUES", 0)
    stored = StoredRows(array)
    np.testing.assert_array_equal(stored.take(np.array([5, 0])), z[[5, 0]])
    np.testing.assert_array_equal(np.concatenate([block for _, block in stored.blocks()]), z)
