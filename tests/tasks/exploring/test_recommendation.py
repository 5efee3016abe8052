"""One draw is recommended everywhere: the one that the report names."""

import numpy as np
import pytest

from tasks.assessment.tables import Score
from tasks.exploring.opened import OpenedStudy
from tasks.exploring.recommendation import recommended
from tasks.finished.artifacts import Artifacts
from tasks.finished.config import CriterionConfig
from tasks.finished.numbers import Numbers
from tasks.finished.scores import ScoreTable, criterion_of
from tasks.reporting.topics.answer import answer
from tasks.stage.errors import InputError


def row(sampler, metric, value, label="all", reference="heldout"):
    return Score(sampler, label, metric, "attributes", reference, value, 0.1)


def scored(sampler, fd, novelty, label="all", kid=0.0):
    return (
        row(sampler, "fd", fd, label),
        row(sampler, "kid", kid, label),
        row(sampler, "novelty", novelty, label, "train"),
    )


TABLE = ScoreTable(
    (
        row("real", "fd", 1.0),
        *scored("resampled", 5.0, 0.0, kid=0.1),
        *scored("manifold_parzen", 6.0, 0.3, "k=10,bandwidth=0.5", kid=0.2),
        *scored("manifold_parzen", 8.0, 0.9, "k=10,bandwidth=1.0", kid=0.3),
        *scored("multivariate_normal", 9.0, 1.0, "scale=1.0", kid=0.4),
        *scored("multivariate_normal", 9.5, 1.0, "scale=0.75", kid=0.2),
        *scored("uniform_component", 7.0, 1.1, "fact=1.0", kid=0.9),
    )
)


def named_by_the_report(table, config):
    finding = answer(Numbers(table, criterion_of(table, config), {}, {}, 8))
    return finding.pick


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # Of a sampler whose best level copies nothing is taken, as in the ladder.
        (CriterionConfig(), ("uniform_component", "fact=1.0")),
        (CriterionConfig(metric="kid"), ("multivariate_normal", "scale=0.75")),
        (CriterionConfig(minimum_novelty=0.2), ("manifold_parzen", "k=10,bandwidth=0.5")),
        (CriterionConfig(minimum_novelty=0.0), ("resampled", "all")),
    ],
)
def test_it_is_what_the_report_names_by_its_own_settings(config, expected):
    found = recommended(TABLE, criterion_of(TABLE, config))
    assert (found.sampler, found.label) == expected == named_by_the_report(TABLE, config)


def test_where_all_copy_or_none_was_scored_that_is_said():
    copies = ScoreTable(scored("resampled", 5.0, 0.0))
    with pytest.raises(InputError, match=r"all stay below a novelty of 0\.50: they copy"):
        recommended(copies, criterion_of(copies, CriterionConfig()))
    assert named_by_the_report(copies, CriterionConfig()) is None
    bare = ScoreTable((row("real", "fd", 1.0),))
    with pytest.raises(InputError, match="none was scored"):
        recommended(bare, criterion_of(bare, CriterionConfig()))


def test_a_draw_without_a_name_is_the_recommended_one(study):
    sampler, level, score = study.recommendation
    assert score in study.scores()
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
