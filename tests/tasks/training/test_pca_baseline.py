import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from storage.arrays import open_complete
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.training import pca_baseline as pca_module
from tasks.training.images import PartitionImages
from tasks.training.pca_baseline import pca_baseline, principal_components


def test_principal_components_are_orthonormal_and_span_the_exact_ones():
    random = np.random.default_rng(0)
    values = (random.normal(size=(300, 90)) * 1 / np.arange(1, 91)).astype(np.float32)
    pca = principal_components(torch.from_numpy(values.copy()), 8, seed=0)
    np.testing.assert_allclose(pca.components @ pca.components.T, np.eye(8), atol=1e-5)
    exact = PCA(8, svd_solver="full").fit(values)
    np.testing.assert_allclose(np.abs(np.sum(pca.components.numpy() * exact.components_, axis=1)), 1, atol=1e-3)
    new = random.normal(size=(20, 90)).astype(np.float32)
    expected = exact.inverse_transform(exact.transform(new))
    np.testing.assert_allclose(pca.reconstruct(torch.from_numpy(new)), expected, atol=2e-2)


@pytest.fixture
def partitions(blobs):
    group = open_complete(blobs / "images.zarr")
    partition = group["partition"][...]
    rows = [np.flatnonzero(part) for part in (partition == 0, partition != 0)]
    return [PartitionImages(group["image"], part, torch.device("cpu"), True) for part in rows]


@pytest.mark.parametrize("components", [3, 20])
def test_the_baseline_is_scikit_learns_pca(partitions, components):
    training, held_out = partitions
    autoencoder = Autoencoder(AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=components))
    found = pca_baseline(autoencoder, training, held_out, 64, seed=0)
    fit, new = (part.sample(np.arange(len(part))).reshape(len(part), -1) / 255 for part in partitions)
    exact = PCA(components, svd_solver="full").fit(fit)
    squared = (exact.inverse_transform(exact.transform(new)) - new) ** 2
    assert found["pca"]["mse"] == pytest.approx(squared.mean(), rel=1e-3)
    assert found["pca"]["psnr"] == pytest.approx(np.mean(-10 * np.log10(squared.mean(axis=1))), abs=0.01)
    assert (found["components"], found["held_out"], found["fitted_on"]) == (components, len(new), len(fit))
    assert "note" not in found


def test_a_sample_is_fitted_where_all_would_not_fit_in_memory(partitions, monkeypatch):
    monkeypatch.setattr(pca_module, "MOST_BYTES", 40 * 4 * 3072)
    autoencoder = Autoencoder(AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=64))
    found = pca_baseline(autoencoder, *partitions, 64, seed=0)
    assert (found["fitted_on"], found["components"]) == (40, 39)
    assert found["training_images"] == len(partitions[0])
    assert found["note"] == "40 images span 39 of the 64 components asked for"
