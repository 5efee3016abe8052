import numpy as np
import pytest
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.errors import InputError
from tasks.sampling.config import SampleConfig
from tasks.sampling.generate import generate, write_faces
from tasks.sampling.registry import SAMPLERS
from tasks.sampling.sample import sample

FOLDERS = ("dataset", "model", "latents", "statistics")


def faces(study, sampler, level=None, count=5, seed=1, **fields):
    config = SampleConfig(device="cpu", **fields)
    return generate(sampler, level, count, seed, *(study[name] for name in FOLDERS), config)


@pytest.mark.parametrize("sampler", SAMPLERS.names())
def test_every_sampler_gives_faces_without_being_told_a_level(study, sampler):
    z, images = faces(study, sampler)
    assert z.shape == (5, 3)
    np.testing.assert_array_equal(images, decode_images(load_for_inference(study["model"]), z))


def test_the_level_is_obeyed(study):
    centre = read_array(open_complete(study["statistics"] / "statistics.zarr"), "centre")
    near, far = (faces(study, "uniform_component", {"fact": fact}, 200)[0] for fact in (0.01, 10))
    assert np.abs(near - centre).max() < 0.1
    assert np.abs(far - centre).max() > 5


def test_the_same_seed_repeats_and_is_that_of_the_sample_stage(study, tmp_path):
    config = SampleConfig(count=7, seed=4, device="cpu", multivariate_normal={"scale": [1.0]})
    sample("multivariate_normal", *(study[name] for name in FOLDERS), config, tmp_path / "out")
    z = faces(study, "multivariate_normal", None, 7, 4)[0]
    np.testing.assert_array_equal(z, read_array(open_complete(tmp_path / "out" / "samples.zarr"), "z")[0])
    assert (z != faces(study, "multivariate_normal", None, 7, 5)[0]).all()


@pytest.mark.parametrize(
    ("sampler", "level"), [("nearest", None), ("shuffled", {"fact": 1}), ("uniform_common", {"b": 0})]
)
def test_unknown_samplers_and_levels_are_refused(study, sampler, level):
    with pytest.raises(InputError):
        faces(study, sampler, level)


def test_faces_are_written_one_by_one_and_together(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (10, 12, 8, 3), np.uint8)
    paths = write_faces(images, tmp_path / "faces")
    assert [path.name for path in paths] == [*(f"{i:06d}.png" for i in range(1, 11)), "contact_sheet.png"]
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == sorted(path.name for path in paths)
    for path, image in zip(paths[:-1], images, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), image)
    sheet = np.asarray(Image.open(paths[-1]))
    assert sheet.shape[:2] == (2 * 12 + 2, 5 * 8 + 4 * 2)
    np.testing.assert_array_equal(sheet[-12:, -8:], images[9])


def test_pictures_of_a_larger_earlier_call_are_not_mixed_with_these(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 8, 3), np.uint8)
    write_faces(images, tmp_path)
    write_faces(images[::-1], tmp_path)  # as many: all are replaced
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"holds 2 more pictures of an earlier call \(000004.png to 000005.png\)"):
        write_faces(images[:3], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
