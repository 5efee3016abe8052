import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.assessment.tables import Score
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable, ranked
from tasks.page.wording import short, with_spread
from tasks.reporting.topics import autoencoder, find
from tasks.reporting.topics.answer import answer
from tasks.reporting.topics.nearest import copying
from tasks.reporting.topics.ordered import interval_width
from tasks.reporting.topics.planned import QUESTIONS, claim, planned
from tasks.reporting.topics.scores import agreement

JUDGE = Criterion("fd", "random", "heldout", minimum_novelty=0.5)

FOUR = np.array([-1, -1, 1, 1]) * math.sqrt(3) / 2
"""Four draws about zero of standard deviation 1."""


def numbers(*rows, summary=None, pca_baseline=None, dimension=8) -> Numbers:
    table = ScoreTable(rows)
    draws = {row.key: row.value + row.spread * FOUR for row in rows if math.isfinite(row.spread)}
    return Numbers(table, JUDGE, summary or {}, pca_baseline or {}, dimension, ranked(table, draws, JUDGE))


def fd(sampler, value, spread=1.0, label=""):
    return Score(sampler, label, "fd", "random", "heldout", value, spread)


def novelty(sampler, value, label="", reference="train"):
    return Score(sampler, label, "novelty", "random", reference, value, 0.01)


def claimed(key, study):
    (question,) = [question for question in QUESTIONS.values() if question.key == key]
    return claim(question, study)


def by_key(study):
    return {finding.key: finding for finding in study.findings}


# The same questions, asked of two data sets with opposite truths.


def test_correlations_are_found_to_matter_where_they_do(correlated):
    found = by_key(correlated.study())
    assert found["correlations"].text.startswith("Correlations matter")
    assert found["correlations"].decided
    assert found["dependence"].text.startswith("The components are correlated: drawn independently")
    assert found["offset"].text == "The cloud of real points lies off the origin."
    assert found["normality"].text.startswith("The tails are heavier than normal")
    assert found["answer"].pick == ("multivariate_normal", "scale=1.0")


def test_correlations_are_not_claimed_to_matter_where_there_are_none(independent):
    found = by_key(independent.study())
    assert found["correlations"].text.startswith("No evidence that correlations matter")
    assert not found["correlations"].decided
    assert found["dependence"].text == "No evidence that the components are correlated."
    assert "centred on the origin" in found["offset"].text
    assert found["normality"].text == "Held-out points spread as those of a normal distribution would."
    assert found["answer"].pick[0] != "resampled"


def test_without_a_core_the_findings_say_so(scarce):
    found = by_key(scarce.study())
    assert found["core"].text == "There are too few points to estimate a robust core."
    assert not found["core"].decided
    assert "normality" not in found
    assert "correlations" not in found


# What each sentence may be said for, number by number.


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(0.1, 1000), st.floats(0.1, 1000), st.floats(0.001, 100), st.floats(0.001, 100))
def test_the_claim_follows_the_numbers(full, independent, full_spread, independent_spread):
    study = numbers(
        fd("multivariate_normal", full, full_spread, "scale=1.0"),
        fd("normal_component", independent, independent_spread, "scale=1.0"),
    )
    finding = claimed("correlations", study)
    letters = study.ranking.letter("multivariate_normal"), study.ranking.letter("normal_component")
    told = not set(letters[0]) & set(letters[1])
    expected = (
        "No evidence" if not told else "Correlations matter" if full < independent else "Keeping the correlations"
    )
    assert finding.text.startswith(expected)
    assert finding.decided == told
    assert [bar.value for bar in finding.evidence] == [full, independent]


def test_samplers_are_compared_at_a_level_that_both_have():
    study = numbers(
        fd("multivariate_normal", 10, 1, "scale=0.5"),
        fd("multivariate_normal", 40, 1, "scale=1.0"),
        fd("normal_component", 20, 1, "scale=1.0"),
        fd("normal_component", 90, 1, "scale=2.0"),
    )
    finding = claimed("correlations", study)
    assert finding.text.startswith("Keeping the correlations makes it worse")
    assert [bar.label for bar in finding.evidence] == [
        "multivariate_normal (scale=1.0)",
        "normal_component (scale=1.0)",
    ]


