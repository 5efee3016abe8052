from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import zarr

from storage.arrays import open_for_writing, write_array
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.facets import registered

PAGE = Path(__file__).parents[3] / "docs" / "statistics.md"
QUICK = AnalyseConfig(workers=2, normality_points=100, simulations=19, anchors=20)


def first_cells(heading: str) -> list[str]:
    """The first cells of all rows of the tables under ``heading`` that start with a name in code type."""
    text = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]


def names(cells: list[str]) -> list[str]:
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.fixture(scope="module")
def complete(make_artifacts, tmp_path_factory) -> Path:
    """Statistics of data that let every facet answer: images with a copy, attributes, held-out points."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((800, 12)).astype(np.float32) + 1
    z[1] = z[0]
    partition = np.arange(800) % 5 == 4
    artifacts = make_artifacts(z, partition)
    images = rng.integers(0, 256, (800, 8, 8, 3), dtype=np.uint8)
    images[1] = images[0]
    group = open_for_writing(artifacts.dataset / "images.zarr")
    write_array(group, "image", images, ("image", "y", "x", "channel"))
    write_array(group, "attribute", np.where(z[:, :1] > 1, 1, -1).astype(np.int8), ("image", "attribute"))
    write_array(group, "attribute_name", np.array(["Odd"]), ("attribute",))
    out = tmp_path_factory.mktemp("complete")
    analyse(*artifacts, QUICK, out)
    return out


def test_the_page_names_every_array_that_is_written_and_no_other(complete) -> None:
    written = set(zarr.open_group(complete / "statistics.zarr", mode="r").array_keys())
    named = names(first_cells("From the passes over all points"))
    named += names([cell for cell in first_cells("Facets") if cell.strip(" `") not in registered()])
    # The facet "shape" has an array of the same name, which shares its cell with another.
    assert len(named) == len(set(named))
    assert set(named) == written


def test_the_page_names_every_facet_and_each_has_answered(complete) -> None:
    facets = [cell.strip(" `") for cell in first_cells("Facets") if cell.strip(" `") in registered()]
    assert sorted(facets) == sorted(registered())
    summary = json.loads((complete / "summary.json").read_text())
    assert [name for name in registered() if summary[name] is None] == []
