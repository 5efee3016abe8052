"""JPEG files of CelebA's size to one Zarr array."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
import zarr
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from zarr.codecs import Crc32cCodec

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import CORES, SIZE, faces, read_images
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import CELEBA_CROP, ingest

COUNT = 3000


class Faces(Dataset):
    """The usual data set: open, crop, resize."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        image = Image.open(self.paths[index]).convert("RGB")
        left, top = (image.width - CELEBA_CROP) // 2, (image.height - CELEBA_CROP) // 2
        square = image.crop((left, top, left + CELEBA_CROP, top + CELEBA_CROP))
        return np.array(square.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def prepare(folder: Path) -> Contest:
    source = faces(folder, COUNT)
    paths = sorted((source / "img_align_celeba").iterdir())
    ours_out, theirs_out = folder / "ingest-ours", folder / "ingest-theirs"

    def ours() -> Path:
        shutil.rmtree(ours_out, ignore_errors=True)
        ingest(source, IngestConfig(image_size=SIZE, workers=CORES), ours_out)
        return ours_out

    def pillow_and_dataloader() -> Path:
        shutil.rmtree(theirs_out, ignore_errors=True)
        array = zarr.create_array(
            theirs_out,
            shape=(len(paths), SIZE, SIZE, 3),
            chunks=(256, SIZE, SIZE, 3),
            dtype=np.uint8,
            compressors=[Crc32cCodec()],
        )
        start = 0
        for batch in DataLoader(Faces(paths), batch_size=256, num_workers=CORES):
            array[start : start + len(batch)] = batch.numpy()
            start += len(batch)
        return theirs_out

    def decoder_alone() -> None:
        def decode(part: list[Path]) -> None:
            for path in part:
                simplejpeg.decode_jpeg(path.read_bytes())

        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(decode, [paths[first::CORES] for first in range(CORES)]))

    def agree(results: Mapping[str, Any]) -> None:
        theirs = np.asarray(zarr.open_array(results["Pillow + DataLoader"], mode="r")[...])
        apart = np.abs(read_images(results["ours"]).astype(np.int16) - theirs)
        # Two exact bicubic filters that round at other places.
        assert apart.max() <= 1, f"{apart.max()} grey values apart"
        assert np.mean(apart > 0) < 0.01, f"{100 * np.mean(apart > 0):.2f} % of the values differ"

    contestants = {"ours": ours, "Pillow + DataLoader": pillow_and_dataloader, "limit": decoder_alone}
    return Contest(contestants, agree)


ROW = Row(
    "ingest, JPEG files to Zarr",
    f"{COUNT:,} JPEGs of 178×218 to {SIZE}×{SIZE}, {CORES} workers",
    prepare,
    (Goal("Pillow + DataLoader", 2.5), Goal("limit", 0.7)),
    remark="limit: libjpeg-turbo, the decoder that ours uses, alone on as many threads",
)
