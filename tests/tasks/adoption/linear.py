"""Autoencoders as ONNX files without training: principal components of images, in any conventions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tasks.autoencoder.conventions import Conventions

SIDE = 32
COMPONENTS = 12
PLAIN = Conventions(layout="NCHW", range=(0.0, 1.0), order="RGB")
STEEP = 4.0
"""Slope at which a sigmoid of a pixel about its middle is nearest to the pixel."""


class Linear:
    """z = P·(x − m) and back, P the principal components of ``images`` (n, S, S, 3) uint8."""

    def __init__(self, images: np.ndarray, components: int = COMPONENTS) -> None:
        flat = images.transpose(0, 3, 1, 2).reshape(len(images), -1).astype(np.float64) / 255
        self.mean = flat.mean(0)
        self.components = np.linalg.svd(flat - self.mean, full_matrices=False)[2][:components]

    def z(self, images: np.ndarray) -> np.ndarray:
        """z of ``images`` (n, S, S, 3) uint8 in float64."""
        flat = images.transpose(0, 3, 1, 2).reshape(len(images), -1) / 255
        return (flat - self.mean) @ self.components.T

    def encoder(self, pixels: Conventions = PLAIN) -> tuple[np.ndarray, np.ndarray]:
        """Matrix (D, d) and offset (d,) of the map from a flattened image in ``pixels`` to z."""
        low, high = pixels.range
        matrix = _arranged(self.components, pixels) / (high - low)
        return matrix.T, -matrix.sum(1) * low - self.components @ self.mean

    def decoder(self, output: Conventions = PLAIN, last: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Matrix (d, D) and offset (D,) of the map from z to a flattened image in ``output``, before ``last``."""
        low, high = output.range
        slope, shift = high - low, low
        if last == "Sigmoid" or output.logits:
            slope, shift = STEEP, -STEEP / 2
        elif last == "Tanh":
            slope, shift = 2.0, -1.0
        return slope * _arranged(self.components, output), slope * _arranged(self.mean[None], output)[0] + shift


def _arranged(rows: np.ndarray, conventions: Conventions) -> np.ndarray:
    unscaled = conventions.model_copy(update={"range": (0.0, 1.0)})
    images = torch.from_numpy(rows.reshape(-1, 3, SIDE, SIDE))
    return unscaled.given(images).reshape(len(rows), -1).numpy()


Build = Callable[..., Any]


def write(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, np.ndarray],
    given: tuple[str, Sequence[Any]],
    outputs: dict[str, Sequence[Any]],
    kind: int = TensorProto.FLOAT,
) -> Path:
    graph = helper.make_graph(
        list(nodes),
        "half",
        [helper.make_tensor_value_info(given[0], kind, list(given[1]))],
        [helper.make_tensor_value_info(name, kind, list(axes)) for name, axes in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


def shape_of(conventions: Conventions) -> list[int]:
    return [3, SIDE, SIDE] if conventions.layout == "NCHW" else [SIDE, SIDE, 3]


def write_encoder(
    path: Path,
    linear: Linear,
    pixels: Conventions = PLAIN,
    *,
    batch: Any = "n",
    latent: Sequence[int] = (COMPONENTS,),
    dtype: Any = np.float32,
    more: Sequence[onnx.NodeProto] = (),
    outputs: dict[str, Sequence[Any]] | None = None,
    damage: float | None = None,
) -> Path:
    """``more``: nodes after ``z``; ``outputs``: what comes in place of ``z``."""
    matrix, offset = (values.astype(dtype) for values in linear.encoder(pixels))
    if damage is not None:
        matrix[0] = damage
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix", "offset"], ["row"]),
        helper.make_node("Reshape", ["row", "shape"], ["z"]),
        *more,
    ]
    constants = {"matrix": matrix, "offset": offset, "shape": np.array([-1, *latent], np.int64)}
    return write(
        path,
        nodes,
        constants,
        ("image", [batch, *shape_of(pixels)]),
        outputs or {"z": [batch, *latent]},
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
    )


def write_decoder(
    path: Path,
    linear: Linear,
    output: Conventions = PLAIN,
    *,
    batch: Any = "n",
    latent: Sequence[Any] = (COMPONENTS,),
    last: str | None = None,
) -> Path:
    matrix, offset = (values.astype(np.float32) for values in linear.decoder(output, last))
    nodes = [
        helper.make_node("Flatten", ["z"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix", "offset"], ["row"]),
        helper.make_node(last or "Identity", ["row"], ["bounded"]),
        helper.make_node("Reshape", ["bounded", "shape"], ["picture"]),
    ]
    constants = {"matrix": matrix, "offset": offset, "shape": np.array([-1, *shape_of(output)], np.int64)}
    return write(path, nodes, constants, ("z", [batch, *latent]), {"picture": [batch, *shape_of(output)]})
