import pytest
import torch

from tasks.autoencoder.checkpoint import load_autoencoder, save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder

CONFIG = AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=6)


@pytest.fixture
def saved(tmp_path):
    autoencoder = Autoencoder(CONFIG, seed=3)
    autoencoder(torch.rand(4, 3, 32, 32))  # moves the running means, which are part of the state
    save_config(CONFIG, tmp_path)
    save_weights(autoencoder.to(memory_format=torch.channels_last), tmp_path, "best")
    return autoencoder.eval(), tmp_path


def test_round_trip(saved):
    autoencoder, model = saved
    loaded = load_autoencoder(model)
    assert loaded.config == CONFIG
    assert not loaded.training
    for name, tensor in autoencoder.state_dict().items():
        assert torch.equal(tensor, loaded.state_dict()[name])


def test_missing_and_damaged_files_are_named(saved):
    _, model = saved
    with pytest.raises(ValueError, match=r"last\.safetensors is missing"):
        load_autoencoder(model, which="last")
    (model / "best.safetensors").write_bytes(b"nothing like weights")
    with pytest.raises(ValueError, match=r"best\.safetensors cannot be used"):
        load_autoencoder(model)


def test_weights_of_another_network_are_refused(saved):
    _, model = saved
    save_config(CONFIG.model_copy(update={"latent_dim": 5}), model)
    with pytest.raises(ValueError, match=r"best\.safetensors cannot be used"):
        load_autoencoder(model)
