import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.assessment.tables import Score
from tasks.finished.estimates import estimate
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import Judged, decide, numbers_kept
from tasks.page.wording import short, with_interval, with_spread
from tasks.reporting.topics import autoencoder, find
from tasks.reporting.topics.answer import answer
from tasks.reporting.topics.faces import drawing
from tasks.reporting.topics.ladder import ranking
from tasks.reporting.topics.nearest import copying
from tasks.reporting.topics.ordered import interval_width
from tasks.reporting.topics.planned import QUESTIONS, claim, planned
from tasks.reporting.topics.quality import levels
from tasks.reporting.topics.scores import agreement
from tests.judged import GOOD

LEVELS = Criterion("fd_decoded", "random", "train")
FOUR = np.array([-1, -1, 1, 1]) * math.sqrt(3) / 2
"""Four draws about zero of standard deviation 1: the 95 % interval of their mean is ±1.59."""


def judged(sampler, distance, label="", spread=0.1, broken=0.05, copied=0.02, kid=None, pattern=FOUR) -> Judged:
    draws = distance + spread * np.asarray(pattern)
    kernel = estimate((draws if kid is None else kid + 0.001 * FOUR).tolist())
    shares = estimate([broken] * 4), estimate([copied] * 4)
    return Judged(sampler, label, estimate(draws.tolist()), kernel, *shares, 2000, tuple(draws.tolist()))


def numbers(*rows, found=None, summary=None, pca_baseline=None, dimension=8, bases=None, **facts) -> Numbers:
    """Numbers of judged ``rows``, and of stored levels where ``rows`` has scores."""
    scores = [row for row in rows if isinstance(row, Score)]
    # As the draws of different rows are uncorrelated, or nothing would hide a difference.
    patterns = FOUR, FOUR[[0, 2, 1, 3]], FOUR[[0, 2, 3, 1]]
    draws = {row.key: row.value + row.spread * patterns[place % 3] for place, row in enumerate(scores)}
    kept = [row for row in rows if isinstance(row, Judged)]
    verdict = decide(tuple(kept), GOOD | facts, lambda row: numbers_kept(row, 3000, dimension))
    table = ScoreTable(tuple(scores))
    return Numbers(table, LEVELS, verdict, summary or {}, pca_baseline or {}, dimension, draws, bases or {})


def score(sampler, value, spread=1.0, label="", metric="fd_decoded"):
    return Score(sampler, label, metric, "random", "train", value, spread, 200)


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
    assert found["answer"].pick[0] == "multivariate_normal"


def test_correlations_are_not_claimed_to_matter_where_there_are_none(independent):
    found = by_key(independent.study())
    assert found["correlations"].text.startswith("No evidence that correlations matter")
    assert not found["correlations"].decided
    assert found["dependence"].text == "No evidence that the components are correlated."
    assert "centred on the origin" in found["offset"].text
    assert found["normality"].text == "Held-out points spread as those of a normal distribution would."
    # Two that cannot be told apart, of which the one with fewer numbers is named.
    assert found["answer"].pick[0] == "normal_component"
    assert "ties with multivariate_normal" in found["answer"].text


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
        judged("multivariate_normal", full, "scale=1.0", full_spread),
        judged("normal_component", independent, "scale=1.0", independent_spread, pattern=FOUR[[0, 2, 1, 3]]),
    )
    finding = claimed("correlations", study)
    # The difference of the two has the standard deviation of their quadratic sum, as the draws are uncorrelated.
    told = abs(independent - full) > 3.182446 * math.hypot(full_spread, independent_spread) / 2
    expected = (
        "No evidence" if not told else "Correlations matter" if full < independent else "Keeping the correlations"
    )
    assert finding.text.startswith(expected)
    assert finding.decided == told
    assert [bar.value for bar in finding.evidence] == pytest.approx([full, independent])


