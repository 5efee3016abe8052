from copy import deepcopy

import numpy as np
import pytest

from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.folding import fold
from tasks.exploring.exact import decode_few, encode_few


@pytest.fixture(scope="module")
def network(demo_network):
    """As it is loaded for the explorer."""
    return fold(deepcopy(demo_network))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 128, 130])
def test_few_rows_have_the_bits_of_many(network, count):
    z = (2 * np.random.default_rng(4).standard_normal((256, 64))).astype(np.float32)
    many = decode_images(network, z)
    np.testing.assert_array_equal(decode_few(network, z[:count]), many[:count])
    again = encode_images(network, many)
    np.testing.assert_array_equal(encode_few(network, many[:count]), again[:count])


def test_no_rows_give_no_images(network):
    assert decode_few(network, np.empty((0, 64), np.float32)).shape == (0, 64, 64, 3)
