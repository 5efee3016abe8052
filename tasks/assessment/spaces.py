"""The feature spaces of a study: the pipeline's own network, and the user's if there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from storage.arrays import open_complete, stored_array
from storage.files import read_json
from storage.rows import StoredRows
from tasks.assessment.inception import FILE, ScriptedNetwork
from tasks.assessment.network import features_of, load_network

Extractor = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class FeatureSpace:
    """A feature network and the features of all real images: (n, f), in the data set's order, read when asked for."""

    name: str
    folder: Path
    features: StoredRows

    @property
    def array(self) -> str:
        """The name of its array beside others'."""
        return f"feature_{self.name}"

    def extractor(self, device: torch.device) -> Extractor:
        """The network: features (n, f) float32 of images (n, h, w, 3) uint8."""
        if (self.folder / FILE).exists():
            return ScriptedNetwork(self.folder / FILE, device)
        network = load_network(self.folder, device)
        return lambda images: features_of(network, images)


def open_spaces(folders: Sequence[Path]) -> tuple[FeatureSpace, ...]:
    """The feature spaces in ``folders``, each written by a features step."""
    return tuple(
        FeatureSpace(
            str(read_json(folder / "network.json")["features"]),
            folder,
            StoredRows(stored_array(open_complete(folder / "features.zarr"), "feature")),
        )
        for folder in folders
    )
