import numpy as np
import pytest
from PIL import Image

from tasks.sampling.generate import write_faces
from tasks.stage.errors import InputError


def test_faces_are_written_one_by_one_and_together(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (10, 12, 8, 3), np.uint8)
    paths = write_faces(images, tmp_path / "faces")
    assert [path.name for path in paths] == [*(f"{i:06d}.png" for i in range(1, 11)), "contact_sheet.png"]
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == sorted(path.name for path in paths)
    for path, image in zip(paths[:-1], images, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), image)
    sheet = np.asarray(Image.open(paths[-1]))
    assert sheet.shape[:2] == (2 * 12 + 2, 5 * 8 + 4 * 2)
    np.testing.assert_array_equal(sheet[-12:, -8:], images[9])


def test_pictures_of_a_larger_earlier_call_are_not_mixed_with_these(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 8, 3), np.uint8)
    write_faces(images, tmp_path)
    write_faces(images[::-1], tmp_path)  # as many: all are replaced
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"has 2 more images from an earlier call \(000004.png to 000005.png\)"):
        write_faces(images[:3], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
