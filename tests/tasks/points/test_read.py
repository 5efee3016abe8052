"""Points as the stages after ``encode`` read them."""

from pathlib import Path

import numpy as np

from storage.arrays import open_complete, read_array
from tasks.points.config import ReadConfig
from tasks.points.read import read
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tests.tasks.conftest import MakeArtifacts


def test_the_artifact_holds_what_was_given(tmp_path: Path) -> None:
    z = np.random.default_rng(0).standard_normal((60, 4))
    names = np.array([f"p{row}" for row in range(60)])
    np.savez(tmp_path / "z.npz", z=z, split=np.repeat([0, 1, 2], 20), name=names, kind=np.tile(["a", "b", "c"], 20))
    config = ReadConfig(split="split", names="name", labels="kind")
    facts = read(tmp_path / "z.npz", config, tmp_path / "out")
    latents, group = (open_complete(tmp_path / "out" / name) for name in ("latents.zarr", "images.zarr"))
    assert np.array_equal(read_array(latents, "z"), z.astype(np.float32))
    assert "image" not in group
    assert read_array(group, "name").tolist() == names.tolist()
    assert read_array(group, "attribute_name").tolist() == ["a", "b", "c"]
    assert read_array(group, "attribute")[:2].tolist() == [[1, -1, -1], [-1, 1, -1]]
    assert (facts["train"], facts["validation"], facts["test"], facts["split"]) == (20, 20, 20, "given")


def test_statistics_are_those_of_a_study_with_these_points_bit_for_bit(
    make_artifacts: MakeArtifacts, cloud: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    z, partition = cloud
    config = AnalyseConfig(simulations=19, normality_points=200)
    study = make_artifacts(z, partition)
    analyse(study.dataset, study.latents, config, tmp_path / "study")
    np.savez(tmp_path / "z.npz", z=np.asfortranarray(z.astype(">f8")), split=partition)
    read(tmp_path / "z.npz", ReadConfig(split="split"), tmp_path / "points")
    analyse(tmp_path / "points", tmp_path / "points", config, tmp_path / "alone")
    first, second = (open_complete(tmp_path / name / "statistics.zarr") for name in ("study", "alone"))
    assert set(first.array_keys()) == set(second.array_keys())
    for name in first.array_keys():
        assert read_array(first, name).tobytes() == read_array(second, name).tobytes(), name
    assert (tmp_path / "study" / "summary.json").read_bytes() == (tmp_path / "alone" / "summary.json").read_bytes()
