from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from tasks.autoencoder.checkpoint import load_autoencoder, save_config, save_weights
from tasks.autoencoder.codec import BATCH, decode_images
from tasks.autoencoder.config import Activation, AutoencoderConfig, Normalisation
from tasks.autoencoder.folding import as_convolution
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder


def saved(folder, **settings):
    """A model whose normalisations have seen images, and scale and shift them."""
    config = AutoencoderConfig(**{"image_size": 32, "channels": (8, 16), "latent_dim": 6} | settings)
    autoencoder = Autoencoder(config, seed=3)
    generator = torch.Generator().manual_seed(4)
    for _ in range(3):
        autoencoder(torch.rand(16, 3, 32, 32, generator=generator))
    for module in autoencoder.modules():
        if isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
            nn.init.normal_(module.weight, 1, 0.3, generator=generator)
            nn.init.normal_(module.bias, 0, 0.3, generator=generator)
    save_config(config, folder)
    save_weights(autoencoder, folder, "best")
    return folder


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("normalisation", get_args(Normalisation))
def test_computes_what_the_trained_network_computes(normalisation, activation, tmp_path):
    model = saved(tmp_path, normalisation=normalisation, activation=activation)
    trained, fast = load_autoencoder(model), load_for_inference(model)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    images = torch.rand(40, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        z = trained.encode(images)
        torch.testing.assert_close(fast.encode(images), z, rtol=1e-5, atol=1e-5 * float(z.abs().max()))
        logits = trained.decode_logits(z)
        torch.testing.assert_close(fast.decode_logits(z), logits, rtol=1e-5, atol=1e-5 * float(logits.abs().max()))


def test_the_same_bits_in_large_batches_and_in_small_ones(tmp_path):
    autoencoder = load_for_inference(saved(tmp_path, channels=(32, 64, 128)))
    z = np.random.default_rng(0).standard_normal((2 * BATCH, 6), np.float32)
    np.testing.assert_array_equal(decode_images(autoencoder, z), decode_images(autoencoder, z, 8))


@pytest.mark.parametrize("bias", [True, False])
def test_a_transposed_convolution_as_a_convolution(bias):
    layer = nn.ConvTranspose2d(5, 3, 4, stride=2, padding=1, bias=bias).double()
    state = torch.random.get_rng_state()
    convolution = as_convolution(layer)
    assert torch.equal(torch.random.get_rng_state(), state)
    images = torch.randn(2, 5, 6, 7, dtype=torch.float64)
    torch.testing.assert_close(convolution(images), layer(images))
