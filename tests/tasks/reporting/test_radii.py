import numpy as np
import pytest

from tasks.reporting.topics.radii import _limited, build, fitting_distances, fitting_radii, theory


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("sampler", ["uniform_common", "uniform_component", "normal_component", "multivariate_normal"])
def test_theory_is_where_the_drawn_points_are(correlated, sampler, centred):
    study = correlated.study()
    about = study.statistic("centre") if centred else np.zeros(study.dimension)
    draws = study.samples[sampler]
    places = np.linspace(1e-3, 200, 40_001)
    curves = theory(study, draws, places, about)
    assert len(curves) == len(draws.labels)
    for level, curve in enumerate(curves):
        radius = draws.values("euclidean", level) if centred else draws.radius(level)
        mean = np.trapezoid(curve * places, places)
        deviation = np.sqrt(np.trapezoid(curve * (places - mean) ** 2, places))
        assert np.trapezoid(curve, places) == pytest.approx(1, abs=0.001)
        assert radius.mean() == pytest.approx(mean, abs=4 * radius.std() / np.sqrt(len(radius)) + 0.02 * mean)
        assert radius.std() == pytest.approx(deviation, rel=0.2)


def test_samplers_without_a_closed_form_have_no_theory(correlated):
    study = correlated.study()
    assert theory(study, study.samples["resampled"], np.linspace(0, 1, 3), np.zeros(study.dimension)) == []


def test_all_distances_are_shown(correlated):
    names = {"radii", "centre_distances", "mahalanobis_distances"}
    assert {picture.name for picture in build(correlated.study()).pictures()} == names


def test_the_sentence_counts_draws_of_a_usual_radius(correlated):
    study = correlated.study()
    real, distance = study.statistic("radius"), study.statistic("mahalanobis")
    low, high = np.quantile(real, [0.25, 0.75])
    levels = [(one, level) for one in study.samples.values() for level in range(len(one.labels))]
    fitting = [(one, level) for one, level in levels if low <= np.median(one.radius(level)) <= high]
    far = [one for one, level in fitting if np.median(one.values("mahalanobis", level)) > np.quantile(distance, 0.95)]
    found = fitting_radii(study, real)
    assert found.detail.startswith(f"{len(fitting)} of {len(levels)} draws")
    assert f"median d_M of {len(far)} of them" in found.detail
    assert ("not enough" in found.text) == bool(far)


def test_a_usual_distance_is_judged_by_the_scores(correlated):
    study = correlated.study()
    distance = study.statistic("mahalanobis")
    low, high, first, last = np.quantile(distance, [0.25, 0.75, 0.05, 0.95])
    (floor,) = study.scores.by(study.criterion, "reconstruction")
    usual, good = [], []
    for score in study.scores.by(study.criterion):
        level = study.level(score.sampler, score.label)
        if level is not None:
            own = np.median(study.samples[score.sampler].values("mahalanobis", level))
            usual += [score] if low <= own <= high else []
            good += [own] if score.value <= 2 * floor.value else []
    worst = max(usual, key=lambda score: score.value)
    inside = sum(first <= own <= last for own in good)
    found = fitting_distances(study)
    assert found.detail.startswith(f"{worst.name} has a median d_M of")
    assert f"Of {len(good)} draws" in found.detail
    assert f"{inside} lie at a median d_M" in found.detail
    apart = worst.value > 2 * floor.value and study.numbers.compare(floor, worst).better
    assert ("ot all draws with a typical d_M are good" in found.text) == apart
    assert ("All good draws have a typical d_M" in found.text) == (apart and inside == len(good))


def test_panels_end_near_the_real_points():
    assert _limited((0.0, 1000.0), 10.0, 20.0) == (0.0, 40.0)
    assert _limited((12.0, 22.0), 10.0, 20.0) == (12.0, 22.0)
