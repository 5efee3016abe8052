import base64
import io

import numpy as np
import pytest
from PIL import Image

from tasks.page.thumbnails import captioned_sheet, enlarged, grid, jpeg_data_uri, labelled_stack

NOISE = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)


def decoded(address: str) -> Image.Image:
    kind, _, content = address.partition(";base64,")
    assert kind == "data:image/jpeg"
    return Image.open(io.BytesIO(base64.b64decode(content, validate=True)))


def test_a_small_image_keeps_its_size_and_looks():
    smooth = np.linspace(0, 255, 64).astype(np.uint8)[None, :, None].repeat(48, 0).repeat(3, 2)
    image = decoded(jpeg_data_uri(Image.fromarray(smooth)))
    assert image.size == (64, 48)
    assert np.abs(np.asarray(image, int) - smooth).mean() < 2


@pytest.mark.parametrize("limit", [2_000, 10_000, 30_000])
def test_the_limit_holds_even_for_noise(limit):
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (400, 600, 3), dtype=np.uint8))
    address = jpeg_data_uri(image, limit)
    assert len(address) <= limit
    width, height = decoded(address).size
    assert abs(width / height - 1.5) < 0.1


def test_an_impossible_limit_is_refused():
    with pytest.raises(ValueError, match="as short as 100"):
        jpeg_data_uri(Image.new("RGB", (8, 8)), 100)


def test_grid_shows_the_first_images_in_reading_order():
    sheet = np.asarray(grid(NOISE, 2, 3))
    assert sheet.shape == (2 * 32 + 2, 3 * 32 + 4, 3)
    np.testing.assert_array_equal(sheet[:32, :32], NOISE[0])
    np.testing.assert_array_equal(sheet[34:66, 68:100], NOISE[5])


def test_captions_leave_the_images_untouched_and_differ():
    large = NOISE.repeat(3, 1).repeat(3, 2)
    sheet = np.asarray(captioned_sheet(large[:4], ["1.0", "22", "333", "1.0"], 2))
    np.testing.assert_array_equal(sheet[:96, :96], large[0])
    captions = [sheet[96:114, :96], sheet[96:114, 100:196], sheet[210:228, 100:196]]
    assert (captions[0] < 128).any()
    assert not np.array_equal(captions[0], captions[1])
    np.testing.assert_array_equal(captions[0], captions[2])


def test_a_stack_holds_every_sheet():
    sheets = [grid(NOISE, 1, 3), grid(NOISE[3:], 1, 2)]
    stack = np.asarray(labelled_stack(sheets, ["one", "two"]))
    np.testing.assert_array_equal(stack[22:54, :100], np.asarray(sheets[0]))
    np.testing.assert_array_equal(stack[76:108, :66], np.asarray(sheets[1]))


def test_small_faces_are_enlarged_to_a_side_and_large_ones_stay():
    small, large = np.full((5, 32, 32, 3), 90, np.uint8), np.full((3, 200, 200, 3), 90, np.uint8)
    # Three faces a row, two pixels apart.
    assert enlarged(small, 3, 128).size == (3 * 130 - 2, 2 * 130 - 2)
    assert enlarged(large, 3, 128).size == (3 * 202 - 2, 200)
    assert np.asarray(enlarged(small, 1, 64))[:64].min() == np.asarray(enlarged(small, 1, 64))[:64].max() == 90
