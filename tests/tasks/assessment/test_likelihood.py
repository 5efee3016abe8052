import numpy as np
import pytest
from scipy.stats import multivariate_normal

from storage.arrays import finish, open_complete, open_for_writing, read_array, write_array
from storage.files import read_json
from tasks.assessment.likelihood import FACTS, LIKELIHOODS, gather_likelihoods, measure_likelihood
from tasks.finished.likelihoods import read_likelihoods
from tasks.sampling.config import SampleConfig


def write(folder, **arrays):
    group = open_for_writing(folder)
    for name, (values, *dimensions) in arrays.items():
        write_array(group, name, values, dimensions)
    finish(folder)
    return folder.parent


@pytest.fixture
def z():
    mixing = np.array([[2.0, 0, 0], [1.5, 1, 0], [0, -1, 0.5]])
    return (np.random.default_rng(0).standard_normal((2000, 3)) @ mixing.T + 3).astype(np.float32)


@pytest.fixture
def study(z, tmp_path):
    """Data set, latents and statistics: the first 400 points are the training points."""
    train = z[:400].astype(float)
    partition = np.repeat([0, 1], [400, 1600]).astype(np.int8)
    return (
        write(tmp_path / "dataset" / "images.zarr", partition=(partition, "image")),
        write(tmp_path / "latents" / "latents.zarr", z=(z, "image", "component")),
        write(
            tmp_path / "statistics" / "statistics.zarr",
            mean=(train.mean(0), "component"),
            covariance=(np.cov(train.T), "component", "other_component"),
        ),
    )


def test_log_densities_of_held_out_points_beside_scipys(z, study, tmp_path):
    out = tmp_path / "normal"
    facts = measure_likelihood("multivariate_normal", *study, SampleConfig(), out)
    group = open_complete(out / LIKELIHOODS)
    rows = read_array(group, "row")
    np.testing.assert_array_equal(rows, np.arange(400, 2000))
    train = z[:400].astype(float)
    for place, scale in enumerate((0.5, 0.75, 1.0)):
        expected = multivariate_normal(train.mean(0), scale**2 * np.cov(train.T)).logpdf(z[rows])
        np.testing.assert_allclose(read_array(group, "log_density")[place], expected)
        assert facts["nats_per_component"][f"scale={scale}"] == pytest.approx(expected.mean() / 3)
    np.testing.assert_allclose(read_array(group, "normal"), expected)


def test_the_gain_of_correlations_is_their_mutual_information(z, study, tmp_path):
    """For normal points, ½·Σ log C_jj − ½·log det C nats lie in the correlations."""
    parts = []
    for sampler in ("normal_component", "multivariate_normal"):
        measure_likelihood(sampler, *study, SampleConfig(), tmp_path / sampler)
        parts.append(tmp_path / sampler)
    gather_likelihoods(parts, tmp_path / "scores")
    found = read_likelihoods(tmp_path / "scores")
    assert found.points == 1600
    independent, normal = found.best("normal_component"), found.best("multivariate_normal")
    assert (independent.label, normal.label) == ("scale=1.0", "scale=1.0")
    covariance = np.cov(z.astype(float).T)
    expected = (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1]) / 2 / 3
    gain = normal.over(independent)
    assert gain.value == pytest.approx(expected, abs=0.03)
    assert gain.value == pytest.approx(-independent.gain.value)
    assert [way.sampler for way in found.leaders] == ["multivariate_normal", "normal_component"]


def test_a_density_that_is_not_finite_is_left_off_and_named(study, tmp_path, monkeypatch):
    from tasks.sampling.samplers.normal_component import NormalComponent

    monkeypatch.setattr(NormalComponent, "log_density", lambda self, z, level: np.full(len(z), -np.inf))
    facts = measure_likelihood("normal_component", *study, SampleConfig(), tmp_path / "first")
    assert facts["absent"] == "it is not finite at 1600 of 1600 held-out points"
    assert not (tmp_path / "first" / LIKELIHOODS).exists()
    measure_likelihood("multivariate_normal", *study, SampleConfig(), tmp_path / "second")
    gather_likelihoods([tmp_path / "first", tmp_path / "second"], tmp_path / "scores")
    found = read_likelihoods(tmp_path / "scores")
    assert found.absent == (("normal_component", facts["absent"]),)
    assert {way.sampler for way in found.ways} == {"multivariate_normal"}


def test_a_fit_that_diverged_is_left_off_and_named(study, tmp_path):
    from tasks.sampling.learning import fit

    config = SampleConfig(autoregressive_flow={"width": 8, "epochs": 2})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "_held_out_loss", lambda network, held_out, seed: float("nan"))
        facts = measure_likelihood("autoregressive_flow", *study, config, tmp_path / "diverged")
    assert facts["absent"] == "its fit diverged"
    assert read_json(tmp_path / "diverged" / FACTS)["absent"] == {"autoregressive_flow": "its fit diverged"}


def test_without_densities_there_is_nothing(tmp_path):
    gather_likelihoods([], tmp_path)
    assert read_likelihoods(tmp_path).ways == ()
