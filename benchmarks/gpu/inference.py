"""Encoding beside its limit, and whether what a device computes is what the CPU does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.gpu.job import Job
from benchmarks.gpu.limits import Work, captured, forward, images_per_second, repeated
from storage.arrays import open_complete, read_array
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import to_input
from tasks.autoencoder.inference import load_for_inference
from tasks.compute.devices import repeatable
from tasks.encoding.chunks import machine_here
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode

COMPARED = 256
"""Images whose points are computed on the CPU as well."""
DECODED = 64
"""Samples of each level that are decoded once more."""


def encoding_limit(job: Job, again: Path, seconds: float) -> dict[str, Any]:
    """Images/s of ``encode`` into the folder ``again``, and of its network over one resident batch.

    ``uncaptured``: why there is no CUDA graph of that; empty if there is, or on a CPU.
    """
    dataset, model = job.place(job.steps["ingest"]), job.place(job.steps["train"])
    config, device = job.steps["encode"].config, torch.device(job.device)
    assert isinstance(config, EncodeConfig)
    count = open_complete(dataset / "images.zarr")["image"].shape[0]

    def ours() -> int:
        shutil.rmtree(again, ignore_errors=True)
        encode(dataset, model, config, again)
        return int(count)

    with repeatable():
        batch = to_input(_images(dataset, np.arange(min(count, config.batch_size))), device)
        network = load_for_inference(model, device)
        times = -(-count // config.batch_size)
        bare = forward(network, batch, machine_here(job.device).error_precision)
        contestants: dict[str, Work] = {"encode": ours, "forward": repeated(bare, len(batch), times)}
        uncaptured = ""
        if device.type == "cuda":
            try:
                contestants["forward, CUDA graph"] = repeated(captured(bare), len(batch), times)
            except RuntimeError as error:
                uncaptured = str(error)
        return {"images_per_second": images_per_second(contestants, device, seconds), "uncaptured": uncaptured}


def agreement(job: Job) -> dict[str, Any]:
    """How far z and reconstructions are from those of the network as it was trained, unfolded, on the CPU.

    ``z``: the largest difference of a component, in units of its standard deviation; ``pixel``: of a reconstruction's
    pixel, 0 to 1; ``error``: the largest relative difference of the reconstruction error.
    """
    dataset, model = job.place(job.steps["ingest"]), job.place(job.steps["train"])
    latents = open_complete(job.place(job.steps["encode"]) / "latents.zarr")
    z, error = read_array(latents, "z"), read_array(latents, "reconstruction_error")
    rows = np.linspace(0, len(z) - 1, min(COMPARED, len(z))).astype(np.int64)
    cpu = torch.device("cpu")
    with repeatable(), torch.inference_mode():
        images = to_input(_images(dataset, rows), cpu)
        plain = load_autoencoder(model, cpu)
        expected_z = plain.encode(images)
        expected = plain.decode(expected_z)
        decoded = load_for_inference(model, job.device).decode(torch.from_numpy(z[rows]).to(job.device)).cpu()
    spread = z.std(axis=0, dtype=np.float64)
    varying = spread > 1e-6 * spread.max()
    difference = np.abs(z[rows] - expected_z.numpy())[:, varying] / spread[varying]
    expected_error = (expected - images).square().mean(dim=(1, 2, 3)).numpy()
    return {
        "images": len(rows),
        "z": float(difference.max()),
        "pixel": float((decoded - expected).abs().max()),
        "error": float((np.abs(error[rows] - expected_error) / expected_error).max()),
    }


def decoded_samples(job: Job) -> dict[str, Any]:
    """``finite``: whether the points of every sampler and level decode to numbers; ``varied``: to different faces."""
    model = job.place(job.steps["train"])
    finite, varied, images = True, True, 0
    with repeatable(), torch.inference_mode():
        network = load_for_inference(model, job.device)
        for step in job.steps.values():
            if step.artifact != "samples":
                continue
            group = open_complete(job.place(step) / "samples.zarr")
            for z in read_array(group, "z")[:, :DECODED]:
                pixels = network.decode(torch.from_numpy(z).to(job.device))
                finite &= bool(torch.isfinite(pixels).all())
                varied &= float(pixels.std(dim=0).mean()) > 1e-3
                images += len(pixels)
    return {"images": images, "finite": finite, "varied": varied}


def _images(dataset: Path, rows: np.ndarray) -> np.ndarray:
    from tasks.assessment.features import read_images

    return read_images(open_complete(dataset / "images.zarr"), rows)
