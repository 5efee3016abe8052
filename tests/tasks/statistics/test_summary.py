from __future__ import annotations

import json

import numpy as np
import pytest

from tasks.statistics.summary import (
    axes_facts,
    correlation_facts,
    offset_facts,
    plain_numbers,
    spread,
    three_sigma_facts,
)


def test_spread_by_hand() -> None:
    facts = spread(np.array([1.0, 2.0, 3.0]))
    assert (facts["count"], facts["mean"], facts["std"], facts["mean_square"]) == (3, 2.0, 1.0, pytest.approx(14 / 3))
    assert (facts["minimum"], facts["quantiles"]["0.5"], facts["maximum"]) == (1.0, 2.0, 3.0)
    assert spread(np.array([])) is None
    assert spread(np.array([4.0]))["std"] is None


def test_the_components_that_carry_the_offset() -> None:
    facts = offset_facts(np.array([0.0, -4.0, 3.0, 0.0]))
    assert facts["centre_norm"] == 5.0
    first, second = facts["components"][:2]
    assert (first["component"], first["centre"], first["share"]) == (1, -4.0, pytest.approx(0.64))
    assert (second["component"], second["cumulative"]) == (2, pytest.approx(1.0))
    assert facts["components_for"] == {"50%": 1, "90%": 2}
    assert offset_facts(np.zeros(2))["components_for"] == {}


def test_strongest_pairs() -> None:
    correlation = np.array([[1, 0.2, np.nan, -0.9], [0.2, 1, np.nan, 0.35], [np.nan] * 4, [-0.9, 0.35, np.nan, 1]])
    facts = correlation_facts(correlation, np.array([True, True, False, True]))
    assert facts["pairs"] == 3
    assert facts["largest"] == 0.9
    assert [entry["components"] for entry in facts["strongest"]] == [[0, 3], [1, 3], [0, 1]]
    assert facts["strongest"][0]["correlation"] == -0.9
    assert facts["pairs_over"]["0.3"] == 2
    assert facts["share_over"]["0.8"] == pytest.approx(1 / 3)


def test_one_component_has_no_pairs() -> None:
    facts = correlation_facts(np.ones((1, 1)), np.array([True]))
    assert (facts["pairs"], facts["largest"], facts["strongest"]) == (0, None, [])


def test_axes_that_hold_the_variance() -> None:
    assert axes_facts(np.array([50.0, 40.0, 5.0, 4.0, 1.0]))["components_for"] == {
        "50%": 1,
        "90%": 2,
        "95%": 3,
        "99%": 4,
    }


def test_independent_normal_components_keep_0_9973_to_the_d() -> None:
    facts = three_sigma_facts(np.array([1, 3]), np.array([True, True, True, True, False, False]), 256)
    assert facts["independent_normal"] == pytest.approx(0.9973**256, abs=1e-3)
    assert (facts["train"], facts["heldout"]) == (0.75, 0.5)


def test_numbers_that_json_does_not_know_become_null() -> None:
    assert json.dumps(plain_numbers({"a": [np.inf, 1.0], "b": float("nan")})) == '{"a": [null, 1.0], "b": null}'
