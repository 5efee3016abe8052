import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from storage.arrays import open_complete
from tasks.training import images as images_module
from tasks.training.images import PartitionImages, fits, window_order

CPU = torch.device("cpu")


@given(
    rows=st.sets(st.integers(0, 400), min_size=1).map(sorted).map(np.array),
    chunk_rows=st.integers(1, 60),
    window_rows=st.integers(1, 200),
    seed=st.integers(0, 1000),
)
def test_window_order_is_a_permutation_whose_windows_hold_whole_chunks(rows, chunk_rows, window_rows, seed):
    windows = window_order(rows, chunk_rows, window_rows, np.random.default_rng(seed))
    assert np.array_equal(np.sort(np.concatenate(windows)), np.arange(len(rows)))
    chunks = [set(rows[window] // chunk_rows) for window in windows]
    assert sum(map(len, chunks)) == len(set.union(*chunks))  # no chunk is read for two windows
    for window, touched in zip(windows, chunks, strict=True):
        assert len(window) <= window_rows or len(touched) == 1


@pytest.fixture
def array_and_rows(blobs):
    group = open_complete(blobs / "images.zarr")
    return group["image"], np.flatnonzero(group["partition"][...] == 0)


@pytest.mark.parametrize("window_bytes", [2**28, 60 * 3072, 1])
@pytest.mark.parametrize("steps", [1, 7, 20])
def test_streamed_batches_are_the_resident_ones(array_and_rows, monkeypatch, window_bytes, steps):
    monkeypatch.setattr(images_module, "WINDOW_BYTES", window_bytes)
    array, rows = array_and_rows
    resident, streamed = (PartitionImages(array, rows, CPU, flag) for flag in (True, False))
    batches = list(resident.shuffled(steps, seed=5, epoch=2))
    assert len(batches) == steps
    for one, other in zip(batches, streamed.shuffled(steps, seed=5, epoch=2), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(resident.sequential(16), streamed.sequential(16), strict=True):
        assert torch.equal(one, other)
    positions = np.array([0, 3, len(rows) - 1])
    assert np.array_equal(resident.sample(positions), array[...][rows[positions]])
    assert np.array_equal(streamed.sample(positions), array[...][rows[positions]])


def test_an_epoch_shows_every_training_image_once_and_no_other(array_and_rows):
    array, rows = array_and_rows
    expected = np.sort(array[...][rows].transpose(0, 3, 1, 2).reshape(len(rows), -1), axis=0)
    images = PartitionImages(array, rows, CPU, False)
    orders = []
    for epoch in (0, 1):
        shown = torch.cat(list(images.shuffled(4, 0, epoch))).flatten(1).numpy()
        assert np.array_equal(np.sort(shown, axis=0), expected)
        orders.append(shown)
    assert not np.array_equal(*orders)
    in_order = torch.cat(list(images.sequential(7))).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(in_order, array[...][rows])


def test_only_a_share_of_the_memory_is_taken():
    assert fits(1000, 3072, CPU)
    assert not fits(2**40, 3072, CPU)