def test_a_ratio_comes_with_its_interval():
    study = numbers(
        judged("multivariate_normal", 1.0, "scale=1.0"),
        judged("normal_component", 2.0, "scale=1.0", pattern=FOUR[[0, 2, 1, 3]]),
    )
    # Relative errors of 0.1 and 0.05, uncorrelated, of 4 draws each: ln 2 ± 3.18 · hypot(0.1, 0.05) / 2.
    reach = 3.182446 * math.hypot(0.1, 0.05) / 2
    ratio = with_interval(2, 2 * math.exp(-reach), 2 * math.exp(reach))
    assert f"{ratio} times as large, all else equal" in claimed("correlations", study).text


def test_where_the_closer_one_may_be_at_zero_the_ratio_is_a_bound():
    rows = judged("multivariate_normal", 0.1, "scale=1.0"), judged("normal_component", 5.0, "scale=1.0")
    assert planned(numbers(*rows))["correlations"].ratio == f"at least {(5 - 0.159122) / (0.1 + 0.159122):.2g}"


def test_same_level_questions_are_asked_at_the_usual_level():
    study = numbers(
        judged("multivariate_normal", 1.0, "scale=0.75"),
        judged("multivariate_normal", 4.0, "scale=1.0"),
        judged("normal_component", 2.0, "scale=1.0"),
    )
    finding = claimed("correlations", study)
    assert finding.text.startswith("Keeping the correlations makes it worse")
    assert [bar.label for bar in finding.evidence] == [
        "multivariate_normal (scale=1.0)",
        "normal_component (scale=1.0)",
    ]


def test_other_questions_compare_the_best_of_each():
    study = numbers(
        judged("manifold_parzen", 1.0, "k=10,bandwidth=1.0"), judged("multivariate_normal", 2.0, "scale=0.75")
    )
    assert claimed("local_structure", study).text.startswith("Local structure matters")
    assert "2.00 % of its faces are copies (limit 10 %), so copies do not explain the gain." in (
        claimed("local_structure", study).detail
    )


def test_the_correction_is_compared_with_the_usual_draw_of_its_base():
    rows = (
        judged("neighbour_corrected", 1.0, "spread=kept,strength=1.0"),
        judged("multivariate_normal", 3.0, "scale=0.75"),
        judged("multivariate_normal", 2.0, "scale=1.0"),
        judged("pair_mixture", 0.5),
    )
    bases = {"neighbour_corrected": "multivariate_normal"}
    step = planned(numbers(*rows, bases=bases))["correction"]
    assert (step.first.sampler, step.second.name) == ("neighbour_corrected", "multivariate_normal (scale=1.0)")
    assert (
        planned(numbers(*rows, bases={"neighbour_corrected": "pair_mixture"}))["correction"].second.distance.value
        == 0.5
    )
    assert "correction" not in planned(numbers(*rows))


def test_what_a_planned_comparison_tells_does_not_depend_on_how_many_samplers_there_are():
    rows = judged("multivariate_normal", 1.5, "scale=1.0"), judged("normal_component", 2.0, "scale=1.0")
    others = [judged(f"other_{place}", 1.0 + place / 10) for place in range(15)]
    assert claimed("correlations", numbers(*rows)) == claimed("correlations", numbers(*rows, *others))


def test_a_draw_that_is_closer_by_broken_faces_wins_no_comparison():
    broken = judged("uniform_common", 1.0, "b=1.0", broken=1.0)
    finding = claimed("intervals", numbers(broken, judged("uniform_component", 5.0, "fact=0.5", broken=0.0)))
    assert finding.text.startswith("uniform_component and uniform_common cannot be compared by distance alone")
    assert "100 % of its faces are broken" in finding.text
    assert not finding.decided
    # The farther one's faces do not matter: it has lost by distance already.
    won = claimed("intervals", numbers(broken, judged("uniform_component", 0.5, "fact=0.5")))
    assert won.text.startswith("Each component needs an interval of its own")


# The answer.


