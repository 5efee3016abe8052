import numpy as np
import pytest
from scipy import ndimage

from tasks.assessment.gradients import gradient_energy


def test_a_step_of_one_between_two_halves():
    images = np.zeros((1, 8, 10, 3), np.uint8)
    images[:, :, 5:] = 255
    # One of nine horizontal differences is 1, no vertical one.
    assert gradient_energy(images) == pytest.approx([1 / 9])


def test_it_is_the_mean_square_of_differences_image_by_image():
    images = np.random.default_rng(0).integers(0, 256, (300, 9, 7, 3)).astype(np.uint8)
    x = images / 255
    across = ndimage.correlate1d(x, [-1, 1], axis=2, origin=-1)[:, :, :-1]
    down = ndimage.correlate1d(x, [-1, 1], axis=1, origin=-1)[:, :-1]
    expected = (across**2).mean(axis=(1, 2, 3)) + (down**2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(gradient_energy(images), expected, rtol=1e-5)
