import numpy as np
import pytest

from tasks.finished.estimates import estimate
from tasks.finished.likelihoods import Density, Likelihoods
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import Judged, decide
from tasks.reporting.topics.likelihoods import absent, gains, rungs, worth
from tests.judged import GOOD

NORMAL = np.random.default_rng(0).normal(-1.4, 0.3, 500)


def density(sampler, gain, label=""):
    """Likelier than one normal distribution by ``gain``, give or take 0.02 nats a component at each point."""
    noise = np.random.default_rng(1).normal(0, 0.02, 500)
    return Density(sampler, label, NORMAL + gain + noise - noise.mean(), NORMAL)


def judged(sampler, distance):
    draws = [distance + step for step in (-0.1, 0.0, 0.0, 0.1)]
    share = estimate([0.05] * 4)
    return Judged(sampler, "", estimate(draws), estimate(draws), share, share, 2000, tuple(draws))


def numbers(likelihoods, *rows):
    verdict = decide(rows, GOOD, lambda row: 1.0)
    criterion = Criterion("fd_decoded", "random", "train")
    return Numbers(ScoreTable(()), criterion, verdict, {}, {}, 8, likelihoods=likelihoods)


WAYS = Likelihoods(
    (
        density("normal_component", -0.4),
        Density("multivariate_normal", "scale=1.0", NORMAL, NORMAL),
        density("gaussian_mixture", 0.1, "components=5"),
        density("gaussian_mixture", 0.2, "components=10"),
        density("flow_matching", 0.1),
        density("autoregressive_flow", 0.5),
    ),
    points=500,
)
FACES = {"normal_component": 6.0, "multivariate_normal": 2.0, "gaussian_mixture": 1.0, "autoregressive_flow": 0.5}


def test_each_rung_is_its_likeliest_way_and_is_compared_with_the_one_before():
    found = rungs(numbers(WAYS, *(judged(*one) for one in FACES.items())))
    assert [rung.density.name for rung in found] == [
        "normal_component", "multivariate_normal (scale=1.0)", "gaussian_mixture (components=10)", "autoregressive_flow"
    ]  # fmt: skip
    added = gains(found)
    assert [gain.nats.value for gain in added] == pytest.approx([0.4, 0.2, 0.3], abs=0.01)
    assert [gain.faces.value for gain in added] == pytest.approx([4.0, 1.0, 0.5])


def test_what_each_is_worth_and_that_faces_agree():
    found = worth(numbers(WAYS, *(judged(*one) for one in FACES.items())))
    assert found.text == (
        "Held-out points become likelier, in nats per component: correlations +0.400, several normal distributions "
        "+0.200 and learned structure +0.300."
    )
    assert found.detail.endswith("Likelihood and faces agree on every step.")
    assert found.decided


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (3.0, "Likelihood and faces contradict each other on learned structure."),
        (1.0, "Only one of the two tells a difference of learned structure."),
    ],
)
def test_where_faces_do_not_agree_it_is_said(distance, words):
    rows = [judged(*one) for one in {**FACES, "autoregressive_flow": distance}.items()]
    assert worth(numbers(WAYS, *rows)).detail.endswith(words)


def test_what_is_left_off_is_named_with_the_reason():
    found = absent(numbers(Likelihoods(WAYS.ways, (("flow_matching", "its fit diverged"),), 500)))
    assert found.text == "flow_matching is left off the ladder of likelihoods."
    assert found.detail == "flow_matching: its fit diverged."


def test_of_a_study_without_densities_nothing_is_said():
    assert worth(numbers(Likelihoods())) is None
    assert absent(numbers(Likelihoods())) is None
