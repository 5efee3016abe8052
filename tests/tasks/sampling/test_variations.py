import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sampling.variations import retained, variations


@given(st.floats(0, 1000), st.integers(1, 512), st.floats(0, 1))
def test_what_is_kept_gives_the_distance_that_is_asked_for(squared, axes, distance):
    kept = retained(squared, axes, distance)
    assert 0 <= kept <= 1 + 1e-12
    reached = (1 - kept) ** 2 * squared + (1 - kept**2) * axes
    assert reached == pytest.approx(distance**2 * (squared + axes), rel=1e-6, abs=1e-6 * (squared + axes))


@pytest.mark.parametrize("distance", [0.2, 0.5, 1.0])
def test_variations_are_at_that_share_of_the_distance_to_a_stranger(correlated, distance):
    z = correlated.z_train.all()[17]
    rng = np.random.default_rng(0)
    w = correlated.whiten(z[None])
    varied = correlated.whiten(variations(correlated, z, distance, 20_000, rng)) - w
    strangers = rng.standard_normal((20_000, 4)) - w
    share = np.sqrt((varied**2).sum(1).mean() / (strangers**2).sum(1).mean())
    assert share == pytest.approx(distance, rel=0.02)


def test_variations_of_a_typical_face_are_as_typical(correlated, assert_mean):
    """A point at the distance from the mean that points have on average: its variations have it too."""
    z = correlated.colour(np.array([[2.0, 0, 0, 0]]))[0].astype(np.float32)
    varied = correlated.whiten(variations(correlated, z, 0.5, 20_000, np.random.default_rng(0)))
    assert_mean((varied**2).sum(1), 4)


def test_a_small_distance_stays_at_the_face(correlated):
    z = correlated.z_train.all()[3]
    np.testing.assert_allclose(variations(correlated, z, 1e-4, 5, np.random.default_rng(0)), [z] * 5, atol=0.01)
