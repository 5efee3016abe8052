import numpy as np

from storage.arrays import finish, open_for_writing, write_array
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.encoding.preview import held_out_rows, interleave, reconstruction_sheet


def test_held_out_images_are_spread_over_the_partition():
    partition = np.array([0, 1, 0, 2, 1, 0, 2], np.int8)
    assert held_out_rows(partition, 2).tolist() == [1, 6]
    assert held_out_rows(partition, 99).tolist() == [1, 3, 4, 6]
    assert held_out_rows(np.zeros(3, np.int8), 2).tolist() == [0, 2]


def test_each_original_is_above_its_reconstruction():
    originals = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(3, 3)
    rows = interleave(originals, originals + 100, 2)
    assert rows[:, 0, 0, 0].tolist() == [0, 1, 100, 101, 2, 3, 102, 103]


def test_reconstructions_of_a_perfect_autoencoder_equal_the_originals(untrained_model, tmp_path):
    """Images that are D(z) exactly."""
    z = 20 * np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32)
    images = open_for_writing(tmp_path / "dataset" / "images.zarr")
    pixels = decode_images(load_for_inference(untrained_model), z)
    write_array(images, "image", pixels, ("image", "y", "x", "channel"))
    write_array(images, "partition", np.arange(12, dtype=np.int8) % 3, ("image",))
    finish(tmp_path / "dataset" / "images.zarr")
    latents = open_for_writing(tmp_path / "latents" / "latents.zarr")
    write_array(latents, "z", z, ("image", "component"))
    finish(tmp_path / "latents" / "latents.zarr")
    sheet = np.asarray(reconstruction_sheet(tmp_path / "dataset", tmp_path / "latents", untrained_model, 6, 3))
    assert sheet.shape == (4 * 32 + 6, 3 * 32 + 4, 3)
    np.testing.assert_array_equal(sheet[:32], sheet[34:66])
    assert sheet[:32].std() > 5
