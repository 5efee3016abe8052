"""Images in Zarr to latent points in Zarr, with the reconstruction error of each."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zarr
from torch.utils.data import DataLoader

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import dataset, model, read_images
from benchmarks.pythae_peer import pythae_model, pythae_set
from storage.arrays import open_complete, read_array
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import BATCH, to_input
from tasks.autoencoder.inference import load_for_inference
from tasks.encoding.chunks import machine_here
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode

COUNT = 3000


def prepare(folder: Path) -> Contest:
    images, weights = dataset(folder, COUNT), model(folder)
    network, machine = load_for_inference(weights), machine_here("cpu")
    peer = pythae_model(load_autoencoder(weights))
    resident = to_input(read_images(images)[:BATCH], torch.device("cpu"))
    ours_out, theirs_out = folder / "encode-ours", folder / "encode-theirs"

    def ours() -> tuple[np.ndarray, np.ndarray]:
        shutil.rmtree(ours_out, ignore_errors=True)
        encode(images, weights, EncodeConfig(batch_size=BATCH), ours_out)
        group = open_complete(ours_out / "latents.zarr")
        return read_array(group, "z"), read_array(group, "reconstruction_error")

    @torch.no_grad()
    def pythae_loop() -> tuple[np.ndarray, np.ndarray]:
        shutil.rmtree(theirs_out, ignore_errors=True)
        points, errors = [], []
        for batch in DataLoader(pythae_set(read_images(images)), batch_size=BATCH):
            output = peer(batch)
            points.append(output.z)
            errors.append((output.recon_x - batch["data"]).square().mean(dim=(1, 2, 3)))
        z, error = torch.cat(points).numpy(), torch.cat(errors).numpy()
        for name, values in (("z", z), ("reconstruction_error", error)):
            zarr.create_array(theirs_out / name, data=values)
        return z, error

    @torch.inference_mode()
    def forward_alone() -> None:
        for batch in (*[resident] * (COUNT // BATCH), resident[: COUNT % BATCH]):
            z = network.encode(batch)
            with torch.autocast("cpu", torch.bfloat16, enabled=machine.error_precision == "bf16"):
                network.decode(z)

    def agree(results: Mapping[str, Any]) -> None:
        for ours, theirs in zip(results["ours"], results["pythae"], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)

    return Contest({"ours": ours, "pythae": pythae_loop, "limit": forward_alone}, agree)


ROW = Row(
    "encoding, Zarr to Zarr",
    f"{COUNT:,} images of 64×64, channels 32–256, z 256, batch {BATCH}; z and reconstruction error",
    prepare,
    (Goal("pythae", 1.6), Goal("limit", 0.9)),
    remark="limit: encoder and decoder over one resident batch, as often, in the same precision",
)
