"""The encoding of a data set by an adopted model, beside a bare loop over the same onnxruntime sessions."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import NETWORK, SIZE, dataset, read_images
from storage.arrays import open_complete, read_array
from tasks.adoption.adopt import adopt
from tasks.adoption.config import AdoptConfig
from tasks.autoencoder.codec import BATCH, to_input
from tasks.autoencoder.network import Autoencoder
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.exporting.networks import write_onnx

COUNT = 3000
DESCRIPTION = """
encoder: encoder.onnx
decoder: decoder.onnx
pixels: {range: [0, 1], order: RGB}
output: {range: [0, 1], order: RGB}
trust: yes  # its weights are random
"""


def prepare(folder: Path) -> Contest:
    images, own, weights = dataset(folder, COUNT), folder / "adopted-files", folder / "adopted"
    pixels = to_input(read_images(images), torch.device("cpu")).numpy()
    if not weights.exists():
        z = np.zeros((2, NETWORK.latent_dim), np.float32)
        write_onnx(Autoencoder(NETWORK, seed=0).eval(), z, pixels[:2], own)
        (own / "mine.yaml").write_text(DESCRIPTION)
        adopt(images, AdoptConfig(file=str(own / "mine.yaml"), device="cpu"), folder / "adopted-partial")
        (folder / "adopted-partial").rename(weights)
    out = folder / "encode-adopted"

    def ours() -> np.ndarray:
        shutil.rmtree(out, ignore_errors=True)
        encode(images, weights, EncodeConfig(batch_size=BATCH, device="cpu"), out)
        return read_array(open_complete(out / "latents.zarr"), "z")

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    encoder, decoder = (
        onnxruntime.InferenceSession(str(weights / half / "model.onnx"), options, providers=["CPUExecutionProvider"])
        for half in ("encoder", "decoder")
    )

    def bare_loop() -> np.ndarray:
        points = []
        for start in range(0, COUNT, BATCH):
            (z,) = encoder.run(None, {"image": pixels[start : start + BATCH]})
            decoder.run(None, {"z": z})
            points.append(z)
        return np.concatenate(points)

    def agree(results: Mapping[str, Any]) -> None:
        np.testing.assert_allclose(results["ours"], results["limit"], rtol=1e-4, atol=1e-5)

    return Contest({"ours": ours, "limit": bare_loop}, agree)


ROW = Row(
    "encoding by an adopted model, Zarr to Zarr",
    f"{COUNT:,} images of {SIZE}×{SIZE}, ONNX, z 256, batch {BATCH}; z and reconstruction error",
    prepare,
    (Goal("limit", 0.9),),
    remark="limit: both sessions of onnxruntime over resident images",
)
