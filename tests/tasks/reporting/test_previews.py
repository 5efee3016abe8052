import numpy as np

from storage.arrays import open_complete, read_array
from tasks.encoding.preview import held_out_rows, interleave, reconstruction_sheet
from tasks.sampling.preview import sampler_grids, sampler_sheet
from tasks.training.preview import loss_curve


def test_the_loss_curve_is_drawn(correlated):
    curve = np.asarray(loss_curve(correlated.root / "model" / "history.csv"))
    colours = {tuple(pixel) for pixel in curve.reshape(-1, 3)}
    assert (0x00, 0x72, 0xB2) in colours
    assert (0xD5, 0x5E, 0x00) in colours


def test_held_out_images_are_spread_over_the_partition():
    partition = np.array([0, 1, 0, 2, 1, 0, 2], np.int8)
    assert held_out_rows(partition, 2).tolist() == [1, 6]
    assert held_out_rows(partition, 99).tolist() == [1, 3, 4, 6]
    assert held_out_rows(np.zeros(3, np.int8), 2).tolist() == [0, 2]


def test_each_original_is_above_its_reconstruction():
    originals = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(3, 3)
    rows = interleave(originals, originals + 100, 2)
    assert rows[:, 0, 0, 0].tolist() == [0, 1, 100, 101, 2, 3, 102, 103]


def test_reconstructions_of_a_perfect_autoencoder_equal_the_originals(correlated):
    root = correlated.root
    sheet = np.asarray(reconstruction_sheet(root / "dataset", root / "latents", root / "model", 6, 3))
    assert sheet.shape == (4 * 32 + 6, 3 * 32 + 4, 3)
    np.testing.assert_array_equal(sheet[:32], sheet[34:66])
    assert sheet[:32].std() > 5


def test_every_level_of_a_sampler_has_its_grid(correlated):
    samples = correlated.root / "samples" / "uniform_component"
    grids = sampler_grids(samples, 2, 3)
    assert list(grids) == ["fact=0.5", "fact=1.5", "fact=4.0"]
    images = read_array(open_complete(samples / "samples.zarr"), "image")
    np.testing.assert_array_equal(np.asarray(grids["fact=1.5"])[34:66, 34:66], images[1, 4])
    assert sampler_sheet(samples, 2, 3).height == 3 * (22 + 66)
