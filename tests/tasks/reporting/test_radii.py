import numpy as np
import pytest

from tasks.reporting.sections.radii import build, theory


@pytest.mark.parametrize("sampler", ["uniform_common", "multivariate_normal"])
def test_theory_is_where_the_drawn_points_are(correlated, sampler):
    study = correlated.study()
    draws = study.samples[sampler]
    places = np.linspace(1e-3, 200, 40_001)
    curves = theory(study, draws, places)
    assert len(curves) == len(draws.labels)
    for level, curve in enumerate(curves):
        radius = draws.radius(level)
        mean = np.trapezoid(curve * places, places)
        deviation = np.sqrt(np.trapezoid(curve * (places - mean) ** 2, places))
        assert np.trapezoid(curve, places) == pytest.approx(1, abs=0.001)
        assert radius.mean() == pytest.approx(mean, abs=4 * radius.std() / np.sqrt(len(radius)) + 0.02 * mean)
        assert radius.std() == pytest.approx(deviation, rel=0.2)


def test_samplers_without_a_closed_form_have_no_theory(correlated):
    study = correlated.study()
    assert theory(study, study.samples["resampled"], np.linspace(0, 1, 3)) == []


def test_both_distances_are_shown(correlated):
    assert {picture.name for picture in build(correlated.study()).pictures()} == {"radii", "centre_distances"}
