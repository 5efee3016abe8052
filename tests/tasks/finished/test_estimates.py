import math

import numpy as np
import pytest
import scipy.stats

from tasks.finished.estimates import Contrast, Estimate, estimate


def test_the_interval_is_that_of_scipys_t_distribution():
    draws = np.random.default_rng(0).normal(3, 2, 8)
    low, high = scipy.stats.t.interval(0.95, 7, draws.mean(), scipy.stats.sem(draws))
    assert estimate(draws.tolist()) == pytest.approx((draws.mean(), low, high))


def test_two_draws_by_hand():
    # Mean 2, standard error 1, and a t of one degree of freedom reaches tan(0.475·pi) of them.
    assert estimate([1.0, 3.0]) == pytest.approx((2, 2 - math.tan(0.475 * math.pi), 2 + math.tan(0.475 * math.pi)))


def test_one_draw_has_no_interval_and_overlaps_with_all():
    once = estimate([5.0])
    assert once.value == 5
    assert math.isnan(once.low)
    assert once.overlaps(Estimate(100, 99, 101))
    assert Estimate(100, 99, 101).overlaps(once)


def test_intervals_overlap_that_have_a_value_in_common():
    assert Estimate(1, 0, 2).overlaps(Estimate(3, 2, 4))
    assert Estimate(3, 2, 4).overlaps(Estimate(1, 0, 2))
    assert Estimate(1, 0, 9).overlaps(Estimate(3, 2, 4))
    assert not Estimate(1, 0, 1.9).overlaps(Estimate(3, 2, 4))
    assert not Estimate(3, 2, 4).overlaps(Estimate(1, 0, 1.9))


@pytest.mark.parametrize(("deviation", "shared"), [(0.1, 0.0), (0.3, 0.0), (0.1, 0.3)])
def test_the_ratios_interval_holds_the_true_ratio_in_at_least_90_of_100_repetitions(deviation, shared):
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        together = 1 + shared * rng.standard_normal(8)
        first, second = (mean * (together + deviation * rng.standard_normal(8)) for mean in (2.0, 5.0))
        ratio = Contrast(first.tolist(), second.tolist()).ratio
        held += ratio.low <= 2.5 <= ratio.high
    assert held >= 360


def test_a_ratio_is_that_of_the_means_and_the_other_way_round_its_inverse():
    first, second = [1.0, 1.2, 0.8, 1.0], [2.0, 2.2, 2.1, 1.7]
    ratio, inverse = Contrast(first, second).ratio, Contrast(second, first).ratio
    assert ratio.value == pytest.approx(2)
    assert (1 / inverse.value, 1 / inverse.high, 1 / inverse.low) == pytest.approx(ratio)


def test_no_ratio_is_given_where_one_of_the_two_may_be_0():
    sure, unsure = [1.0, 1.1, 0.9, 1.0], [0.5, -0.4, 0.3, 0.1]
    for first, second in ((sure, unsure), (unsure, sure), ([1.0], [2.0])):
        assert all(map(math.isnan, Contrast(first, second).ratio))


def test_what_two_rows_have_in_common_does_not_blur_their_difference():
    rng = np.random.default_rng(2)
    common = rng.normal(10, 3, 8)
    first, second = common + rng.normal(0, 0.1, 8), 1 + common + rng.normal(0, 0.1, 8)
    paired = Contrast(first.tolist(), second.tolist())
    unpaired = Contrast(first.tolist(), rng.permutation(second).tolist())
    assert paired.better
    assert not unpaired.decided
    assert paired.gap.high - paired.gap.low < 0.2 * (unpaired.gap.high - unpaired.gap.low)
    assert paired.gap.low < 1 < paired.gap.high
    assert paired.ratio.high / paired.ratio.low < unpaired.ratio.high / unpaired.ratio.low


def test_better_and_worse_are_either_side_of_one_decision():
    low, high = [1.0, 1.1, 0.9, 1.0], [2.0, 2.2, 2.1, 1.7]
    assert Contrast(low, high).better
    assert Contrast(high, low).worse
    assert Contrast(low, high).decided
    assert not Contrast(low, low).decided
    assert not Contrast([1.0], [9.0]).decided


def test_at_no_difference_at_most_1_decision_in_10_is_wrong():
    rng = np.random.default_rng(3)
    decided = sum(Contrast(*rng.normal(5, 1, (2, 8)).tolist()).decided for _ in range(400))
    assert decided <= 40
