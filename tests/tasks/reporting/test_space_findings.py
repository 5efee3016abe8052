"""Findings about the latent space: the words follow the numbers, opposite truths get opposite ones."""

import re

import pytest

from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import Verdict
from tasks.reporting.topics import axes, core, distributions, heldout, normality, planes

NORMAL = [0.393469, 0.864665, 0.988891]


def numbers(**summary) -> Numbers:
    return Numbers(ScoreTable(()), Criterion("fd_decoded", "random", "train"), Verdict((), (), {}), summary, {}, 8)


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ({"normal-like": 8}, "All 8 components"),
        (
            {"normal-like": 5, "skewed": 2, "two-peaked": 1},
            "5 of 8 .* shaped like a normal one; 2 skewed, 1 two-peaked",
        ),
        ({"normal-like": 1, "heavy-tailed": 7}, "Only 1 of 8 .*: 7 heavy-tailed"),
    ],
)
def test_kinds_are_counted(counted, words):
    finding = distributions.kinds(numbers(shape={"kinds": counted, "median_excess_kurtosis": 0.5}))
    assert re.search(words, finding.text)
    assert "0.500" in finding.detail


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (NORMAL, "as many points as a normal"),
        ([0.50, 0.87, 0.96], "crowd in the middle"),
        ([0.30, 0.80, 0.999], "do not hold the shares"),
    ],
)
def test_planes(own, words):
    facts = {"mean_share": {"axes": own, "offset": NORMAL}, "normal_share": NORMAL}
    assert words in planes.planes(numbers(planes=facts)).text


@pytest.mark.parametrize(("own", "words"), [(30.0, "vary like 30.0 equal"), (95.0, "hardly reduce")])
def test_participation(own, words):
    facts = {
        "components": 100,
        "participation_ratio": 20.0,
        "correlation_participation_ratio": own,
        "independent_participation_ratio": 98.0,
    }
    assert words in axes.participation(numbers(spectrum=facts)).text


@pytest.mark.parametrize(
    ("whole", "body", "ratio", "words"),
    [
        (0.005, 0.4, 1.5, "The body is normal as far as the tests show; the tails are heavier"),
        (0.005, 0.005, 1.5, "Neither the body nor the tails are normal"),
        (0.005, 0.4, 0.5, "the tails are lighter"),
        (0.4, 0.005, 1.0, "The body departs"),
        (0.4, 0.4, 1.0, "differ significantly from a normal"),
        (0.4, None, 1.0, "unknown whether the body is normal"),
    ],
)
def test_body_and_tails(whole, body, ratio, words):
    kurtosis = {"kurtosis": {"statistic": 8.0 * ratio, "expected": 8.0, "p": whole}}
    groups = {
        name: {
            "points": 1000,
            "rejected": 12,
            "performed": 18,
            "leading": {"joint_p": p, "kurtosis_p": p, "dimensions": {"2": kurtosis}},
        }
        for name, p in (("train", whole), ("core", body))
        if p is not None
    }
    finding = normality.body_and_tails(numbers(normality={"groups": groups, "simulations": 199, "level": 0.01}))
    assert words in finding.text
    assert finding.decided == (body is not None)
    assert "training points 12 of 18" in finding.detail


def test_flat_topped_planes_do_not_hide_tails():
    dimensions = {
        "2": {"kurtosis": {"statistic": 6.0, "expected": 8.0, "p": 0.005}},
        "10": {"kurtosis": {"statistic": 132.0, "expected": 120.0, "p": 0.01}},
    }
    groups = {
        name: {
            "points": 1000,
            "rejected": 12,
            "performed": 18,
            "leading": {"joint_p": 0.005, "kurtosis_p": 0.005, "dimensions": dimensions},
        }
        for name in ("train", "core")
    }
    finding = normality.body_and_tails(numbers(normality={"groups": groups, "simulations": 199, "level": 0.01}))
    assert "the tails are heavier than normal" in finding.text


@pytest.mark.parametrize(
    ("kinds", "p", "words"),
    [
        (
            {"normal-like": 255, "heavy-tailed": 1},
            0.005,
            r"look normal \(255 of 256\), but .* does not: its body departs from normality",
        ),
        ({"normal-like": 8}, 0.4, "nothing tells the whole cloud"),
        ({"normal-like": 1, "skewed": 7}, 0.005, r"Not all components are normal one by one \(1 of 8\), nor"),
        ({"normal-like": 1, "skewed": 7}, 0.4, "though the tests of the whole do not tell"),
    ],
)
def test_components_and_the_whole_are_told_in_one_sentence(kinds, p, words):
    kurtosis = {"kurtosis": {"statistic": 8.0, "expected": 8.0, "p": 0.5}}
    core = {"leading": {"joint_p": p, "dimensions": {"2": kurtosis}}}
    facts = {"groups": {"core": core}, "simulations": 199, "level": 0.01}
    planar = {"mean_share": {"axes": NORMAL}, "normal_share": NORMAL}
    finding = normality.one_by_one(numbers(shape={"kinds": kinds}, normality=facts, planes=planar))
    assert re.search(words, finding.text)
    assert "on average as many points as a normal" in finding.detail
    assert ("no contradiction" in finding.detail) == ("but the cloud as a whole" in finding.text)


def test_the_least_that_simulations_can_show_is_written_as_a_bound():
    assert normality.simulated(1 / 200, 199) == "≤ 0.005"
    assert normality.simulated(2 / 200, 199) == "0.010"


@pytest.mark.parametrize(
    ("inside", "found", "words"),
    [
        (0.66, 16.5, "Of held-out points 66 % lie in it."),
        (0.44, 16.5, "only 44 % lie in it: it was fitted to the training points, so that others .* no outliers"),
        (0.44, 19.0, "only 44 % .* but held-out points lie farther out"),
    ],
)
def test_held_out_points_in_the_core_are_commented(inside, found, words):
    distances = {"heldout": {"mean": found}, "normal_heldout": {"mean": 17.1}}
    facts = {"defined": True, "train": 0.67, "heldout": inside, "normal_sample": 0.75}
    assert re.search(words, core.core(numbers(core=facts, mahalanobis=distances)).detail)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.2, "cannot be told .* by any of 2 .* in the mean d_M: 2.00 against 1.00, 9.0 standard errors"),
        (0.001, "in 1 of 2 statistics, most clearly in the mean d_M: 2.00 against 1.00"),
    ],
)
def test_heldout(p, words):
    figures = {
        "radius": {"train": 1.0, "heldout": 1.1, "standard_errors": 1.0, "p": 0.5},
        "mahalanobis": {"train": 1.0, "heldout": 2.0, "standard_errors": 9.0, "p": p},
    }
    found = heldout.heldout(numbers(heldout={"figures": figures, "fold": 100}))
    assert re.search(words, f"{found.text} {found.detail}")


def test_independent_and_correlated_components_are_told_apart(independent, correlated):
    """Two whole studies of opposite truth."""
    free, bound = (made.study().findings for made in (independent, correlated))
    assert "hardly reduce" in next(one.text for one in free if one.key == "participation")
    assert "vary like" in next(one.text for one in bound if one.key == "participation")


def test_the_section_of_every_finding_is_on_the_page(correlated, correlated_report):
    page = (correlated_report / "report.html").read_text()
    for finding in correlated.study().findings:
        assert f'id="{finding.section}"' in page
    for name in ("ellipses", "planes_offset", "planes_axes", "correlation_clustered", "axis_strips"):
        assert (correlated_report / "figures" / f"{name}.png").stat().st_size > 5000
