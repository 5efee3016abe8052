import numpy as np
import pytest

from tasks.autoencoder.codec import decode_images, encode_images
from tasks.exploring.exact import decode_few, encode_few


@pytest.mark.parametrize("count", [1, 2, 3, 5, 128, 130])
def test_few_rows_have_the_bits_of_many(demo_network, count):
    z = (2 * np.random.default_rng(4).standard_normal((256, 64))).astype(np.float32)
    many = decode_images(demo_network, z)
    np.testing.assert_array_equal(decode_few(demo_network, z[:count]), many[:count])
    again = encode_images(demo_network, many)
    np.testing.assert_array_equal(encode_few(demo_network, many[:count]), again[:count])


def test_no_rows_give_no_images(demo_network):
    assert decode_few(demo_network, np.empty((0, 64), np.float32)).shape == (0, 64, 64, 3)
