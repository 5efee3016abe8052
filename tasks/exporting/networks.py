"""Encoder and decoder as files: safetensors with their configuration, and ONNX that was compared with torch."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save as safetensors_bytes
from torch import nn

from storage.files import read_json, write_bytes, write_json
from tasks.autoencoder.adopted import AdoptedConfig
from tasks.autoencoder.interface import DESCRIPTION
from tasks.autoencoder.network import Autoencoder
from tasks.stage.errors import InputError

NEEDED = ("onnxscript",)
TOLERANCE = 1e-4
"""Largest difference between ONNX and torch that is put down to rounding: relative to the largest output."""


def write_weights(autoencoder: Autoencoder, out: Path) -> None:
    """``encoder.safetensors`` and ``decoder.safetensors`` with the names of torch's layers, ``autoencoder.json``."""
    for name in ("encoder", "decoder"):
        layers: nn.Module = getattr(autoencoder, name)
        state = {key: value.detach().cpu().contiguous() for key, value in layers.state_dict().items()}
        state = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
        write_bytes(out / f"{name}.safetensors", safetensors_bytes(state))
    write_json(out / "autoencoder.json", autoencoder.config.model_dump(mode="json"))


def write_adopted(model: Path, out: Path) -> AdoptedConfig:
    """The files of an adopted ``model`` as they are, and how they take and give images."""
    for path in sorted(file for half in ("encoder", "decoder") for file in (model / half).rglob("*") if file.is_file()):
        write_bytes(out / path.relative_to(model), path.read_bytes())
    config = AdoptedConfig.model_validate(read_json(model / DESCRIPTION))
    write_json(out / DESCRIPTION, config.model_dump(mode="json"))
    return config


def onnx_missing() -> list[str]:
    """The packages that writing ONNX needs and this environment lacks."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


class _OneSide(nn.Module):
    """Encoder or decoder alone, images in [0, 1] on its one side."""

    def __init__(self, autoencoder: Autoencoder, half: str) -> None:
        super().__init__()
        self.autoencoder, self.encodes = autoencoder, half == "encoder"

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """z of images, or images of z."""
        if self.encodes:
            return self.autoencoder.encode(given)
        return self.autoencoder.decode(given)


def write_onnx(
    autoencoder: Autoencoder, z: npt.NDArray[np.float32], images: npt.NDArray[np.float32], out: Path
) -> dict[str, float]:
    """``encoder.onnx`` (image → z) and ``decoder.onnx`` (z → image), for any number of rows.

    ``z`` (n, d) and ``images`` (n, 3, S, S) in [0, 1]: what both are compared on, by onnxruntime and by torch.
    Returns the largest difference of each; raises ``InputError`` if one is more than rounding, or a package is missing.
    """
    missing = onnx_missing()
    if missing:
        raise InputError(f"ONNX needs {', '.join(missing)}: pip install {' '.join(missing)}, or export with --no-onnx")
    autoencoder = autoencoder.cpu()
    found = {}
    for half, given, names in (("encoder", images, ("image", "z")), ("decoder", z, ("z", "image"))):
        module = _OneSide(autoencoder, half).eval()
        _write(module, given, names, out / f"{half}.onnx")
        found[half] = _difference(module, given, out / f"{half}.onnx")
    return found


def _write(module: nn.Module, given: npt.NDArray[np.float32], names: tuple[str, str], path: Path) -> None:
    rows = torch.export.Dim("rows", min=1)
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                (torch.from_numpy(given[:2]),),
                dynamo=True,
                input_names=[names[0]],
                output_names=[names[1]],
                dynamic_shapes={"given": {0: rows}},
                verbose=False,
            )
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert program is not None
    write_bytes(path, program.model_proto.SerializeToString())


@torch.inference_mode()
def _difference(module: nn.Module, given: npt.NDArray[np.float32], path: Path) -> float:
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {session.get_inputs()[0].name: given})
    ours = module(torch.from_numpy(given)).numpy()
    difference = float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(ours).max())):
        raise InputError(f"{path} gives other values than torch (by {difference:.2g}); export with --no-onnx")
    return difference
