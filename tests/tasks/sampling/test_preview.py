from pathlib import Path

import numpy as np

from storage.arrays import open_complete, read_array
from tasks.sampling.config import SampleConfig
from tasks.sampling.preview import sampler_grids, sampler_sheet
from tasks.sampling.sample import sample


def test_every_level_of_a_sampler_has_its_grid(study: dict[str, Path], tmp_path: Path) -> None:
    config = SampleConfig(count=8, neighbours=3, device="cpu", uniform_component={"fact": (0.5, 1.5, 4.0)})
    folders = (study[name] for name in ("dataset", "model", "latents", "statistics"))
    sample("uniform_component", *folders, config, tmp_path / "drawn")
    grids = sampler_grids(tmp_path / "drawn", 2, 3)
    assert list(grids) == ["fact=0.5", "fact=1.5", "fact=4.0"]
    images = read_array(open_complete(tmp_path / "drawn" / "samples.zarr"), "image")
    np.testing.assert_array_equal(np.asarray(grids["fact=1.5"])[34:66, 34:66], images[1, 4])
    assert sampler_sheet(tmp_path / "drawn", 2, 3).height == 3 * (22 + 66)
