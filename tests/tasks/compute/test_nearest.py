import faiss
import numpy as np

from tasks.compute.nearest import flat_index_of


def test_a_few_queries_are_compared_by_a_product_of_matrices_with_the_same_answer() -> None:
    rng = np.random.default_rng(0)
    points, queries = rng.standard_normal((500, 32), np.float32), rng.standard_normal((100, 32), np.float32)
    squared, found = flat_index_of(points).search(queries, 3)
    exact = ((queries[:, None].astype(np.float64) - points) ** 2).sum(axis=2)
    assert (found == np.argsort(exact, axis=1)[:, :3]).all()
    np.testing.assert_allclose(squared, np.sort(exact, axis=1)[:, :3], rtol=1e-5)
    assert faiss.cvar.distance_compute_blas_threshold <= queries.size