def test_the_closest_is_recommended_with_its_interval_and_its_shares():
    finding = answer(numbers(judged("resampled", 2.0), judged("shuffled", 5.0)))
    assert finding.pick == ("resampled", "")
    assert finding.decided
    assert finding.text == (
        "Draw z with resampled: of the samplers whose faces are intact and new, it comes closest to training "
        "reconstructions."
    )
    assert "is 2.00 [1.84, 2.16] (95 % interval, 4 fresh draws of 500 faces)" in finding.detail
    assert "The second closest is shuffled, 5.00 [4.84, 5.16]." in finding.detail
    assert "5.00 % of its faces are broken (limit 20 %); 5 % of reconstructions are, by definition." in finding.detail
    assert "With 2,000 faces a sampler the intervals reach ± 0.16 in the median" in finding.detail
    assert "differences below about 0.32 are not resolved" in finding.detail
    assert [bar.label for bar in finding.evidence] == ["resampled", "shuffled", "held-out reconstructions"]


def test_a_tie_is_said_in_the_first_sentence_and_the_simplest_of_it_is_named():
    rows = judged("resampled", 2.0), judged("multivariate_normal", 2.1, "scale=1.0"), judged("pair_mixture", 2.05)
    finding = answer(numbers(*rows, judged("shuffled", 9.0)))
    assert finding.pick == ("multivariate_normal", "scale=1.0")
    assert not finding.decided
    assert finding.text == (
        "Draw z with multivariate_normal at scale=1.0: it ties with resampled, the closest, and with "
        "pair_mixture; none of these needs less of the training points than mean and covariance."
    )
    first = answer(numbers(judged("multivariate_normal", 2.0, "scale=1.0"), judged("resampled", 2.1)))
    assert (
        "it comes closest to training reconstructions, in a tie with resampled; none of these needs less" in first.text
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"features": "random"}, ", but faces are compared in the features of an untrained network"),
        ({"alike": False}, ", but the held-out faces differ from the training faces"),
    ],
)
def test_reservations_are_in_the_first_sentence(facts, words):
    assert words in answer(numbers(judged("resampled", 2.0), **facts)).text.split(".")[0]


def test_a_kernel_distance_that_prefers_another_is_in_the_first_sentence():
    finding = answer(numbers(judged("resampled", 2.0, kid=0.5), judged("shuffled", 5.0, kid=0.1)))
    assert ", but the kernel distance (KID) disagrees with FD∞: it prefers shuffled" in finding.text.split(".")[0]


def test_more_variety_of_a_tied_draw_is_in_the_first_sentence():
    aspects = [
        score(name, value, 0.01, metric=metric)
        for name, values in {"resampled": (1.0, 0.9), "shuffled": (1.0, 0.5)}.items()
        for metric, value in zip(("density", "coverage"), values, strict=True)
    ]
    tied = answer(numbers(judged("shuffled", 2.0), judged("resampled", 2.05), *aspects))
    assert tied.pick == ("shuffled", "")
    assert tied.text.endswith(", but resampled has more variety.")
    # Of a draw that is farther off, variety alone is no objection.
    assert "variety" not in answer(numbers(judged("shuffled", 2.0), judged("resampled", 5.0), *aspects)).text


def test_closer_draws_that_are_copies_or_broken_are_named_with_their_shares():
    rows = (
        judged("copier", 0.1, copied=0.6),
        judged("smasher", 0.5, "b=2.0", broken=0.9),
        judged("resampled", 2.0),
        judged("far_copier", 9.0, copied=0.8),
    )
    finding = answer(numbers(*rows))
    assert finding.pick == ("resampled", "")
    assert "Closer, but excluded: copier (FD∞ 0.10 [−0.06, 0.26]), as 60.0 % of its faces are copies; smasher" in (
        finding.detail
    )
    assert "smasher (b=2.0) (FD∞ 0.50 [0.34, 0.66]), as 90.0 % of its faces are broken." in finding.detail
    assert copying(numbers(*rows)).text.startswith("2 of 4 samplers copy training faces: far_copier")


