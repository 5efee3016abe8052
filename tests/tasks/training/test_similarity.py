import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from tasks.training.similarity import signal_to_noise, similarity, squared_error, structural_similarity


def pairs(size):
    random = np.random.default_rng(size)
    one = gaussian_filter(random.uniform(0, 1, (4, 3, size, size + 3)), (0, 0, 1, 1))
    other = np.clip(one + random.normal(0, 0.1, one.shape), 0, 1)
    return one, other


def ssim_of_wang(one, other):
    """Equation 13 with SciPy's Gaussian, cut at radius 5, over the positions where the window fits."""

    def mean(values):
        filtered = gaussian_filter(values, 1.5, truncate=5 / 1.5)
        return filtered[5:-5, 5:-5]

    mean_1, mean_2 = mean(one), mean(other)
    variance_1, variance_2 = mean(one**2) - mean_1**2, mean(other**2) - mean_2**2
    covariance = mean(one * other) - mean_1 * mean_2
    top = (2 * mean_1 * mean_2 + 1e-4) * (2 * covariance + 9e-4)
    return (top / ((mean_1**2 + mean_2**2 + 1e-4) * (variance_1 + variance_2 + 9e-4))).mean()


@pytest.mark.parametrize("size", [11, 32, 48])
def test_structural_similarity_is_that_of_the_paper(size):
    one, other = pairs(size)
    expected = [
        np.mean([ssim_of_wang(*channel) for channel in zip(*pair, strict=True)])
        for pair in zip(one, other, strict=True)
    ]
    found = structural_similarity(torch.from_numpy(one).float(), torch.from_numpy(other).float())
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-5)


def test_equal_images_are_wholly_similar():
    images = torch.from_numpy(pairs(32)[0]).float()
    assert similarity([(images, images)]) == pytest.approx({"mse": 0, "psnr": 100, "ssim": 1}, abs=1e-5)


def test_a_tenth_brighter_is_twenty_decibels():
    dark, bright = torch.full((2, 3, 16, 16), 0.4), torch.full((2, 3, 16, 16), 0.5)
    assert squared_error(dark, bright).tolist() == pytest.approx([0.01, 0.01], rel=1e-5)
    assert signal_to_noise(torch.tensor([0.01, 1.0])).tolist() == pytest.approx([20, 0], abs=1e-5)


def test_means_are_over_images_not_batches():
    one, other = (torch.from_numpy(values).float() for values in pairs(20))
    whole = similarity([(one, other)])
    parts = similarity([(one[:3], other[:3]), (one[3:], other[3:])])
    assert parts == pytest.approx(whole, rel=1e-5)
