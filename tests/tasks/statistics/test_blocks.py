from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.journal import Journal
from tasks.statistics.blocks import Block, Partials, row_blocks


@given(st.integers(1, 5000), st.integers(1, 300), st.one_of(st.none(), st.integers(1, 6000)))
def test_blocks_cover_every_row_once(rows: int, components: int, block_rows: int | None) -> None:
    blocks = row_blocks(rows, components, block_rows)
    covered = np.concatenate([np.arange(rows)[block.rows] for block in blocks])
    np.testing.assert_array_equal(covered, np.arange(rows))
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_blocks_are_four_chunks_of_four_mebibytes_by_default() -> None:
    blocks = row_blocks(202_599, 256)
    assert blocks[0] == Block(0, 0, 4 * 4096)
    assert blocks[-1] == Block(12, 196_608, 202_599)


def test_partial_results_come_back_as_they_were(tmp_path: Path) -> None:
    partials = Partials(tmp_path / "partials", Journal(tmp_path))
    arrays = {
        "a": np.arange(6.0).reshape(2, 3).T,
        "b": np.asarray(3),
        "c": np.array([True, False]),
        "d": np.zeros((0, 2)),
    }
    assert not partials.keeps("moments 0")
    partials.save("moments 0", arrays)
    again = Partials(tmp_path / "partials", Journal(tmp_path))
    assert again.keeps("moments 0")
    for name, value in again.load("moments 0").items():
        np.testing.assert_array_equal(value, arrays[name])
        assert value.shape == arrays[name].shape
        assert value.dtype == arrays[name].dtype
    again.remove()
    assert not (tmp_path / "partials").exists()


def test_a_damaged_partial_result_is_named(tmp_path: Path) -> None:
    partials = Partials(tmp_path / "partials", Journal(tmp_path))
    partials.save("core", {"a": np.zeros(3)})
    (tmp_path / "partials" / "core.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"core\.safetensors is damaged"):
        partials.load("core")
