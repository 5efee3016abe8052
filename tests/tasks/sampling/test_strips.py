import numpy as np
import pytest

from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.sampling.points import load_points
from tasks.sampling.strips import find_names, gradient_energy, interpolate
from tasks.stage.errors import InputError

NAMES = ["000001.jpg", "000002.jpg", "more/000003.png", "more/000002.jpg"]


def test_strips_start_and_end_at_the_two_points_and_say_how_far_they_lie(study):
    points = load_points(study["dataset"], study["latents"], study["statistics"])
    autoencoder = load_for_inference(study["model"])
    first, second = points.z_train.all()[:2], points.z_train.all()[2:4]
    strips = interpolate(points, autoencoder, first, second, 5, "linear")
    assert strips.image.shape == (2, 5, 32, 32, 3)
    np.testing.assert_allclose(strips.z[:, 2], (first + second) / 2, atol=1e-6)
    np.testing.assert_array_equal(strips.image[:, 0], decode_images(autoencoder, first))
    offset = first - points.mean
    distance = np.sqrt(np.sum(offset @ np.linalg.inv(points.covariance) * offset, axis=1))
    np.testing.assert_allclose(strips.mahalanobis[:, 0], distance, rtol=1e-5)
    away = points.whiten(encode_images(autoencoder, strips.image[1])) - points.whiten(strips.z[1])
    np.testing.assert_allclose(strips.reencoding[1], np.linalg.norm(away, axis=1) / np.sqrt(3), rtol=1e-4)


def test_the_gradient_energy_of_stripes_by_hand():
    stripes = np.zeros((1, 4, 4, 3), np.uint8)
    stripes[:, :, ::2] = 10
    np.testing.assert_allclose(gradient_energy(stripes), 100)
    assert gradient_energy(np.full((1, 4, 4, 3), 7, np.uint8)) == 0


def test_names_are_found_with_and_without_folder_and_ending():
    assert find_names(NAMES, ["000001.jpg", "000003.png", "000001", "more/000002.jpg", "000002.jpg"]) == [0, 2, 0, 3, 1]


@pytest.mark.parametrize(("name", "wrong"), [("000009.jpg", "no image called '000009.jpg'"), ("", "no image")])
def test_a_name_that_is_not_there_is_named(name, wrong):
    with pytest.raises(InputError, match=wrong):
        find_names(NAMES, [name])
