import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from tasks.finished.ranking import letters, moderate, pairwise, rank, student_test


@settings(max_examples=60)
@given(st.integers(1, 9), st.floats(0, 1), st.integers(0, 2**32))
def test_rows_share_a_letter_exactly_if_they_are_not_different(count, share, seed):
    upper = np.triu(np.random.default_rng(seed).random((count, count)) < share, 1)
    different = upper | upper.T
    given = letters(different)
    for first in range(count):
        for second in range(count):
            assert bool(set(given[first]) & set(given[second])) == (not different[first, second])


def test_a_chain_of_ties_needs_two_letters():
    different = np.zeros((3, 3), bool)
    different[0, 2] = different[2, 0] = True
    assert letters(different) == ("a", "ab", "b")


def test_with_equal_variances_it_is_students_test():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 6), rng.normal(1, 1, 6)
    variance = np.full(2, (first.var(ddof=1) + second.var(ddof=1)) / 2)
    found = pairwise(np.array([first.mean(), second.mean()]), variance / 6, freedom=5)
    assert found[0, 1] == pytest.approx(ttest_ind(first, second).pvalue)
    assert found[0, 0] == 1


def test_moderation_finds_how_variances_scatter():
    rng = np.random.default_rng(1)
    same = moderate(rng.chisquare(2, 3000) / 2 * 9, 2)
    assert np.median(same.variance) == pytest.approx(9, rel=0.05)
    assert same.freedom > 30
    # Variances that are themselves 4·8/χ²(8): the prior has 8 degrees of freedom.
    true = 4 * 8 / rng.chisquare(8, 3000)
    found = moderate(true * rng.chisquare(2, 3000) / 2, 2)
    assert found.freedom - 2 == pytest.approx(8, rel=0.25)
    assert moderate(np.zeros(3), 2) is None


def ranked(draws):
    return rank(draws, {name: name for name in draws}, 0.05)


def simulated(rng, means):
    """Three draws of each, whose spread is a tenth of the mean give or take a third."""
    return {
        str(place): mean * (1 + 0.1 * np.exp(0.3 * rng.normal()) * rng.normal(size=3))
        for place, mean in enumerate(means)
    }


def test_equal_samplers_are_rarely_told_apart():
    rng = np.random.default_rng(2)
    false = 0
    for _ in range(300):
        ranking = ranked(simulated(rng, np.full(8, 20.0)))
        false += ranking.pairs[0] > 0
    assert false / 300 < 0.09


def test_different_samplers_are_told_apart_from_three_draws():
    rng = np.random.default_rng(3)
    found = [ranked(simulated(rng, [10.0, 20.0, 40.0, 80.0])) for _ in range(50)]
    assert np.mean([ranking.pairs == (6, 6) for ranking in found]) > 0.8
    assert found[0].names == ("0", "1", "2", "3")


def test_negative_values_are_ranked_as_they_are_and_too_little_is_not_ranked():
    ranking = ranked({"b": [1.0, 1.1, 0.9], "a": [-1.0, -1.1, -0.9]})
    assert ranking.names == ("a", "b")
    assert not ranking.tied("a", "b")
    assert ranking.letter("a") == "a"
    assert ranking.letter("unknown") == ""
    assert ranked({"a": [1.0, 2.0]}) is None
    assert ranked({"a": [1.0], "b": [2.0]}) is None
    assert ranked({"a": [1.0, 1.0], "b": [2.0, 2.0]}) is None
    assert ranked({"a": [1.0, np.nan], "b": [2.0, 2.0]}) is None


def test_one_rule_for_pairs_inside_the_ladder_and_outside_it():
    rng = np.random.default_rng(4)
    draws = simulated(rng, [10.0, 11.0, 20.0, 12.0, 24.0])
    ranking = rank(draws, {"first": "0", "second": "1", "third": "2"}, 0.05)
    for row, first in enumerate(ranking.names):
        for column, second in enumerate(ranking.names):
            if row != column:
                inside = ranking.between(ranking.ladder[first], ranking.ladder[second])
                assert inside == ranking.probability[row, column]
                assert (inside < 0.05) == (not ranking.tied(first, second))
    means, variances = zip(ranking.rows["3"], ranking.rows["4"], strict=True)
    own = student_test(np.array(means), np.array(variances), ranking.freedom)[0, 1]
    # Holm by its definition: of four p-values, the own one in its place among the ladder's three.
    family = sorted([*ranking.raw, own])
    steps = [min(1.0, p * (4 - place)) for place, p in enumerate(family)]
    assert ranking.between("3", "4") == pytest.approx(max(steps[: family.index(own) + 1]))
    assert np.isnan(ranking.between("3", "unknown"))
