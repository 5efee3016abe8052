import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.synthesis.canvas import HEIGHT, WIDTH
from tasks.synthesis.masks import Curves, bell, bell2, between, fade, inside, smoothstep

X = np.arange(WIDTH, dtype=np.float32)[None]
Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


def test_smoothstep_is_the_cubic_between_its_ends():
    values = np.array([-1, 0, 0.25, 0.5, 1, 2], np.float32)
    np.testing.assert_allclose(smoothstep(values, 0, 1), [0, 0, 3 / 16 - 2 / 64, 0.5, 1, 1], atol=1e-6)


@given(radius=st.floats(4, 60))
def test_a_soft_disc_has_the_area_of_a_disc(radius):
    distance = np.hypot(X - np.float32(89.3), Y - np.float32(110.6)) - np.float32(radius)
    assert inside(distance).sum() == pytest.approx(np.pi * radius**2, rel=0.02)


def test_bells_are_near_the_gaussian():
    t = np.linspace(-10, 10, 401, dtype=np.float32)
    np.testing.assert_allclose(bell(t, 2.0), np.exp(-0.5 * (t / 2) ** 2), atol=0.08)
    x, y = t[None, ::10], t[::10, None]
    np.testing.assert_allclose(bell2(x, y, 2.0, 3.0), np.exp(-0.5 * ((x / 2) ** 2 + (y / 3) ** 2)), atol=0.08)


def test_a_shadow_fades_with_the_depth():
    d = np.array([5, 0, -2, -8, -9], np.float32)
    np.testing.assert_allclose(fade(d, 2.0), [1, 1, 0.75**4, 0, 0], atol=1e-6)


def test_between_two_curves_is_inside_both():
    y = np.arange(10, dtype=np.float32)
    np.testing.assert_allclose(between(y, np.float32(3), np.float32(6), 1.0), [0, 0, 0, 0.5, 1, 1, 0.5, 0, 0, 0])


def test_tabulated_curves_are_their_functions():
    curves = Curves(-2, 3, np.sin, lambda t: t * t)
    t = np.random.default_rng(0).uniform(-2, 3, (4, 7)).astype(np.float32)
    sine, square = curves(t)
    np.testing.assert_allclose(sine, np.sin(t), atol=0.003)
    np.testing.assert_allclose(square, t * t, atol=0.016)
