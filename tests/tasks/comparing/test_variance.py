import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tasks.comparing.variance import decompose


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=2, max_size=5).filter(lambda n: max(n) > 1))
def test_one_axis_is_scipys_one_way_anova(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    groups = [rng.normal(rng.normal(), 1, size) for size in sizes]
    level = [index for index, size in enumerate(sizes) for _ in range(size)]
    found = decompose(np.concatenate(groups), {"size": level})
    expected = stats.f_oneway(*groups)
    for effect in (found.between, *found.axes):
        assert effect.statistic == pytest.approx(expected.statistic, rel=1e-9)
        assert effect.probability == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.between.squares + found.within.squares == pytest.approx(found.total)


def test_the_intraclass_correlation_of_shrout_and_fleiss() -> None:
    """Shrout & Fleiss 1979, table 2: six targets, four judges; case 1, table 4: ICC(1,1) = 0.17."""
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    found = decompose(ratings.ravel(), {"target": np.repeat(range(6), 4).tolist()})
    assert found.intraclass == pytest.approx(0.17, abs=0.005)
    assert found.between.squares / found.between.freedom == pytest.approx(11.24, abs=0.005)
    assert found.within.squares / found.within.freedom == pytest.approx(6.26, abs=0.005)


def test_two_balanced_axes_split_into_main_effects_interaction_and_runs() -> None:
    """By the textbook's sums over cell and margin means, which need no least squares."""
    rng = np.random.default_rng(3)
    cube = rng.normal(size=(3, 2, 4)) + np.array([0.0, 2.0, 5.0])[:, None, None] + np.array([0.0, 1.0])[None, :, None]
    grand = cube.mean()
    squares = {
        "size": 8 * np.sum((cube.mean(axis=(1, 2)) - grand) ** 2),
        "norm": 12 * np.sum((cube.mean(axis=(0, 2)) - grand) ** 2),
    }
    within = np.sum((cube - cube.mean(axis=2, keepdims=True)) ** 2)
    levels = [(a, b) for a in range(3) for b in range(2) for _ in range(4)]
    found = decompose(cube.ravel(), {"size": [a for a, _ in levels], "norm": [b for _, b in levels]})
    error = within / 18
    for effect, freedom in zip(found.axes, (2, 1), strict=True):
        assert effect.squares == pytest.approx(squares[effect.name])
        assert effect.freedom == freedom
        assert effect.statistic == pytest.approx(squares[effect.name] / freedom / error)
        assert effect.probability == pytest.approx(stats.f.sf(effect.statistic, freedom, 18))
    assert found.within.squares == pytest.approx(within)
    shares = sum(map(found.share, found.axes)) + found.together + found.share(found.within)
    assert shares == pytest.approx(1)


def test_an_unbalanced_axis_is_judged_with_the_others_held_fixed() -> None:
    """y = 3·norm exactly, size unbalanced against it: all is the norm's, nothing the size's."""
    norm, size = [0, 0, 0, 1, 0, 1, 1, 1], ["a", "a", "a", "a", "b", "b", "b", "b"]
    found = {effect.name: effect for effect in decompose(3.0 * np.array(norm), {"norm": norm, "size": size}).axes}
    assert found["size"].squares == pytest.approx(0, abs=1e-12)
    assert found["norm"].squares == pytest.approx(9 * (8 * 0.25 - 8 * 0.25**2))


def test_without_repeated_runs_nothing_is_tested() -> None:
    found = decompose(np.array([1.0, 2.0, 4.0]), {"size": [1, 2, 3]})
    assert not found.replicated
    assert math.isnan(found.between.probability)
    assert math.isnan(found.intraclass)


def test_runs_that_agree_exactly_leave_no_doubt() -> None:
    found = decompose(np.array([1.0, 1.0, 2.0, 2.0]), {"size": [1, 1, 2, 2]})
    assert found.between.probability == 0
    assert found.intraclass == 1


def test_one_value_has_no_variance() -> None:
    with pytest.raises(ValueError, match="no variance in 1 values"):
        decompose(np.array([1.0]), {})
