import numpy as np
import pytest
import torch

from tasks.autoencoder.codec import decode_images, encode_images, to_input, to_pixels
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder


@pytest.fixture
def autoencoder():
    return Autoencoder(AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=6)).eval()


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)


def test_every_uint8_value_survives_the_way_in_and_out():
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    tensor = to_input(values, torch.device("cpu"))
    assert tensor.shape == (1, 3, 16, 16)
    assert (tensor.min(), tensor.max()) == (0, 1)
    assert np.array_equal(to_pixels(tensor), values)


def test_batches_do_not_change_which_image_is_which(autoencoder, images):
    z = encode_images(autoencoder, images, batch_size=3)
    assert z.shape == (10, 6)
    assert z.dtype == np.float32
    decoded = decode_images(autoencoder, z, batch_size=4)
    assert decoded.shape == images.shape
    assert decoded.dtype == np.uint8
    for index in range(10):
        alone = encode_images(autoencoder, images[index : index + 1])
        np.testing.assert_allclose(z[index], alone[0], rtol=1e-4, atol=1e-5)
        difference = decode_images(autoencoder, alone).astype(int) - decoded[index]
        assert np.abs(difference).max() <= 1


def test_other_shapes_are_refused(autoencoder, images):
    with pytest.raises(ValueError, match=r"\(n, 32, 32, 3\)"):
        encode_images(autoencoder, images[:, :16])
    with pytest.raises(ValueError, match=r"\(n, 6\)"):
        decode_images(autoencoder, np.zeros((2, 5), np.float32))
    assert encode_images(autoencoder, images[:0]).shape == (0, 6)
