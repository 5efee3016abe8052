import numpy as np
import pytest

from tasks.autoencoder.codec import decode_images, encode_images
from tasks.exploring.exact import decode_few, encode_few


@pytest.mark.parametrize("count", [1, 2, 3, 5, 128, 130])
def test_few_rows_have_the_bits_of_many(demo_sized, count):
    z = demo_sized.z[:256]
    many = decode_images(demo_sized.autoencoder, z)
    np.testing.assert_array_equal(decode_few(demo_sized.autoencoder, z[:count]), many[:count])
    again = encode_images(demo_sized.autoencoder, many)
    np.testing.assert_array_equal(encode_few(demo_sized.autoencoder, many[:count]), again[:count])


def test_no_rows_give_no_images(study):
    assert decode_few(study.autoencoder, study.z[:0]).shape == (0, 32, 32, 3)
