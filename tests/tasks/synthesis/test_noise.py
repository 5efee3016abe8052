import numpy as np
import pytest

from tasks.synthesis.noise import CURLS, GRAIN, STRANDS, STUBBLE, strands


@pytest.mark.parametrize("noise", [GRAIN, CURLS, STUBBLE, STRANDS], ids=["grain", "curls", "stubble", "strands"])
def test_noise_has_mean_0_and_deviation_1(noise):
    assert noise.mean() == pytest.approx(0, abs=1e-5)
    assert noise.std() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("noise", "wavelength"), [(CURLS, 13), (STRANDS, 26)])
def test_neighbours_are_as_alike_as_a_gaussian_spectrum_makes_them(noise, wavelength):
    """The autocorrelation is the Fourier transform of the power, exp(-(f l)^2): exp(-(pi d / l)^2)."""
    beside = np.mean(noise * np.roll(noise, 1, axis=-1))
    assert beside == pytest.approx(np.exp(-((np.pi / wavelength) ** 2)), abs=0.01)


def test_strands_are_periodic():
    position = np.array([0, 17, 4095, 4096 + 17, -1], np.float32)
    found = strands(position)
    np.testing.assert_array_equal(found, STRANDS[[0, 17, 4095, 17, 4095]])
