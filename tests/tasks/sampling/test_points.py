import numpy as np
import pytest

from storage.arrays import open_complete, open_for_writing, read_array, write_array
from tasks.sampling.points import load_points
from tasks.stage.errors import InputError


def test_only_training_points_are_loaded_with_their_rows(study):
    points = load_points(study["dataset"], study["latents"], study["statistics"])
    partition = read_array(open_complete(study["dataset"] / "images.zarr"), "partition")
    z = read_array(open_complete(study["latents"] / "latents.zarr"), "z")
    assert points.z_train.all().shape == (40, 3)
    assert (partition[points.train_index] == 0).all()
    np.testing.assert_array_equal(points.z_train.all(), z[points.train_index])
    np.testing.assert_allclose(points.mean, points.z_train.all().mean(0), atol=1e-6)
    np.testing.assert_allclose(points.std, points.z_train.all().std(0, ddof=1), rtol=1e-6)
    assert points.median_radius == pytest.approx(np.median(np.linalg.norm(points.z_train.all(), axis=1)))


def test_a_data_set_without_training_images_is_named(study):
    group = open_for_writing(study["dataset"] / "images.zarr")
    group["partition"][...] = 1
    with pytest.raises(InputError, match="dataset has 0 training images"):
        load_points(study["dataset"], study["latents"], study["statistics"])


def test_a_collapsed_autoencoder_is_named(study):
    group = open_for_writing(study["statistics"] / "statistics.zarr")
    write_array(group, "covariance", np.zeros((3, 3)), ("component", "other_component"))
    with pytest.raises(InputError, match=r"all training points in .* are the same"):
        load_points(study["dataset"], study["latents"], study["statistics"])


def test_axes_are_a_root_of_the_covariance(correlated):
    np.testing.assert_allclose(correlated.axes @ correlated.axes.T, correlated.covariance, atol=1e-12)


def test_axes_of_few_points_span_no_more_than_the_points(points_of):
    z = np.random.default_rng(0).standard_normal((5, 12))
    points = points_of(z)
    assert points.axes.shape == (12, 4)
    np.testing.assert_allclose(points.axes @ points.axes.T, points.covariance, atol=1e-12)


def test_constant_components_have_no_part_in_the_axes(points_of):
    z = np.random.default_rng(0).standard_normal((50, 3)) * [1, 0, 1e-7]
    points = points_of(z)
    assert points.varying.tolist() == [True, False, False]
    assert points.axes.shape == (3, 1)
    assert (points.axes[1:] == 0).all()
