import numpy as np
import pytest
import torch
from torch import nn

from storage.files import write_json
from tasks.assessment.network import FEATURES, features_of, load_network, save_network, seeded_network, to_input

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)


def test_the_weights_depend_on_the_seed_alone():
    torch.manual_seed(1)
    first = seeded_network(2, 5).state_dict()
    torch.manual_seed(2)
    again, other = seeded_network(2, 5).state_dict(), seeded_network(2, 6).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stages.0.0.weight"], other["stages.0.0.weight"])


@pytest.mark.parametrize("size", [16, 32, 50])
def test_features_of_any_image_size(size):
    images = np.random.default_rng(1).integers(0, 256, (3, size, size, 3), np.uint8)
    features = features_of(seeded_network(1, 0).eval(), images)
    assert features.shape == (3, FEATURES) == (3, 192)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert (features >= 0).all()


def test_untrained_activations_keep_their_size():
    features = features_of(seeded_network(1, 0).eval(), IMAGES)
    assert 0.05 < features.mean() < 5


def test_the_features_of_an_image_do_not_depend_on_the_others():
    network = seeded_network(1, 0).eval()
    together = features_of(network, IMAGES)
    alone = np.concatenate([features_of(network, IMAGES[index : index + 1]) for index in range(len(IMAGES))])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_a_network_comes_back_from_its_files_with_its_normalisations_folded(tmp_path):
    network = seeded_network(3, 4)
    network(to_input(IMAGES, torch.device("cpu")))  # in training mode: the running statistics move
    network.eval()
    save_network(network, tmp_path)
    expected = features_of(network, IMAGES)
    for precision, tolerance in (("fp32", 1e-5), ("bf16", 0.06)):
        write_json(tmp_path / "network.json", {"outputs": 3, "precision": precision})
        loaded = load_network(tmp_path, torch.device("cpu"))
        assert not any(isinstance(module, nn.BatchNorm2d) for module in loaded.modules())
        np.testing.assert_allclose(features_of(loaded, IMAGES), expected, atol=tolerance * expected.std())