def test_a_difference_without_spreads_is_undecided():
    study = numbers(
        fd("multivariate_normal", 1, math.nan, "scale=1.0"), fd("normal_component", 9, math.nan, "scale=1.0")
    )
    finding = claimed("correlations", study)
    assert not finding.decided
    assert "without repeated draws to judge it by" in finding.detail


def test_what_a_planned_comparison_tells_does_not_depend_on_how_many_samplers_there_are():
    others = [fd(f"other_{place}", 20.0, 2.0, "scale=1.0") for place in range(15)]
    study = numbers(
        fd("multivariate_normal", 15.0, 1.5, "scale=1.0"),
        fd("normal_component", 20.0, 2.0, "scale=1.0"),
        fd("uniform_component", 30.0, 3.0, "fact=1.0"),
        fd("uniform_common", 90.0, 9.0, "b=1.0"),
        *others,
    )
    ranking = study.ranking
    found = planned(study)
    assert list(found) == ["correlations", "intervals"]
    step = found["correlations"]
    assert step.probability == pytest.approx(ranking.alone(step.first.key, step.second.key))
    assert step.probability < 0.01 < ranking.between(step.first.key, step.second.key)
    assert "adjusted for the 2 planned comparisons" in claimed("correlations", study).detail


def test_copies_are_not_recommended_however_low_they_score():
    study = numbers(
        fd("copier", 1.0),
        novelty("copier", 0.02),
        novelty("copier", 1.0, reference="heldout"),
        fd("maker", 20.0),
        novelty("maker", 0.95),
        fd("reconstruction", 10.0),
    )
    finding = answer(study)
    assert finding.pick == ("maker", "")
    assert finding.text == "Draw z with maker: it comes closest to real faces."
    assert "Lower, but excluded because they copy: copier (1.00)" in finding.detail
    assert "2.00 times that of reconstructions" in finding.detail
    assert copying(study).text == "1 of 2 samplers copies training faces: copier (0.02)."


def test_no_sampler_is_recommended_where_all_copy():
    finding = answer(numbers(fd("a", 1.0), novelty("a", 0.1), fd("b", 2.0), novelty("b", 0.2)))
    assert finding.pick is None
    assert finding.text.startswith("None of the samplers can be recommended")


def test_faces_halfway_to_copies_are_not_called_new():
    finding = answer(numbers(fd("a", 1.0), novelty("a", 0.6)))
    assert "nearer to training faces" in finding.detail
    assert "are new" not in finding.detail


def test_unmeasured_novelty_is_said_to_be_so():
    assert "copying is not ruled out" in answer(numbers(fd("a", 1.0))).detail


def test_what_cannot_be_told_apart_is_named():
    finding = answer(numbers(fd("a", 10.0), fd("b", 10.5), fd("c", 11.0), fd("d", 50.0)))
    assert finding.text == "Draw z with a: it comes closest to real faces, though b and c are not significantly worse."
    assert not finding.decided
    assert "The best of the significantly worse ones is d" in finding.detail
    assert "10.0 ± 1.0 (± over 4 draws)" in finding.detail


def test_one_tie_is_said_in_the_singular_and_many_are_counted():
    assert answer(numbers(fd("a", 10.0), fd("b", 10.5))).text.endswith("though b is not significantly worse.")
    many = [fd(f"s{place}", 10 + place / 10) for place in range(6)]
    assert answer(numbers(*many)).text.endswith("though 5 other samplers are not significantly worse.")


