"""One draw is recommended everywhere: the one of the study's verdict."""

import numpy as np
import pytest

from tasks.exploring.opened import OpenedStudy
from tasks.exploring.recommendation import recommended
from tasks.finished.artifacts import Artifacts
from tasks.finished.verdict import decide, judged_rows
from tasks.stage.errors import InputError
from tests.judged import GOOD, judged_draws, write_judged

JUDGED = judged_rows(judged_draws({("uniform_component", "fact=1.0"): (2, 0, 0), ("shuffled", "all"): (1, 0.5, 0)}))


def test_it_is_the_verdicts_pick():
    found = recommended(decide(JUDGED, GOOD, lambda row: 1))
    assert (found.sampler, found.label) == ("uniform_component", "fact=1.0")


def test_a_verdict_without_a_pick_says_why_and_what_to_do():
    with pytest.raises(
        InputError,
        match=r"^this study recommends no sampler: 301 training images are too few to tell .*; use at least 500 "
        r"training images, or choose one with --sampler NAME$",
    ):
        recommended(decide(JUDGED, GOOD | {"references": 301}, lambda row: 1))


def test_a_study_whose_answer_is_withheld_draws_only_what_is_named(study, artifacts, tmp_path):
    write_judged(tmp_path, {("multivariate_normal", "scale=1.0"): (1, 0, 0)}, error_share=0.4)
    poor = OpenedStudy(Artifacts(**vars(artifacts) | {"scores": tmp_path}), "cpu")
    with pytest.raises(InputError, match="recommends no sampler: the autoencoder does not reconstruct held-out faces"):
        poor.draw()
    np.testing.assert_array_equal(poor.draw("shuffled", 2), study.draw("shuffled", 2))


def test_a_draw_without_a_name_is_the_recommended_one(study):
    sampler, level, judged = study.recommendation
    assert judged == study.finished.verdict.pick
    assert (sampler, level) == ("uniform_component", {"fact": 0.5})
    np.testing.assert_array_equal(study.draw(count=3, seed=2), study.draw(sampler, 3, seed=2, **level))
    with pytest.raises(InputError, match="fact: a level needs its sampler"):
        study.draw(fact=1.0)


def test_the_usual_level_is_one_that_can_be_had(study):
    assert study.parameters("gaussian_mixture") == {"components": 1}
    assert study.draw("gaussian_mixture", 2).shape == (2, 6)
    with pytest.raises(
        InputError, match="gaussian_mixture: components=2 is not possible: there are 180 training points"
    ):
        study.draw("gaussian_mixture", components=2)


def test_a_study_that_was_not_scored_recommends_nothing(artifacts):
    bare = OpenedStudy(Artifacts(artifacts.dataset, artifacts.model, artifacts.latents, artifacts.statistics), "cpu")
    with pytest.raises(InputError, match=r"not been scored yet, so it .* recommends no sampler"):
        bare.draw()
    assert bare.draw("shuffled", 2).shape == (2, 6)
