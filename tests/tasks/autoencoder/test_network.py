import itertools

import pytest
import torch

from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.stage.errors import InputError


@pytest.mark.parametrize(
    ("normalisation", "activation"),
    list(itertools.product(["batch", "group", "none"], ["relu", "leaky_relu", "elu", "silu", "gelu"])),
)
def test_shapes_and_range(normalisation, activation):
    config = AutoencoderConfig(
        image_size=32, channels=(6, 12), latent_dim=7, normalisation=normalisation, activation=activation
    )
    autoencoder = Autoencoder(config)
    images = torch.rand(3, 3, 32, 32)
    z = autoencoder.encode(images)
    decoded = autoencoder.decode(z)
    assert z.shape == (3, 7)
    assert z.dtype == decoded.dtype == torch.float32
    assert decoded.shape == images.shape
    assert 0 <= decoded.min() <= decoded.max() <= 1
    assert torch.equal(torch.sigmoid(autoencoder.decode_logits(z)), decoded)


@pytest.mark.parametrize(
    ("image_size", "channels"), [(32, (4,)), (48, (4, 4, 4, 4)), (32, (4, 4, 4, 4, 4)), (96, (2, 3, 5)), (256, (2, 2))]
)
def test_sizes_that_fit(image_size, channels):
    autoencoder = Autoencoder(AutoencoderConfig(image_size=image_size, channels=channels, latent_dim=5)).eval()
    assert autoencoder(torch.rand(1, 3, image_size, image_size)).shape == (1, 3, image_size, image_size)


def test_size_that_does_not_fit_names_those_that_do():
    with pytest.raises(InputError, match=r"50×50 .* 4 times.* ingest.image_size=48 or 64, or at most 1 entr"):
        Autoencoder(AutoencoderConfig(image_size=50))
    with pytest.raises(InputError, match=r"image_size=32 or 64$"):
        Autoencoder(AutoencoderConfig(image_size=33, channels=(4, 4, 4, 4, 4)))


def test_weights_come_from_the_seed_alone():
    config = AutoencoderConfig(image_size=32, channels=(4, 4), latent_dim=3)
    before = torch.get_rng_state()
    one, same, other = (Autoencoder(config, seed).encoder[0][0].weight for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_nothing_but_z_reaches_the_decoder():
    autoencoder = Autoencoder(AutoencoderConfig(image_size=32, channels=(4, 4), latent_dim=3)).eval()
    z = autoencoder.encode(torch.rand(2, 3, 32, 32))
    expected = autoencoder.decode(z)
    autoencoder.encode(torch.rand(2, 3, 32, 32))
    assert torch.equal(autoencoder.decode(z), expected)