def test_a_planned_comparison_that_the_ranking_overlooks_is_told():
    others = [fd(f"other_{place}", 20.0, 2.0, "scale=1.0") for place in range(15)]
    rows = (
        fd("neighbour_corrected", 15.8, 1.58, "strength=1.0"),
        fd("neighbour_corrected", 19.0, 1.9, "strength=0.0"),
    )
    study = numbers(*rows, *others)
    first, second = rows
    assert planned(study)["correction"].better
    assert not study.compare(first, second).decided
    assert "In the planned comparison with neighbour_corrected (strength=0.0) alone" in answer(study).detail
    # Where the ranking tells the two apart as well there is nothing to explain.
    assert "as was planned" not in answer(numbers(*rows)).detail


@pytest.mark.parametrize(
    ("real", "sharp", "words"),
    [
        (fd("real", 9.0), 0.8, None),
        (fd("real", 11.0), 0.8, "by no more than the spread"),
        (fd("real", 20.0), 0.5, "the measure favours smoother images, and these have 0.250 of the photographs'"),
        (fd("real", 20.0), 3.0, "no longer shows how real"),
    ],
)
def test_a_draw_below_real_images_is_commented(real, sharp, words):
    sharpness = [
        Score(name, "", "sharpness", "pixels", "heldout", value, 0.1) for name, value in (("a", sharp), ("real", 2.0))
    ]
    detail = answer(numbers(fd("a", 10.0), real, *sharpness)).detail
    assert ("That is below what other real images reach" in detail) == (words is not None)
    assert words is None or words in detail


def test_nothing_scored_is_no_recommendation():
    assert answer(numbers()).text == "No sampler has been scored by FD, so none can be recommended."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((30, 10, 30), "best at fact=1.0: fact=0.5 and fact=2.0 are worse"),
        ((10, 20, 30), "lose quality as they widen: fact=0.5 does best, fact=2.0 is worse"),
        ((30, 20, 10), "gain as they widen: fact=2.0 does best, fact=0.5 is worse"),
        ((10, 10.5, 11), "makes no difference that these numbers can show"),
    ],
)
def test_interval_width(values, words):
    levels = zip(("fact=0.5", "fact=1.0", "fact=2.0"), values, strict=True)
    study = numbers(*(fd("uniform_component", value, 1.0, label) for label, value in levels))
    assert words in interval_width(study).text


def test_a_correction_that_hurts_is_said_to_hurt():
    rows = [
        fd("neighbour_corrected", value, 1.0, f"strength={level}") for level, value in ((0.0, 10), (0.5, 30), (1.0, 60))
    ]
    assert "makes the set worse" in claimed("correction", numbers(*rows)).text
    assert claimed("correction", numbers(*rows[1:])) is None


@pytest.mark.parametrize(("order", "words"), [((1, 2, 3, 4, 5), "agrees:"), ((5, 4, 3, 2, 1), "do not agree")])
def test_second_opinion(order, words):
    names = "abcde"
    rows = [fd(name, place) for place, name in enumerate(names, 1)]
    rows += [Score(n, "", "swd", "pixels", "heldout", float(v), 0.1) for n, v in zip(names, order, strict=True)]
    assert words in agreement(numbers(*rows)).text


@pytest.mark.parametrize(
    ("own", "words"),
    [(0.003, "25 % less error"), (0.004, "about as well"), (0.005, "is worse than a PCA of the same size: 25 % more")],
)
def test_autoencoder_against_a_pca(own, words):
    study = numbers(pca_baseline={"autoencoder": {"mse": own}, "pca": {"mse": 0.004}})
    assert words in autoencoder.autoencoder(study).text


def test_nothing_is_said_from_nothing():
    assert [finding.key for finding in find(numbers())] == ["answer"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00432, "0.00432"),
        (19.34, "19.3"),
        (14342.2, "14,342"),
        (0, "0"),
        (-2.5, "−2.50"),
        (math.nan, "–"),
        (1e-6, "1.0e-06"),
    ],
)
def test_short(value, text):
    assert short(value) == text


def test_value_and_spread_are_rounded_alike():
    assert with_spread(19.312, 0.4213) == "19.31 ± 0.42"
    assert with_spread(3e-6, 0.01) == "0.000 ± 0.010"
    assert with_spread(5.0, math.nan) == "5.00"
