"""Any number of components from one on works through to report, explorer and export, nothing empty or undefined."""

import html
import json
import math
import re
import runpy
import sys
import warnings

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tasks.exploring.app import make_app
from tasks.exploring.explorer import Explorer
from tasks.exploring.opened import OpenedStudy
from tasks.exporting.export import export
from tasks.reporting.config import ReportConfig
from tasks.reporting.report import write_report
from tasks.sampling.config import SampleConfig
from tasks.sampling.paths import ways
from tasks.sampling.strips import interpolate

SAMPLERS = (
    "uniform_common", "uniform_component", "normal_component", "multivariate_normal", "multivariate_normal_core",
    "pca_truncated", "ellipse_restricted", "gaussian_mixture", "neighbour_corrected", "path", "interpolation",
)  # fmt: skip
SAMPLING = SampleConfig(
    samplers=SAMPLERS,
    count=40,
    seed=3,
    neighbours=3,
    device="cpu",
    uniform_common={"b": (0.75, 1.0)},
    uniform_component={"fact": (0.5, 1.5)},
    normal_component={"scale": (1.0,)},
    multivariate_normal={"scale": (1.0,)},
    neighbour_corrected={"spread": ("kept",), "strength": (0.0, 1.0), "reference": 200},
)
SMALL = ReportConfig(dpi=50, pairs=2, components=3, grid_rows=1, grid_columns=3, reconstructions=4)


@pytest.fixture(scope="module", params=[1, 2])
def small(request, make_study, tmp_path_factory) -> OpenedStudy:
    return make_study(tmp_path_factory.mktemp(f"components-{request.param}"), request.param, 240, SAMPLING)


@pytest.fixture(scope="module")
def report(small, tmp_path_factory):
    made, out = small.artifacts, tmp_path_factory.mktemp("report")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "error"
        )  # NumPy warns where a number becomes undefined, matplotlib where nothing is drawn
        write_report(made, SMALL, out, "artifacts")
    return out


def test_levels_are_those_that_so_few_components_allow(small):
    labels = {row.label for row in small.scores() if row.sampler == "pca_truncated"}
    assert labels == {f"k={small.points.dimension}"}
    assert {row.label for row in small.scores() if row.sampler == "gaussian_mixture"} == {"components=1"}
    modes = {row.label.split(",")[0] for row in small.scores() if row.sampler == "interpolation"}
    assert small.parameters("pca_truncated") == {"k": small.points.dimension}
    circles = {"mode=spherical", "mode=whitened"} if small.points.dimension > 1 else set()
    assert modes == {"mode=linear", *circles}


def test_the_report_has_no_undefined_number_and_no_empty_figure(small, report):
    page = (report / "report.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", page, flags=re.S))
    assert not re.search(r"\b(nan|inf)\b", text, re.I)
    assert not re.search(r"\b1 (latent )?(components|samplers|degrees|axes)\b", text)
    assert f"Draw z with {small.recommendation.sampler}" in text
    axes = "1 main axis" if small.points.dimension == 1 else f"{small.points.dimension} main axes"
    drawn = f"k=8 and k=32 are drawn as k={small.points.dimension}: the training points have {axes}."
    assert drawn in " ".join(text.split())
    for figure in (report / "figures").glob("*.png"):
        assert np.ptp(np.asarray(Image.open(figure))) > 100, figure.name
    for table in (report / "tables").glob("*.csv"):
        assert len(table.read_text(encoding="utf-8").splitlines()) > 1, table.name


def test_the_explorer_shows_every_start_and_move(small):
    def finite(values):
        return all(math.isfinite(value) for value in values)

    with TestClient(make_app(Explorer(small), "127.0.0.1"), base_url="http://127.0.0.1:8421") as client:
        facts = client.get("/api/study").json()
        assert facts["recommended"]["sampler"] == small.recommendation.sampler
        assert len(facts["axes"]) == small.points.dimension
        assert bool(facts["planes"]) == (small.points.dimension > 1)
        (axes,) = (sampler["parameters"][0] for sampler in facts["samplers"] if sampler["name"] == "pca_truncated")
        assert axes["choices"] == [small.points.dimension]
        starts = [{"kind": "draw", "sampler": name} for name in small.samplers]
        starts += [{"kind": "walk", "first": 0, "second": 1, "mode": mode} for mode in facts["ways"]]
        for start in starts:
            state = {"start": start, "axes": {"0": 1}, "components": {"0": -1}, "attributes": {"Broad": 1}}
            answer = client.post("/api/face", json={**state, "correction": 0.5}).json()
            assert finite([*answer["z"], *answer["distances"].values(), *answer["nearer"].values()]), start


def test_it_draws_interpolates_and_is_exported(small, tmp_path, monkeypatch):
    assert small.decode(small.draw(count=5)).shape == (5, 32, 32, 3)
    for mode in ways(small.points):
        strips = interpolate(small.points, small.autoencoder, small.z[:1], small.z[1:2], 5, mode)
        np.testing.assert_allclose(strips.z[0, [0, -1]], small.z[:2], rtol=1e-4, atol=1e-4)
    for sampler in (None, "gaussian_mixture", "pair_mixture"):
        folder = tmp_path / str(sampler)
        export(small, folder, sampler, onnx=False)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["make_faces_torch.py", "3", "0"])
        runpy.run_path("make_faces_torch.py", run_name="__main__")
        assert np.load(folder / "z.npy").shape == (3, small.points.dimension)
        assert json.loads((folder / "sampler.json").read_text())["level"] == dict(small.choose(sampler)[1])
        assert not re.search(r"\bnan\b", (folder / "README.md").read_text())
