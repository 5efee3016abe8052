"""A form's lines draw from the sampler's own distribution."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from tasks.exporting.forms import form_of
from tasks.sampling.config import unlearned

COUNT = 20_000


def draws(form, count, seed=0):
    names = {"a": form.arrays, "n": count, "rng": np.random.default_rng(seed), "np": np}
    exec(form.draw, names)
    return names["z"]


@pytest.mark.parametrize("sampler", unlearned())
def test_moments_and_marginals_are_the_samplers(study, sampler):
    level = study.parameters(sampler)
    theirs = draws(form_of(study, sampler, level), COUNT).astype(float)
    ours = study.draw(sampler, COUNT, seed=5).astype(float)
    assert theirs.shape == ours.shape
    scale = study.points.std
    error = np.hypot(theirs.std(0), ours.std(0)) / np.sqrt(COUNT)
    # A bank of 10,000 points is itself a draw.
    assert (np.abs(theirs.mean(0) - ours.mean(0)) < 7 * error + 1e-6).all()
    np.testing.assert_allclose(
        np.cov(theirs.T) / np.outer(scale, scale), np.cov(ours.T) / np.outer(scale, scale), atol=0.12
    )
    for component in range(3):
        assert ks_2samp(theirs[:, component], ours[:, component]).statistic < 0.03


def test_a_level_is_obeyed(study):
    for fact in (0.5, 2.0):
        z = draws(form_of(study, "uniform_component", {"fact": fact}), 2000)
        reach = np.abs(z - study.points.centre) / study.points.half_width
        assert 0.95 * fact < reach.max() <= fact * (1 + 1e-5)
