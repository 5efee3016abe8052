import numpy as np
import pytest
from scipy import ndimage
from scipy.stats import wasserstein_distance

from tasks.assessment.swd import (
    descriptors,
    laplacian_pyramid,
    level_distances,
    level_sizes,
    projected_patches,
    sliced_distance,
    sorted_projections,
)


def cloudy(count: int, seed: int, size: int = 32, smooth: float = 1.5) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(count, size, size, 3))
    clouds = ndimage.gaussian_filter(noise, (0, smooth, smooth, 0), mode="wrap")
    return (127 + 40 * clouds / clouds.std()).clip(0, 255).astype(np.uint8)


class SlicedDistance:
    """The distance of image sets from one fixed set."""

    def __init__(self, images, patches, projections, seed):
        self.settings = (patches, projections, seed)
        self.fixed = projected_patches(images, *self.settings)

    def levels(self, images):
        return level_distances(projected_patches(images, *self.settings), self.fixed)

    def __call__(self, images):
        return float(np.mean(self.levels(images)))


def test_levels_are_halved_down_to_16_pixels():
    assert level_sizes(64, 64) == [(64, 64), (32, 32), (16, 16)]
    assert level_sizes(96, 96) == [(96, 96), (48, 48), (24, 24)]
    assert level_sizes(31, 31) == [(31, 31), (16, 16)]
    assert level_sizes(20, 20) == [(20, 20)]


@pytest.mark.parametrize("size", [32, 33, 35])
def test_the_pyramid_is_that_of_a_plain_convolution(size):
    images = np.random.default_rng(size).normal(size=(2, size, size, 3)).astype(np.float32)
    taps = np.array([1, 4, 6, 4, 1]) / 16
    kernel = np.multiply.outer(taps, taps)[None, :, :, None]
    coarse = ndimage.convolve(images.astype(float), kernel, mode="mirror")[:, ::2, ::2]
    wide = np.zeros(images.shape)
    wide[:, ::2, ::2] = coarse
    detail = images - ndimage.convolve(wide, 4 * kernel, mode="mirror")
    first, second = (level.transpose(0, 2, 3, 1) for level in laplacian_pyramid(images.transpose(0, 3, 1, 2))[:2])
    np.testing.assert_allclose(first, detail, atol=1e-5)
    if size < 64:
        np.testing.assert_allclose(second, coarse, atol=1e-5)


def test_constant_images_have_no_detail():
    detail, rest = laplacian_pyramid(np.full((1, 3, 32, 32), 80, np.float32))
    np.testing.assert_allclose(detail, 0, atol=1e-4)
    np.testing.assert_allclose(rest, 80, rtol=1e-6)


def test_each_channel_of_the_descriptors_is_standardised():
    for level in descriptors(cloudy(20, 0), 16, np.random.default_rng(0)):
        assert level.shape == (320, 147)
        channels = level.reshape(320, 3, 49)
        np.testing.assert_allclose(channels.mean(axis=(0, 2)), 0, atol=1e-4)
        np.testing.assert_allclose(channels.std(axis=(0, 2)), 1, atol=1e-4)


def test_descriptors_are_patches_of_the_images():
    images = cloudy(3, 1, size=20)
    (level,) = descriptors(images, 5, np.random.default_rng(2))
    windows = np.lib.stride_tricks.sliding_window_view(images[..., 0], (7, 7), axis=(1, 2)).reshape(-1, 49)
    # A channel is scaled and shifted as a whole: every patch correlates perfectly with some window.
    correlation = np.corrcoef(level[:, :49], windows)[: len(level), len(level) :]
    np.testing.assert_allclose(correlation.max(axis=1), 1, atol=1e-5)


def test_sorted_projections_give_scipys_wasserstein_distance():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(200, 10)), rng.gamma(2, size=(200, 10))
    sides = [sorted_projections(x.astype(np.float32), 6, np.random.default_rng(9)) for x in (first, second)]
    expected = [wasserstein_distance(*pair) for pair in zip(*sides, strict=True)]
    assert sliced_distance(*sides) == pytest.approx(np.mean(expected), rel=1e-5)


def test_directions_have_length_one():
    # Projections of the unit vectors are the directions' entries.
    entries = sorted_projections(np.eye(5, dtype=np.float32), 40, np.random.default_rng(0))
    np.testing.assert_allclose(np.square(entries).sum(axis=1), 1, rtol=1e-5)


def test_a_shift_along_every_direction_counts_in_full():
    values = np.random.default_rng(1).normal(size=(50, 1)).astype(np.float32)
    sides = [sorted_projections(x, 4, np.random.default_rng(2)) for x in (values, values + 2)]
    assert sliced_distance(*sides) == pytest.approx(2, rel=1e-5)


def test_identical_sets_are_at_distance_zero_and_the_seed_decides():
    images = cloudy(30, 4)
    assert SlicedDistance(images, 8, 16, seed=0)(images) == 0
    other = cloudy(30, 5)
    values = [SlicedDistance(images, 8, 16, seed)(other) for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


def test_it_grows_with_blur_and_noise_and_damage_shows_at_the_finest_level():
    images, alike = cloudy(60, 6), cloudy(60, 7)
    distance = SlicedDistance(images, 32, 64, seed=0)
    blurred = [ndimage.gaussian_filter(alike, (0, s, s, 0)) for s in (0.7, 1.4)]
    rng = np.random.default_rng(8)
    noisy = [(alike + rng.normal(0, s, alike.shape)).clip(0, 255).astype(np.uint8) for s in (5, 20)]
    floor = distance(alike)
    assert floor < distance(blurred[0]) < distance(blurred[1])
    assert floor < distance(noisy[0]) < distance(noisy[1])
    fine, coarse = distance.levels(noisy[1])
    assert fine > coarse


def test_overall_colour_and_contrast_do_not_count():
    images, alike = cloudy(40, 9), cloudy(40, 10)
    distance = SlicedDistance(images, 16, 32, seed=0)
    assert distance((alike // 2 + 60).astype(np.uint8)) == pytest.approx(distance(alike), rel=0.1)


def test_unlike_sizes_are_refused():
    distance = SlicedDistance(cloudy(5, 0), 4, 4, seed=0)
    with pytest.raises(ValueError, match="equally many"):
        distance(cloudy(6, 0))
    with pytest.raises(ValueError, match="larger images"):
        laplacian_pyramid(np.zeros((1, 3, 6, 6), np.float32))
