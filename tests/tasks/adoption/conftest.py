from pathlib import Path

import numpy as np
import pytest

from tests.tasks.adoption.linear import Linear, write_decoder, write_encoder
from tests.tasks.training.conftest import one_thread, soft_blobs, write_dataset

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """Reddish blobs before a backdrop, (160, 32, 32, 3) uint8: colours and brightness tell how they are read."""
    backdrop = np.random.default_rng(3).uniform(40, 120, (32, 32, 3)) * (0.4, 0.7, 1.0)
    return (backdrop + soft_blobs(160, 32, 0) * (0.5, 0.3, 0.1)).round().astype(np.uint8)


@pytest.fixture(scope="session")
def dataset(pictures: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    partition = np.random.default_rng(1).choice([0, 0, 0, 1, 2], len(pictures))
    return write_dataset(tmp_path_factory.mktemp("pictures"), pictures, partition)


@pytest.fixture(scope="session")
def linear(pictures: np.ndarray) -> Linear:
    return Linear(pictures)


@pytest.fixture
def folder(tmp_path: Path, linear: Linear) -> Path:
    """A folder with a model that works, and its description."""
    write_encoder(tmp_path / "encoder.onnx", linear)
    write_decoder(tmp_path / "decoder.onnx", linear)
    (tmp_path / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\n")
    return tmp_path