def test_a_sampler_that_is_excluded_only_narrowly_is_named_in_the_answer():
    uncertain = estimate([0.1, 0.2, 0.25, 0.35])  # 22.5 %, and the limit of 20 % well within its interval
    narrow = replace(judged("resampled", 1.1), broken=uncertain)
    found = answer(numbers(judged("multivariate_normal", 1.0), narrow))
    assert not found.decided
    assert found.text.endswith("closest to training reconstructions; resampled is excluded only narrowly.")
    shares = "resampled (FD∞ 1.10 [0.94, 1.26]), as 22 [6, 39] % of its faces are broken."
    assert f"Excluded so narrowly that another seed may name it: {shares}" in found.detail
    both = answer(numbers(judged("multivariate_normal", 1.0), narrow, replace(narrow, sampler="shuffled")))
    assert "Excluded so narrowly that another seed may name them: resampled" in both.detail
    assert "Closer, but" not in answer(numbers(judged("multivariate_normal", 1.2), narrow)).detail


def test_novelty_is_that_of_the_stored_draws():
    new = score("resampled", 0.95, 0.01, metric="novelty")
    near = score("resampled", 0.6, 0.01, metric="novelty")
    assert "Novelty of its stored draws 0.95, where" in answer(numbers(judged("resampled", 1.0), new)).detail
    assert "0.60, nearer to training faces than unseen faces are" in (
        answer(numbers(judged("resampled", 1.0), near)).detail
    )
    assert "ovelty" not in answer(numbers(judged("resampled", 1.0))).detail


@pytest.mark.parametrize(
    ("rows", "facts", "why", "remedy"),
    [
        ([judged("resampled", 1.0)], {"references": 120}, "120 training images are too few", "Use at least 500"),
        ([judged("resampled", 1.0)], {"error_share": 0.6}, "does not reconstruct held-out faces", "Train the auto"),
        (
            [judged("resampled", 1.0, copied=1.0)],
            {},
            "no sampler makes faces that are both intact and new",
            "Train the",
        ),
        ([], {}, "no sampler was judged", "Add samplers"),
    ],
)
def test_where_there_is_no_answer_it_says_why_and_what_to_change(rows, facts, why, remedy):
    finding = answer(numbers(*rows, features="random", **facts))
    assert finding.text.startswith("No answer yet: ")
    assert why in finding.text
    assert finding.detail.startswith(remedy)
    assert finding.detail.endswith("which orders draws only roughly.")
    assert finding.pick is None
    assert not finding.evidence


# The ladder and what the way of drawing is worth.


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1.0, 5.0), "The intervals of the 2 samplers' FD∞ do not overlap: their order is no chance."),
        ((1.0, 1.1), "The 2 samplers cannot be told apart: all their intervals of FD∞ overlap."),
        ((1.0, 1.1, 9.0), "Of 3 pairs of samplers 2 have intervals of FD∞ that do not overlap."),
    ],
)
def test_the_ladder_counts_the_pairs_that_are_told_apart(values, text):
    finding = ranking(numbers(*(judged(f"s{place}", value) for place, value in enumerate(values))))
    assert finding.text == text
    assert finding.decided == ("cannot" not in text)
    if len(values) == 3:
        assert finding.detail.startswith("The interval of the closest, s0, is apart from those of 1 of the 2 others.")


def test_a_factor_is_that_of_the_middle_sampler_and_not_of_the_worst():
    rows = [judged(f"s{place}", value) for place, value in enumerate((1.0, 2.0, 4.0, 500.0))]
    finding = drawing(numbers(judged("copier", 0.2, copied=1.0), *rows))
    assert "4 samplers" in finding.text
    # The draws of all samplers go up and down together here, so the absolute noise is a smaller part of the larger one.
    reach = 3.182446 * (0.1 - 0.1 / 4) / 2
    ratio = with_interval(4, 4 * math.exp(-reach), 4 * math.exp(reach))
    assert f"2 of the 3 others are at least {ratio} times as far" in finding.text
    assert "500" not in finding.text
    assert "excluded as broken or copies: copier" in finding.detail


def test_samplers_that_are_not_told_apart_are_said_to_be_so():
    finding = drawing(numbers(judged("a", 1.0), judged("b", 1.01, pattern=-FOUR)))
    assert finding.text == "One decoder, 2 samplers: none is shown to be farther off than the closest."
    assert not finding.decided


