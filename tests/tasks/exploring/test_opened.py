from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist, mahalanobis

from storage.arrays import open_complete, read_array
from tasks.exploring.opened import OpenedStudy
from tasks.exploring.points import OpenedPoints
from tasks.finished.artifacts import Artifacts
from tasks.finished.points import PointsArtifacts
from tasks.sampling import guided
from tasks.sampling.config import unlearned
from tasks.sampling.learning import fit as learning
from tasks.stage.errors import InputError


def drawn(study, sampler, name):
    return read_array(open_complete(study.artifacts.samples[sampler] / "samples.zarr"), name)


@pytest.mark.parametrize("sampler", unlearned())
def test_every_sampler_draws_and_repeats(study, sampler):
    z = study.draw(sampler, 4, seed=1)
    assert z.shape == (4, 6)
    assert z.dtype == np.float32
    np.testing.assert_array_equal(z, study.draw(sampler, 4, seed=1))
    assert study.decode(z).shape == (4, 32, 32, 3)


def test_a_sampler_that_the_study_did_not_train_is_refused_with_the_way_out(study):
    assert "flow_matching" not in study.samplers
    with pytest.raises(InputError, match=r"takes a training.*sample\.samplers=\[default,flow_matching\]"):
        study.draw("flow_matching", 4)


def test_draws_with_the_studys_seed_and_count_are_its_samples(study):
    for level, fact in enumerate((0.5, 1.5)):
        z = study.draw("uniform_component", 40, seed=3, fact=fact)
        np.testing.assert_array_equal(z, drawn(study, "uniform_component", "z")[level])


def test_one_face_alone_is_the_pipelines_to_the_last_bit(study):
    z, images = (drawn(study, "multivariate_normal", name)[0] for name in ("z", "image"))
    for row in range(10):
        np.testing.assert_array_equal(study.decode(z[row])[0], images[row])


def test_a_sampler_is_fitted_once(study):
    assert study.fitted("gaussian_mixture") is study.fitted("gaussian_mixture")


def test_encoding_real_images_gives_their_points(study):
    np.testing.assert_array_equal(study.encode(study.real(np.arange(300))), study.z)
    np.testing.assert_allclose(study.encode(study.real(7)[0])[0], study.z[7], rtol=1e-5, atol=1e-5)


def test_neighbours_are_scipys(study):
    z = study.draw("multivariate_normal", 6)
    train = study.points.train_index
    distance = cdist(z.astype(np.float64), study.z[train].astype(np.float64))
    order = np.argsort(distance, axis=1)[:, :4]
    found = study.neighbours(z, 4)
    np.testing.assert_array_equal(found.rows, train[order])
    np.testing.assert_allclose(found.distances, np.take_along_axis(distance, order, 1), rtol=1e-9)


def test_distances_are_scipys_and_those_of_the_samples(study):
    z = drawn(study, "uniform_component", "z")[0]
    found = study.distances(z)
    np.testing.assert_allclose(found.euclidean, drawn(study, "uniform_component", "euclidean")[0])
    np.testing.assert_allclose(found.mahalanobis, drawn(study, "uniform_component", "mahalanobis")[0])
    precision = np.linalg.inv(np.cov(study.points.z_train.all().astype(np.float64).T))
    np.testing.assert_allclose(
        found.mahalanobis[:5], [mahalanobis(row, study.points.mean, precision) for row in z[:5]], rtol=1e-6
    )
    np.testing.assert_allclose(found.radius, np.sqrt((z.astype(np.float64) ** 2).sum(1)))


def test_as_many_faces_are_broken_as_the_table_says(study):
    """40 stored faces are two draws of 20, so the mean of the two shares is that of all."""
    for level, label in enumerate(map(str, drawn(study, "uniform_component", "label"))):
        (row,) = study.table.select("uniform_component", label, "broken", reference="train")
        faces = drawn(study, "uniform_component", "image")[level]
        assert study.broken(faces).mean() == pytest.approx(row.value)
        assert study.broken(faces[0]).tolist() == study.broken(faces)[:1].tolist()


def test_one_in_twenty_reconstructions_is_broken_by_definition(study):
    train = study.points.train_index
    assert study.broken(study.decode(study.z[train])).sum() == 9  # of 180, with too few held-out ones to go by


@pytest.mark.parametrize("reference", ["train", "heldout"])
def test_scores_of_the_samples_are_those_of_the_table(study, reference):
    z = drawn(study, "multivariate_normal", "z")[0]
    label = str(drawn(study, "multivariate_normal", "label")[0])
    table = {
        row.metric: row
        for row in study.scores()
        if (row.sampler, row.label, row.reference) == ("multivariate_normal", label, reference)
    }
    assert study.score_count == 40
    scored = study.score(z, reference)
    assert scored.keys() == table.keys()
    for metric, row in scored.items():
        assert (row.value, row.spread, row.n) == pytest.approx((table[metric].value, table[metric].spread, row.n))


