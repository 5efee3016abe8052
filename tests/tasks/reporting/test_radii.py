import numpy as np
import pytest

from tasks.reporting.sections.radii import build, fitting_radii, theory


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


def test_both_distances_are_shown(correlated):
    assert {picture.name for picture in build(correlated.study()).pictures()} == {"radii", "centre_distances"}


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
