from pathlib import Path
from typing import Any

import pytest

from flows.comparing.config import CompareConfig

BASE: dict[str, Any] = {
    "synthesize": {"count": 120},
    "ingest": {"image_size": 32},
    "train": {"channels": [8, 16], "epochs": 4, "batch_size": 32, "precision": "fp32", "memory_format": "contiguous"},
    "analyse": {"simulations": 19},
    "sample": {"count": 12, "samplers": ["normal_origin", "uniform_component", "multivariate_normal"]},
    "assess": {"count": 12, "repeats": 2, "network": {"epochs": 1}},
}
"""Studies that take seconds, every stage of them real."""


def comparison(grid: dict[str, Any], also: tuple[dict[str, Any], ...] = (), **changes: Any) -> CompareConfig:
    return CompareConfig(name="tiny", preset="demo", base=BASE, grid=grid, also=also, dpi=72, **changes)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared") / "artifacts"
