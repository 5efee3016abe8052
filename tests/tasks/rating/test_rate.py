"""The level that is judged, and what a sampler's table holds."""

import shutil
from pathlib import Path

import numpy as np

from storage.arrays import finish, open_for_writing, write_array
from tasks.rating import truth
from tasks.rating.config import RateConfig, RatingConfig
from tasks.rating.rate import promise, rate, rate_training
from tasks.sampling import points
from tasks.sampling.config import SampleConfig
from tasks.sampling.draw import draw
from tests.in_blocks import InBlocks
from tests.tasks.sampling.conftest import statistics_of


def numbers(auc: float, energy: float = 0.1, copied: float = 0.0) -> dict[str, float]:
    return {"auc_trees": auc, "auc_neighbours": 0.5, "energy": energy, "copied": copied}


def test_the_level_that_is_told_apart_least_is_the_most_promising() -> None:
    assert promise(numbers(0.6, energy=0.9), 0.1) < promise(numbers(0.7), 0.1)
    assert promise(numbers(0.7), 0.1) < promise(numbers(0.5, copied=0.2), 0.1)


def test_where_all_draws_are_recognised_the_distance_decides() -> None:
    assert promise(numbers(0.9999, energy=0.2), 0.1) < promise(numbers(0.9997, energy=0.8), 0.1)


def test_points_in_blocks_get_the_ratings_of_points_in_memory(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(0)
    z = (rng.standard_normal((300, 3)) @ [[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1]] + 4).astype(np.float32)
    made = [tmp_path / name for name in ("dataset", "latents", "statistics")]
    for folder, name, values in (
        (made[0], "images", {"partition": (np.arange(300) % 3).astype(np.int8)}),
        (made[1], "latents", {"z": z}),
        (made[2], "statistics", statistics_of(z[::3])),
    ):
        group = open_for_writing(folder / f"{name}.zarr")
        for array, numbers in values.items():
            write_array(group, array, numbers, ("row", "column")[: numbers.ndim])
        finish(folder / f"{name}.zarr")
    config = RateConfig(count=40, repeats=2, folds=2)
    asked = RatingConfig(sampler="manifold_parzen", sample=SampleConfig(count=50), rate=config)

    def rated(out: Path) -> list[Path]:
        # Of other folders each time, so that nothing is held that was opened before.
        inputs = [shutil.copytree(folder, out / folder.name) for folder in made]
        folders = [out / name for name in ("samples", "training", "rated")]
        draw(asked.sampler, *inputs, asked.sample, folders[0])
        rate_training(*inputs, config, folders[1])
        rate(*inputs, *folders[:2], asked, folders[2])
        return folders[1:]

    in_memory = rated(tmp_path / "in memory")
    monkeypatch.setattr(truth, "StoredRows", InBlocks)
    monkeypatch.setattr(points, "StoredRows", InBlocks)
    for folder, expected in zip(rated(tmp_path / "in blocks"), in_memory, strict=True):
        for path in sorted(folder.iterdir()):
            assert path.read_bytes() == (expected / path.name).read_bytes(), path
