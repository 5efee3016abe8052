import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import ingest
from tasks.ingestion.outside import outside_photograph
from tasks.stage.errors import InputError

CELEBA = {"crop": 148, "image_size": 64, "source_kind": "celeba"}


def test_a_photograph_of_the_data_set_has_the_pixels_that_ingesting_gave_it(
    celeba: Callable[..., Path], tmp_path: Path
) -> None:
    folder = celeba()
    facts = ingest(folder, IngestConfig(), tmp_path / "out")
    stored = read_array(open_complete(tmp_path / "out" / "images.zarr"), "image")
    given = folder / "img_align_celeba" / "000007.jpg"
    np.testing.assert_array_equal(outside_photograph(given, facts), stored[7])


def test_a_larger_photograph_is_cropped_to_the_same_part(picture: Callable[..., bytes], tmp_path: Path) -> None:
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    image = Image.open(io.BytesIO(picture(3)))
    image.save(small)
    image.resize((712, 872), Image.Resampling.BICUBIC).save(large)
    found = [outside_photograph(path, CELEBA).astype(int) for path in (small, large)]
    assert np.abs(found[0] - found[1]).mean() < 1


def test_square_and_crops_in_pixels_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    Image.fromarray(np.pad(np.full((32, 32, 3), 255, np.uint8), ((16, 16), (16, 16), (0, 0)))).save(path)
    facts = {"crop": 32, "image_size": 32, "source_kind": "images"}
    assert outside_photograph(path, facts).min() == 255
    assert outside_photograph(path, facts | {"crop": "square"}).min() == 0


def test_what_cannot_be_used_is_refused_by_its_name(tmp_path: Path) -> None:
    text, small = tmp_path / "face.jpg", tmp_path / "small.png"
    text.write_text("no picture")
    Image.new("RGB", (20, 30)).save(small)
    with pytest.raises(InputError, match=r"face\.jpg: not an image"):
        outside_photograph(text, CELEBA)
    with pytest.raises(InputError, match=r"small\.png: its shorter side has 20 pixels, but .* cropped to 32"):
        outside_photograph(small, {"crop": 32, "image_size": 32, "source_kind": "images"})