def test_faces_with_an_attribute_have_it_where_it_is_seen_in_the_point(study):
    """Broad is whether a face's first component lies above the median."""
    median = np.median(study.z[:, 0])
    broad, narrow = (study.draw(count=400, attributes={"Broad": side})[:, 0] > median for side in (1, -1))
    assert broad.mean() > 0.85
    assert narrow.mean() < 0.15


def test_points_alone_are_drawn_by_their_labels_too(artifacts: Artifacts, study, tmp_path):
    (tmp_path / "images.zarr").symlink_to(artifacts.dataset / "images.zarr")
    (tmp_path / "latents.zarr").symlink_to(artifacts.latents / "latents.zarr")
    alone = OpenedPoints(PointsArtifacts(tmp_path, artifacts.statistics))
    asked = {"Tall": -1}
    np.testing.assert_array_equal(alone.draw(count=5, attributes=asked), study.draw(count=5, attributes=asked))


def test_the_flow_of_a_study_draws_faces_with_attributes(artifacts: Artifacts, study, tmp_path, monkeypatch):
    for name, value in {"STEPS": 60, "EPOCHS": 1000, "FLOW_STEPS": 4, "MOMENTS_OF": 300}.items():
        monkeypatch.setattr(guided, name, value)
    monkeypatch.setattr(learning, "ROUNDS", 4)
    guided.fit_guided(artifacts.dataset, artifacts.latents, artifacts.statistics, 0, tmp_path)
    trained = OpenedStudy(replace(artifacts, guided=tmp_path), "cpu")
    asked = {"Broad": 1}
    z = trained.draw(count=200, attributes=asked)
    assert (z[:, 0] > np.median(study.z[:, 0])).mean() > 0.85
    assert not np.array_equal(z, study.draw(count=200, attributes=asked))
    np.testing.assert_array_equal(z, trained.draw(count=200, attributes=asked, guidance=1.0))
    assert not np.array_equal(z, trained.draw(count=200, attributes=asked, guidance=2.0))
    with pytest.raises(InputError, match="guidance=99: between 0"):
        trained.draw(attributes=asked, guidance=99)


def test_variations_of_a_face_lie_around_it(study):
    near, far = (study.vary(study.z[0], distance, 50) for distance in (0.1, 1.0))
    assert np.linalg.norm(near - study.z[0], axis=1).max() < np.linalg.norm(far - study.z[0], axis=1).min()
    np.testing.assert_array_equal(near, study.vary(study.z[0], 0.1, 50))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda study: study.draw("nearest"), "unknown sampler 'nearest'; choose from"),
        (lambda study: study.draw("uniform_component", bandwidth=1.0), "bandwidth: not swept"),
        (lambda study: study.draw("uniform_component", fact=-1.0), "fact=-1.0"),
        (lambda study: study.draw("shuffled", 0), "count=0"),
        (lambda study: study.draw(attributes={"Wide": 1}), "unknown attribute 'Wide'; The data set has Broad, Tall"),
        (lambda study: study.draw(attributes={"Broad": 1}, scale=1.0), "scale: faces with attributes are drawn"),
        (lambda study: study.draw(attributes={"Broad": 1}, guidance=2.0), "did not train.*--set order.guided=true"),
        (lambda study: study.draw(guidance=2.0), "guidance=2 goes with attributes"),
        (lambda study: study.vary(study.z[:2]), r"\(6,\), not \(2, 6\)"),
        (lambda study: study.vary(study.z[0], 0.0), "distance=0: above 0"),
        (lambda study: study.decode(np.zeros((2, 5))), r"\(n, 6\), not \(2, 5\)"),
        (lambda study: study.decode([["a"] * 6]), "must be numbers"),
        (lambda study: study.decode(np.full(6, np.nan)), "not finite"),
        (lambda study: study.encode(np.zeros((32, 32, 3))), "uint8"),
        (lambda study: study.broken(np.zeros((32, 32, 3))), "uint8"),
        (lambda study: study.real([300]), "rows 0 to 299"),
        (lambda study: study.real([0.5]), "whole numbers"),
        (lambda study: study.neighbours(study.z[:1], 0), "k must be between 1 and 180"),
        (lambda study: study.score(study.z[:3]), "3 points are too few: the study's scores use 40"),
        (lambda study: study.score(study.z, "test"), "one of train, heldout"),
    ],
)
def test_what_cannot_be_is_refused(study, ask, message):
    with pytest.raises(InputError, match=message):
        ask(study)


def test_a_study_without_scores_says_so(artifacts: Artifacts):
    bare = OpenedStudy(Artifacts(artifacts.dataset, artifacts.model, artifacts.latents, artifacts.statistics), "cpu")
    with pytest.raises(InputError, match="not been scored yet"):
        bare.scores()
    with pytest.raises(InputError, match="not been scored yet"):
        bare.broken(bare.real(0))


def test_it_says_what_it_is(study):
    assert "32×32 pixels, 6 components" in repr(study)
