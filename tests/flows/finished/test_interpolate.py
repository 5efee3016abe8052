from pathlib import Path

import numpy as np
from PIL import Image

from flows.finished import newest_study
from flows.interpolate import interpolate_images
from storage.arrays import open_complete, read_array
from storage.opening import find_store


def test_a_row_for_each_way_under_its_name(finished_store: Path, tmp_path: Path) -> None:
    found = newest_study(find_store(finished_store))
    first, second = (str(name) for name in read_array(open_complete(found.dataset / "images.zarr"), "name")[:2])
    out = interpolate_images(str(finished_store), first, second, 6, None, tmp_path / "between.png")
    sheet = np.asarray(Image.open(out))
    faces, label = 32, 22
    assert sheet.shape == (3 * (faces + label), 6 * (faces + 2) - 2, 3)
    rows = sheet.reshape(3, faces + label, -1, 3)
    for row in rows:
        assert row[:label].min() < 100  # the name
        assert (row[:label] == 255).mean() > 0.8
    # All ways begin and end at the same two faces.
    ends = rows[:, label:, [*range(faces), *range(-faces, 0)]]
    assert (ends[0] == ends[1]).all()
    assert (ends[0] == ends[2]).all()
