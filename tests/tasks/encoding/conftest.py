import numpy as np
import pytest
import torch

from storage.arrays import create_array, finish, open_for_writing, write_array
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder


@pytest.fixture(scope="session")
def noise_dataset(tmp_path_factory):
    """A data set of 105 images of noise, 32×32 pixels, in chunks of 20."""
    folder = tmp_path_factory.mktemp("noise")
    images = np.random.default_rng(0).integers(0, 256, (105, 32, 32, 3), dtype=np.uint8)
    group = open_for_writing(folder / "images.zarr")
    names = ("image", "y", "x", "channel")
    create_array(group, "image", images.shape, np.uint8, names, (20, 32, 32, 3))[...] = images
    write_array(group, "partition", np.arange(105) % 3, ("image",))
    finish(folder / "images.zarr")
    return folder


@pytest.fixture(scope="session")
def untrained_model(tmp_path_factory):
    """An autoencoder as it comes from its seed."""
    folder = tmp_path_factory.mktemp("model")
    config = AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=6)
    save_config(config, folder)
    save_weights(Autoencoder(config, seed=1), folder, "best")
    return folder


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small gain nothing from threads, which wait for each other where cores are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
