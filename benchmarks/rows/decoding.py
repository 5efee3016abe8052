"""Decoding a sweep's level into Zarr."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import NETWORK, SIZE
from storage.arrays import open_for_writing
from tasks.autoencoder.codec import BATCH, to_pixels
from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import choose_device
from tasks.sampling.sample import create_images, decode_level

COUNT = 3000


def prepare(folder: Path) -> Contest:
    device = choose_device("auto")
    autoencoder = Autoencoder(NETWORK, seed=0).to(device).eval()
    z = np.random.default_rng(0).standard_normal((COUNT, NETWORK.latent_dim), dtype=np.float32)
    group = open_for_writing(folder / "samples.zarr")
    image = create_images(group, 1, COUNT, SIZE)

    def ours() -> None:
        decode_level(autoencoder, z, image, 0)

    @torch.inference_mode()
    def bare_loop() -> np.ndarray:
        points = torch.from_numpy(z).to(device)
        return np.concatenate(
            [to_pixels(autoencoder.decode(points[start : start + BATCH])) for start in range(0, COUNT, BATCH)]
        )

    def agree(results: Mapping[str, Any]) -> None:
        assert np.array_equal(np.asarray(image[0]), results["limit"]), "other images"

    return Contest({"ours": ours, "limit": bare_loop}, agree)


ROW = Row(
    "sweep decoding and storing",
    f"{COUNT:,} images of {SIZE}×{SIZE}",
    prepare,
    (Goal("limit", 0.9),),
    turns=5,
    remark="limit: the decoder over the same batches, images in memory",
)
