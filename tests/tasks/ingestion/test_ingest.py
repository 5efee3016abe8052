from __future__ import annotations

import csv
import io
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.ingestion import ingest as ingest_module
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import ingest
from tasks.stage.errors import InputError

ROOT = Path(__file__).parents[3]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))


def array(out: Path, name: str) -> np.ndarray:
    return read_array(open_complete(out / "images.zarr"), name)


def test_celeba(celeba: Callable[..., Path], tmp_path: Path) -> None:
    """Everything is matched by name: list files in any order give each image its own facts."""
    order = np.random.default_rng(0).permutation(20).tolist()
    root, out = celeba(20, order=order), tmp_path / "out"
    facts = ingest(root, IngestConfig(), out)
    assert facts == {
        "images": 20,
        "train": 12,
        "validation": 4,
        "test": 4,
        "attributes": 3,
        "partition_source": "official",
        "source_kind": "celeba",
        "crop": 148,
        "image_size": 64,
        "skipped": 0,
        "warnings": [],
    }
    assert array(out, "name").tolist() == [f"{i:06d}.jpg" for i in range(20)]
    assert array(out, "partition").tolist() == [(0, 0, 0, 1, 2)[i % 5] for i in range(20)]
    assert array(out, "attribute_name").tolist() == ["Bald", "Smiling", "Young"]
    assert array(out, "attribute").tolist() == [[-1, 1 if i % 2 == 0 else -1, 1] for i in range(20)]
    for index, pixels in enumerate(array(out, "image")):
        with Image.open(root / "img_align_celeba" / f"{index:06d}.jpg") as image:
            expected = image.resize((64, 64), Image.Resampling.BICUBIC, box=(15, 35, 163, 183))
        assert np.abs(pixels.astype(int) - np.asarray(expected).astype(int)).max() <= 3
    assert rows(out / "skipped.csv") == [["name", "reason"]]
    assert rows(out / "warnings.csv") == [["warning"]]
    assert sorted(path.name for path in out.iterdir()) == ["images.zarr", "skipped.csv", "warnings.csv"]


def test_xarray_opens_it(celeba: Callable[..., Path], tmp_path: Path) -> None:
    ingest(celeba(20), IngestConfig(image_size=32), tmp_path / "out")
    data = xr.open_zarr(tmp_path / "out" / "images.zarr")
    assert {name: (values.dims, values.dtype.kind) for name, values in data.variables.items()} == {
        "image": (("image", "y", "x", "channel"), "u"),
        "name": (("image",), "T"),
        "partition": (("image",), "i"),
        "attribute": (("image", "attribute"), "i"),
        "attribute_name": (("attribute",), "T"),
    }
    assert data.sizes == {"image": 20, "y": 32, "x": 32, "channel": 3, "attribute": 3}
    assert data.attrs == {"partition_source": "official", "image_size": 32, "source_kind": "celeba"}


