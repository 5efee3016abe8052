"""A custom feature network: a TorchScript file, such as ``inception-2015-12-05.pt``.

Loading a TorchScript file runs the code in it, so only a file that the configuration names is ever loaded.
Two interfaces are understood, told apart by the arguments of ``forward``:

- ``return_features``: ``forward(images, return_features=True)`` takes uint8 (n, 3, h, w), 0 to 255, and brings them
  to its own size; the interface of NVIDIA's ``inception-2015-12-05.pt``;
- ``plain``: ``forward(images)`` takes float32 (n, 3, h, w) in [0, 1].

Both return float features (n, f).
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from storage.arrays import finish, open_complete
from storage.files import write_json
from storage.journal import Journal
from tasks.assessment.config import AssessConfig, file_digest
from tasks.assessment.features import image_blocks
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError

NAME = "inception"
FILE = "network.pt"
BATCH = 64


class ScriptedNetwork:
    """A TorchScript module as a function from images to features."""

    def __init__(self, path: Path, device: torch.device) -> None:
        """Load ``path``. Raises ``InputError`` that names it if it holds no TorchScript."""
        try:
            if not zipfile.is_zipfile(path):
                raise RuntimeError("not an archive of TorchScript's kind")
            self._module: Any = torch.jit.load(str(path), map_location=device).eval()  # type: ignore[no-untyped-call]
            arguments = [argument.name for argument in self._module.forward.schema.arguments]
        except (RuntimeError, OSError, AttributeError) as error:
            reason = str(error).strip().split("\n", 1)[0]
            raise InputError(f"assess.inception: {path} is not a TorchScript file ({reason})") from error
        self.interface = "return_features" if "return_features" in arguments else "plain"
        self._device = device

    def __call__(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Features (n, f) float32 of ``images`` (n, h, w, 3) uint8. Raises ``InputError`` if what comes is not that."""
        blocks = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        return np.concatenate([self._features(block) for block in blocks])

    @torch.inference_mode()
    def _features(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        pixels = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(self._device)
        try:
            if self.interface == "return_features":
                features = self._module(pixels, return_features=True)
            else:
                features = self._module(pixels.float() / 255)
        except RuntimeError as error:
            reason = str(error).strip().rsplit("\n", 1)[-1]
            raise InputError(
                f"assess.inception: the network failed on images {tuple(pixels.shape)} by its {self.interface!r} "
                f"interface: {reason}"
            ) from error
        if not isinstance(features, torch.Tensor) or features.ndim != 2 or features.shape[0] != len(images):
            got = tuple(features.shape) if isinstance(features, torch.Tensor) else type(features).__name__
            raise InputError(
                f"assess.inception: the network must return features (n, f), for {len(images)} images it gave {got}"
            )
        values = features.float().cpu().numpy()
        if not np.isfinite(values).all():
            raise InputError("assess.inception: the network returns features that are not finite")
        return np.asarray(values, np.float32)


def scripted_features(
    dataset: Path, config: AssessConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Keep the file that ``config.inception`` names in ``out`` and apply it to every image of ``dataset``.

    Writes ``network.pt``, ``network.json`` and ``features.zarr``; blocks found in ``out`` are kept.
    """
    assert config.inception is not None
    data = open_complete(dataset / "images.zarr")
    digest = file_digest(config.inception)
    out.mkdir(parents=True, exist_ok=True)
    partial = out / f"{FILE}.partial"
    shutil.copyfile(config.inception, partial)
    partial.replace(out / FILE)
    with repeatable():
        network = ScriptedNetwork(out / FILE, choose_device(config.device))
        probe = network(np.asarray(data["image"][:2]))  # type: ignore[index]
        description = {
            "features": NAME, "dimensions": probe.shape[1], "interface": network.interface, "digest": digest,
        }  # fmt: skip
        image_blocks(data, out, network, probe.shape[1], "assess inception", progress)
    finish(out / "features.zarr")
    write_json(out / "network.json", description)
    Journal(out).close()
    return description
