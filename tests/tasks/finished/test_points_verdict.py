"""The rule for points alone, on made-up ratings."""

import math
from typing import Any

import pytest

from tasks.assessment.tables import DrawScore
from tasks.finished.points_verdict import PointsVerdict, decide, rated_rows
from tasks.rating.config import TRAINING

TRUTH = {"training": 2000, "held_out": 500, "components": 4, "most_copied": 0.1}
WIGGLE = (-0.01, 0.0, 0.01)
NUMBERS = {"uniform_common": 1, "multivariate_normal": 20, "gaussian_mixture": 200, "resampled": 8000}


def rows_of(sampler: str, trees: float, neighbours: float, copied: float = 0.0) -> list[DrawScore]:
    values = {"auc_trees": trees, "auc_neighbours": neighbours, "copied": copied, "novelty": 1.0}
    values |= dict.fromkeys(("accuracy_trees", "accuracy_neighbours", "energy", "swd", "coverage"), 0.5)
    return [
        DrawScore(sampler, "all", name, "latent", "heldout", draw, value + (wiggle if "auc" in name else 0), 500, 0)
        for draw, wiggle in enumerate(WIGGLE)
        for name, value in values.items()
    ]


def verdict(truth: dict[str, Any] | None = None, training: float = 0.5, **samplers: tuple[float, ...]) -> PointsVerdict:
    draws = rows_of(TRAINING, training, training)
    for name, values in samplers.items():
        draws += rows_of(name, *values)
    return decide(rated_rows(draws), {**TRUTH, **(truth or {})}, lambda row: NUMBERS[row.sampler])


def test_the_better_classifier_counts() -> None:
    found = verdict(multivariate_normal=(0.55, 0.9), gaussian_mixture=(0.7, 0.6))
    assert [(row.sampler, row.by) for row in found.rows] == [
        ("gaussian_mixture", "trees"),
        ("multivariate_normal", "neighbours"),
    ]
    assert found.pick == found.rows[0]
    assert found.tied == (found.pick,)


def test_of_those_that_tie_the_simplest_is_recommended() -> None:
    found = verdict(multivariate_normal=(0.61, 0.5), gaussian_mixture=(0.6, 0.5), uniform_common=(0.9, 0.9))
    assert [row.sampler for row in found.tied] == ["multivariate_normal", "gaussian_mixture"]
    assert found.pick is not None
    assert found.standing(found.rows[0]) == "tied"


def test_copies_are_no_candidates() -> None:
    found = verdict(resampled=(0.5, 0.5, 1.0), multivariate_normal=(0.8, 0.8, 0.02))
    assert found.pick is not None
    assert found.pick.sampler == "multivariate_normal"
    assert found.standing(found.rows[0]) == "copies"


@pytest.mark.parametrize(
    ("truth", "samplers", "why"),
    [
        ({"training": 400}, {"multivariate_normal": (0.5, 0.5)}, "400 training points are too few"),
        ({"held_out": 50}, {"multivariate_normal": (0.5, 0.5)}, "50 held-out points are too few"),
        ({}, {"resampled": (0.5, 0.5, 1.0)}, "all samplers repeat training points"),
        ({}, {}, "no sampler was rated"),
        ({}, {"multivariate_normal": (math.nan, math.nan)}, "no draw could be compared"),
    ],
)
def test_no_answer(truth: dict[str, Any], samplers: dict[str, tuple[float, ...]], why: str) -> None:
    found = verdict(truth, **samplers)
    assert found.pick is None
    assert found.refusal[0].startswith("No answer yet: ")
    assert why in found.withheld
    assert found.remedy


def test_a_split_that_shifts_is_said_first() -> None:
    assert verdict(multivariate_normal=(0.8, 0.8)).reservations == ()
    (said,) = verdict(training=0.7, multivariate_normal=(0.8, 0.8)).reservations
    assert "held-out points differ from the training points" in said