def test_crop_can_be_set(celeba: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(20, lists=False)
    images = {}
    for crop in ("auto", 148, 140, "square", 178):
        ingest(root, IngestConfig(crop=crop), tmp_path / str(crop))
        images[crop] = array(tmp_path / str(crop), "image")
    np.testing.assert_array_equal(images["auto"], images[148])
    np.testing.assert_array_equal(images["square"], images[178])
    assert not np.array_equal(images[140], images[148])


def test_plain_folder_has_square_crop_and_drawn_partition(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    for index in range(30):
        (tmp_path / "faces" / str(index % 2)).mkdir(parents=True, exist_ok=True)
        (tmp_path / "faces" / str(index % 2) / f"{index}.jpg").write_bytes(picture(index, (70 + index, 90)))
    facts = ingest(tmp_path / "faces", IngestConfig(), tmp_path / "out")
    assert (facts["crop"], facts["source_kind"], facts["partition_source"]) == ("square", "images", "seeded")
    group = open_complete(tmp_path / "out" / "images.zarr")
    assert sorted(name for name, _ in group.arrays()) == ["image", "name", "partition"]
    names = read_array(group, "name").tolist()
    assert names == sorted(names)
    assert set(read_array(group, "partition").tolist()) == {0, 1, 2}


def test_zip_and_folder_give_the_same_bytes(
    celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path
) -> None:
    root = celeba(25)
    ingest(root, IngestConfig(), tmp_path / "a")
    ingest(zipped(root, tmp_path / "packed"), IngestConfig(), tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_persons_by_name(celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path) -> None:
    """Rows in any order, one missing, one of an absent image, one of an image that cannot be read."""
    root = celeba(20)
    (root / "img_align_celeba" / "000003.jpg").write_bytes(b"")
    lines = [f"{i:06d}.jpg {1000 + i}" for i in np.random.default_rng(0).permutation(21) if i != 8]
    (root / "identity_CelebA.txt").write_text("\n".join(lines))
    ingest(root, IngestConfig(), tmp_path / "a")
    ingest(zipped(root, tmp_path / "packed"), IngestConfig(), tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    identity = array(tmp_path / "a", "identity")
    assert identity.dtype == np.int64
    assert identity.tolist() == [-1 if i == 8 else 1000 + i for i in range(20) if i != 3]
    assert rows(tmp_path / "a" / "warnings.csv")[1:] == [
        ["identity_CelebA.txt: 1 row of images that are absent (000020.jpg)"],
        ["identity_CelebA.txt: no row for 1 image, whose persons are therefore unknown (000008.jpg)"],
    ]


def test_workers_do_not_matter(celeba: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(60)
    (root / "img_align_celeba" / "000003.jpg").write_bytes(b"")
    trees = []
    for workers in (1, 4, 13):
        ingest(root, IngestConfig(image_size=256, workers=workers), tmp_path / str(workers))
        trees.append(tree(tmp_path / str(workers)))
    assert trees[0] == trees[1] == trees[2]


def unreadable() -> dict[str, bytes]:
    small, huge = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (100, 218)).save(small, "JPEG")
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    return {
        "000000.jpg": b"",
        "000001.jpg": b"not an image at all",
        "000021.jpg": small.getvalue(),
        "000022.jpg": huge.getvalue(),
        "000059.jpg": b"\xff\xd8\xff\xe0",
    }


def test_unreadable_images_are_listed_and_leave_no_gap(celeba: Callable[..., Path], tmp_path: Path) -> None:
    """21 images make a chunk at 256 pixels: the ones left out lie at both ends and across a border of chunks."""
    root = celeba(60)
    ingest(root, IngestConfig(image_size=256), tmp_path / "whole")
    bad = unreadable()
    for name, content in bad.items():
        (root / "img_align_celeba" / name).write_bytes(content)
    facts = ingest(root, IngestConfig(image_size=256), tmp_path / "out")
    assert (facts["images"], facts["skipped"]) == (55, 5)
    skipped = rows(tmp_path / "out" / "skipped.csv")
    assert [name for name, _ in skipped[1:]] == sorted(bad)
    assert [reason.split(",")[0].split(":")[0] for _, reason in skipped[1:]] == [
        "empty file",
        "not an image",
        "100x218 pixels",
        "9000x9000 pixels",
        "unsupported JPEG variant; convert it to PNG",
    ]
    good = [index for index in range(60) if f"{index:06d}.jpg" not in bad]
    for name in ("image", "name", "partition", "attribute"):
        np.testing.assert_array_equal(array(tmp_path / "out", name), array(tmp_path / "whole", name)[good])


def test_too_many_unreadable_images(celeba: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(60)
    for index in range(30):
        (root / "img_align_celeba" / f"{index:06d}.jpg").write_bytes(b"")
    with pytest.raises(InputError, match=r"30 of the first 60 .* 000000.jpg \(empty file\), .* and 10 more") as caught:
        ingest(root, IngestConfig(), tmp_path / "out")
    assert "ingest.max_skipped_share" in str(caught.value)
    assert len(rows(tmp_path / "out" / "skipped.csv")) == 31
    with pytest.raises(InputError, match="at most 29 may"):
        ingest(root, IngestConfig(max_skipped_share=0.49), tmp_path / "again")
    assert ingest(root, IngestConfig(max_skipped_share=0.5), tmp_path / "enough")["images"] == 30


def test_share_and_number_that_may_be_skipped() -> None:
    config = IngestConfig()
    assert ingest_module.allowed_to_skip(202_599, config) == 202
    assert ingest_module.allowed_to_skip(50, config) == 10


def test_enlarging_and_odd_lists_are_warned_of(celeba: Callable[..., Path], tmp_path: Path) -> None:
    root = celeba(20)
    (root / "img_align_celeba" / "000007.jpg").unlink()
    attributes = root / "list_attr_celeba.txt"
    kept = [line for line in attributes.read_text().split("\n") if not line.startswith("000008")]
    attributes.write_text("\n".join(kept))
    ingest(root, IngestConfig(image_size=160), tmp_path / "out")
    assert rows(tmp_path / "out" / "warnings.csv")[1:] == [
        ["list_attr_celeba.txt: line 1 states 20 images, it has 19 rows"],
        ["list_attr_celeba.txt: 1 row of images that are absent (000007.jpg)"],
        ["list_eval_partition.txt: 1 row of images that are absent (000007.jpg)"],
        ["list_attr_celeba.txt: no row for 1 image, whose attributes are therefore unknown (000008.jpg)"],
        ["19 images had a crop of fewer than 160 pixels and were enlarged"],
    ]
    assert array(tmp_path / "out", "attribute")[7].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("list_attr_celeba.txt", "20\nBald\n000000.jpg 1\n", "no row for 19 of 20 images"),
        ("list_attr_celeba.txt", "20\nBald\n000000.jpg 5\n", "line 3"),
        ("list_eval_partition.txt", "000000.jpg 0\n", "no row for 19 of 20 images"),
        ("identity_CelebA.txt", "000000.jpg 7\n", "no row for 19 of 20 images"),
        ("identity_CelebA.txt", "000000.jpg seven\n", "line 1"),
        ("list_eval_partition.txt", "".join(f"{i:06d}.jpg 0\n" for i in range(20)), "has no validation or test images"),
        ("list_eval_partition.txt", "".join(f"{i:06d}.jpg 2\n" for i in range(20)), "has no training images"),
    ],
)
def test_bad_lists_fail_before_anything_is_decoded(
    celeba: Callable[..., Path], tmp_path: Path, file: str, text: str, message: str
) -> None:
    root = celeba(20)
    (root / file).write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        ingest(root, IngestConfig(), tmp_path / "out")
    assert file in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_too_few_images(celeba: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="9 usable images"):
        ingest(celeba(9, lists=False), IngestConfig(), tmp_path / "out")


class StopError(Exception):
    """An interruption."""


def test_interrupted_anywhere(celeba: Callable[..., Path], tmp_path: Path) -> None:
    """However often the stage is stopped, the bytes are those of a run in one go."""
    root, config = celeba(90), IngestConfig(image_size=256)
    for name, content in unreadable().items():
        (root / "img_align_celeba" / name).write_bytes(content)
    ingest(root, config, tmp_path / "whole")

    def stop_after(images: int) -> Callable[..., None]:
        def progress(done: int, total: int, note: str = "") -> None:
            if done >= images:
                raise StopError

        return progress

    for images in (1, 30, 60, 70, 90):
        with pytest.raises(StopError):
            ingest(root, config, tmp_path / "out", stop_after(images))
    ingest(root, config, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


@pytest.mark.parametrize("place", ["cut_to_length", "write_array", "finish"])
def test_stopped_while_finishing(
    celeba: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    root, config = celeba(30), IngestConfig(image_size=256)
    (root / "img_align_celeba" / "000009.jpg").write_bytes(b"")
    ingest(root, config, tmp_path / "whole")
    real = getattr(ingest_module, place)

    def do_and_stop(*arguments: object) -> None:
        real(*arguments)
        raise StopError

    with monkeypatch.context() as patched:
        patched.setattr(ingest_module, place, do_and_stop)
        with pytest.raises(StopError):
            ingest(root, config, tmp_path / "out")
    ingest(root, config, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


SLOWLY = """
import sys, time
from pathlib import Path
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import ingest
ingest(Path(sys.argv[1]), IngestConfig(image_size=256), Path(sys.argv[2]), lambda *_: time.sleep(0.01))
"""


def test_killed_run_continues(
    celeba: Callable[..., Path], zipped: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive, out = zipped(celeba(200), tmp_path / "packed"), tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(archive), str(out)], cwd=ROOT)
    journal, deadline = out / "journal.txt", time.monotonic() + 60
    while not journal.exists() or journal.read_bytes().count(b"\n") < 4:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = journal.read_bytes().count(b"\n")
    assert 4 <= kept < 10
    (out / "images.zarr" / "image" / "c" / "9.0123abc.partial").parent.mkdir(parents=True, exist_ok=True)
    (out / "images.zarr" / "image" / "c" / "9.0123abc.partial").write_bytes(b"litter of the killed writer")
    chunks = [out / "images.zarr/image/c" / str(chunk) / "0/0/0" for chunk in range(kept)]
    written = [path.stat().st_mtime_ns for path in chunks]

    with caplog.at_level(logging.INFO, logger="latentfaces"):
        ingest(archive, IngestConfig(image_size=256), out)
    assert f"{kept} of 10 chunks kept, {10 - kept} to do" in caplog.text
    assert [path.stat().st_mtime_ns for path in chunks] == written
    ingest(archive, IngestConfig(image_size=256), tmp_path / "whole")
    assert tree(out) == tree(tmp_path / "whole")


def test_every_chunk_is_there_and_checked(celeba: Callable[..., Path], tmp_path: Path) -> None:
    ingest(celeba(60), IngestConfig(image_size=256), tmp_path / "out")
    images = zarr.open_group(tmp_path / "out" / "images.zarr", mode="r")["image"]
    assert images.chunks == (21, 256, 256, 3)
    chunk = tmp_path / "out/images.zarr/image/c/1/0/0/0"
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(Exception, match=r"(?i)crc|checksum"):
        images[21:42]
    chunk.unlink()
    with pytest.raises(ValueError, match="lacks 1 of 3 chunks"):
        open_complete(tmp_path / "out" / "images.zarr")


def test_one_picture_over_several_chunks(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    """21 images make a chunk at 256 pixels: chunks of one picture each are refused only if it is the same in all."""
    for folder, last in (("same", 0), ("two", 1)):
        (tmp_path / folder).mkdir()
        for number in range(42):
            (tmp_path / folder / f"{number:02d}.jpg").write_bytes(picture(last if number >= 21 else 0))
    with pytest.raises(InputError, match=r"all 42 images of .* are the same picture"):
        ingest(tmp_path / "same", IngestConfig(image_size=256), tmp_path / "out-same")
    assert ingest(tmp_path / "two", IngestConfig(image_size=256), tmp_path / "out-two")["images"] == 42
