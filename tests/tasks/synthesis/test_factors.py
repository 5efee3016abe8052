from dataclasses import asdict
from statistics import NormalDist

import numpy as np
import pytest

from tasks.synthesis.factors import (
    FACTORS,
    SOURCES,
    correlation,
    draw_face,
    excess,
    latent_values,
    loadings,
    normal,
    uniform,
)

NAMES = [factor.name for factor in FACTORS]


def test_there_are_many_factors_with_names_of_their_own():
    assert len(FACTORS) >= 25
    assert len(set(NAMES)) == len(NAMES)


def test_loadings_name_known_sources_and_leave_no_negative_variance():
    assert all(set(factor.loadings) <= set(SOURCES) for factor in FACTORS)
    assert ((loadings() ** 2).sum(axis=1) <= 1 + 1e-12).all()


def test_correlation_is_a_correlation_matrix():
    r = correlation()
    np.testing.assert_allclose(np.diag(r), 1)
    np.testing.assert_allclose(r, r.T)
    assert np.linalg.eigvalsh(r).min() > -1e-9


def test_correlation_of_two_factors_by_hand():
    # hair_length: -0.88 masculinity, -0.12 age; beard: 0.78 masculinity.
    r = correlation()
    assert r[NAMES.index("hair_length"), NAMES.index("beard")] == pytest.approx(-0.88 * 0.78)


def test_latent_values_are_standard_normal_with_the_declared_correlation():
    rng = np.random.default_rng(5)
    draws = np.array([latent_values(rng) for _ in range(6000)])
    # Five standard errors of a mean, of a variance, and (at most) of a correlation.
    error = 5 / np.sqrt(len(draws))
    assert np.abs(draws.mean(axis=0)).max() < error
    assert np.abs(draws.var(axis=0) - 1).max() < error * np.sqrt(2)
    assert np.abs(np.corrcoef(draws.T) - correlation()).max() < error


def test_values_go_together_as_people_do():
    faces = [draw_face(0, index) for index in range(1500)]

    def rank_correlation(first: str, second: str) -> float:
        ranks = [np.argsort(np.argsort([getattr(face, name) for face in faces])) for name in (first, second)]
        return float(np.corrcoef(ranks)[0, 1])

    assert rank_correlation("age", "lines") > 0.7
    assert rank_correlation("age", "greyness") > 0.7
    assert rank_correlation("masculinity", "hair_length") < -0.7
    assert rank_correlation("skin_tone", "hair_darkness") > 0.5
    assert rank_correlation("smile", "mouth_open") > 0.5
    assert rank_correlation("exposure", "ground_lightness") > 0.3


def test_marginals_have_their_closed_form_quantiles():
    quantile = NormalDist().inv_cdf
    assert uniform(2, 6)(quantile(0.25)) == pytest.approx(3)
    assert uniform(0, 1, 2)(quantile(0.5)) == pytest.approx(0.25)
    assert normal(10, 2)(0.5) == pytest.approx(11)
    assert normal(10, 2)(9.0) == pytest.approx(14.8)
    present = excess(0.2)
    assert present(quantile(0.79)) < 0 < present(quantile(0.81))
    assert present(quantile(0.8)) == pytest.approx(0)


def test_a_face_depends_on_seed_and_index_alone():
    assert draw_face(3, 7) == draw_face(3, 7)
    assert draw_face(3, 7) != draw_face(3, 8)
    assert draw_face(3, 7) != draw_face(4, 7)


def test_rules_hold_for_every_face():
    for index in range(600):
        face = draw_face(1, index)
        assert all(type(value) is float for value in asdict(face).values())
        if not face.male:
            assert max(face.beard, face.mustache, face.goatee, face.sideburns, face.necktie, face.baldness) <= 0
        else:
            assert max(face.earrings, face.necklace) <= 0
        if face.necktie > 0:
            assert face.formality > 0
        if face.beard > 0:
            assert face.mustache >= face.beard
