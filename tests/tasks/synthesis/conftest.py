"""Faces whose factors a test chooses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks.synthesis.factors import FACTORS, Face, consistent


@pytest.fixture(scope="session")
def make_face() -> Callable[..., Face]:
    """The face of median factors, straight on and unshifted, but for the factors that are given."""

    def make(**values: float) -> Face:
        median = {factor.name: factor.marginal(0.0) for factor in FACTORS}
        plain = {"scale": 1.0, "masculinity": -0.9, "age": 30.0}
        return Face(**consistent({**median, **plain, **values}))

    return make