def test_a_distance_without_a_value_ends_nothing():
    study = numbers(judged("a", math.nan), judged("b", math.nan))
    assert ranking(study) is None
    assert drawing(study) is None


def test_levels_differ_by_a_ratio_with_its_interval():
    rows = [score("resampled", value, 0.1, label) for label, value in (("k=1", 1.0), ("k=2", 3.0))]
    finding = levels(numbers(*rows))
    assert finding.text.startswith(
        "The level matters in 1 of 1 samplers that have several, most in resampled: FD of its worst"
    )
    assert "3.00 ± 0.10 at k=2; by the stored draws, 200 faces each" in finding.detail


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
    study = numbers(*(score("uniform_component", value, 1.0, label) for label, value in levels))
    assert words in interval_width(study).text


@pytest.mark.parametrize(("sharp", "told"), [(0.5, True), (2.0, False)])
def test_a_correction_that_hurts_is_said_to_hurt_and_to_blur_where_it_does(sharp, told):
    stored = [
        score("neighbour_corrected", 10, 1.0, "spread=kept,strength=0.0"),
        score("neighbour_corrected", 60, 1.0, "spread=lost,strength=1.0"),
        score("neighbour_corrected", 1.0, 0.1, "spread=kept,strength=0.0", "sharpness"),
        score("neighbour_corrected", sharp, 0.1, "spread=lost,strength=1.0", "sharpness"),
    ]
    rows = (
        judged("neighbour_corrected", 3.0, "spread=kept,strength=0.5"),
        judged("multivariate_normal", 1.0, "scale=1.0"),
    )
    finding = claimed("correction", numbers(*rows, *stored, bases={"neighbour_corrected": "multivariate_normal"}))
    assert "makes the set worse" in finding.text
    assert ("the faces only blur: FD 60.0 ± 1.0" in finding.detail) == told


@pytest.mark.parametrize(
    ("order", "words", "decided"),
    [
        ((1, 2, 3, 4, 5, 6), "A second opinion agrees:", True),
        ((1, 4, 3, 2, 6, 5), "agrees in part", False),
        ((2, 1, 3, 4, 5, 6), "A second opinion differs: by SWD, which needs no network, b comes closest.", False),
        ((1, 6, 5, 4, 3, 2), "do not agree", False),
    ],
)
def test_second_opinion(order, words, decided):
    names = "abcdef"
    rows = [judged(name, place) for place, name in enumerate(names, 1)]
    second = [Score(n, "", "swd", "pixels", "train", float(v), 0.1) for n, v in zip(names, order, strict=True)]
    finding = agreement(numbers(*rows, *second))
    assert words in finding.text
    assert finding.decided == decided


def test_a_second_opinion_names_the_pairs_that_it_turns_round():
    names = "abcdef"
    rows = [judged(name, place) for place, name in enumerate(names, 1)]
    second = [
        Score(n, "", "swd", "pixels", "train", float(v), 0.1) for n, v in zip(names, (1, 3, 2, 4, 5, 6), strict=True)
    ]
    detail = agreement(numbers(*rows, *second)).detail
    assert detail.endswith("Of 15 pairs that FD∞ tells apart SWD orders 1 the other way: c before b.")


@pytest.mark.parametrize(
    ("own", "words"),
    [(0.003, "25 % less error"), (0.004, "about as well"), (0.005, "is worse than a PCA of the same size: 25 % more")],
)
def test_autoencoder_against_a_pca(own, words):
    study = numbers(pca_baseline={"autoencoder": {"mse": own}, "pca": {"mse": 0.004}})
    assert words in autoencoder.autoencoder(study).text


def test_no_more_training_is_advised_for_a_model_from_elsewhere():
    errors = {"autoencoder": {"mse": 0.005}, "pca": {"mse": 0.004}}
    assert "More training" in autoencoder.autoencoder(numbers(pca_baseline=errors)).text
    assert "More training" not in autoencoder.autoencoder(numbers(pca_baseline=errors | {"adopted": True})).text


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
