from __future__ import annotations

import numpy as np
import pytest

from tasks.statistics.distributions import bin_edges
from tasks.statistics.moments import SLICE
from tasks.statistics.passes import Measure, Measured, attribute_sums, triangular_product


@pytest.mark.parametrize("components", [1, 63, 64, 65, 150, 200])
def test_a_triangular_product_leaves_out_zeros_alone(components: int) -> None:
    rng = np.random.default_rng(components)
    y, factor = rng.standard_normal((30, components)), np.triu(rng.standard_normal((components, components)))
    product = triangular_product(y, factor, np.full_like(y, np.nan))
    np.testing.assert_allclose(product, y @ factor, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("triangular", [True, False])
def test_what_is_measured_over_several_slices_is_numpys(triangular: bool) -> None:
    rng = np.random.default_rng(5)
    components, rows = 70, 2 * SLICE + 100
    z = rng.standard_normal((rows, components)).astype(np.float32)
    flags = rng.integers(-1, 2, (rows, 3)).astype(np.int8)
    exact = z.astype(np.float64)
    factor = rng.standard_normal((components, components))
    factor = np.triu(factor) if triangular else factor
    mean, std = exact.mean(axis=0), exact.std(axis=0)
    measure = Measure(
        mean=mean, std=std, edges=bin_edges(exact.min(axis=0), exact.max(axis=0), 20), varies=np.ones(components, bool),
        factor=factor, location=None, core_factor=None, probability=0.9, attributes=None,
    )  # fmt: skip
    measured = Measured(measure)
    found = measured.distances(z, 1, flags)
    y = exact - mean
    np.testing.assert_allclose(found["radius"], np.linalg.norm(exact, axis=1), rtol=1e-12)
    np.testing.assert_allclose(found["mahalanobis"], np.linalg.norm(y @ factor, axis=1), rtol=1e-12)
    counts = [np.histogram(exact[:, j], bins=measure.edges[j])[0] for j in range(components)]
    np.testing.assert_array_equal(measured.histogram, counts)
    assert measured.inside.tolist() == [0, np.sum(np.all(np.abs(y) <= 3 * std, axis=1))]
    np.testing.assert_allclose(measured.powers[1], [np.sum(y**n, axis=0) for n in (1, 2, 3, 4)], rtol=1e-10, atol=1e-9)
    assert not measured.powers[0].any()
    for name, sums in attribute_sums(y, flags).items():
        np.testing.assert_allclose(measured.attributes[name], sums, rtol=1e-10, atol=1e-10)
