"""Models of other frameworks, each trained for seconds and studied by one command; ``make check-adopt`` runs this.

Each is exported by the block of ``docs/adopt.md`` that is about it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from flows.finished import newest_study
from flows.notebook import open_study
from storage.arrays import open_complete, read_array
from storage.opening import find_store
from tasks.adoption.adopt import adopt
from tasks.adoption.config import AdoptConfig
from tasks.autoencoder.adopted import Adopted
from tasks.autoencoder.codec import encode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.stage.errors import InputError
from tests.adopted.frameworks import FRAMEWORKS, SIDE, Trained

pytestmark = [pytest.mark.adopt, pytest.mark.timeout(1800)]

MAIN = "from flows.cli import main; main()"
SETTINGS = [
    "ingest.crop=148",
    "analyse.simulations=19",
    "sample.count=40",
    "sample.samplers=[uniform_component,multivariate_normal]",
    "assess.count=40",
    "assess.repeats=2",
    "assess.network.epochs=1",
    "assess.judge.count=500",
    "report.dpi=50",
]
TOLERANCE = 1e-4


class Place:
    """A folder with synthetic faces and a store, and the command line in it."""

    def __init__(self, folder: Path, api: str) -> None:
        self.folder, self._environment = folder, {**os.environ, "PREFECT_API_URL": api}
        self("synthesize", "faces", "--count", "700")
        ingested = self.study("ingest", "--set", f"ingest.image_size={SIDE}")
        self.dataset = Path(ingested["dataset"]["path"])
        self.images = np.asarray(read_array(open_complete(self.dataset / "images.zarr"), "image"))

    def __call__(self, *arguments: str, folder: Path | None = None) -> str:
        path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            cwd=folder or self.folder,
            env={**self._environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def study(self, command: str, *arguments: str, folder: Path | None = None) -> dict[str, Any]:
        settings = [part for setting in SETTINGS for part in ("--set", setting)]
        store = ("--store", str(self.folder / "store"), "--data", str(self.folder / "faces"))
        found: dict[str, Any] = json.loads(self(command, *store, *settings, *arguments, "--json", folder=folder))
        return found


@pytest.fixture(scope="module")
def place(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("adopted"), prefect_server)


class Model(NamedTuple):
    folder: Path
    trained: Trained

    @property
    def file(self) -> Path:
        return self.folder / "mine.yaml"


@pytest.fixture(scope="module", params=FRAMEWORKS)
def model(request: pytest.FixtureRequest, place: Place) -> Iterator[Model]:
    folder = place.folder / request.param
    folder.mkdir()
    (folder / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\n")
    trained = FRAMEWORKS[request.param](place.images, folder)
    before = Path.cwd()
    os.chdir(folder)  # where a factory's module is
    yield Model(folder, trained)
    os.chdir(before)
    sys.modules.pop("network", None)


def test_one_command_leads_from_its_files_to_a_report(model: Model, place: Place) -> None:
    made = place.study("run", "--autoencoder", str(model.file), folder=model.folder)
    assert (Path(made["report"]["path"]) / "report.html").stat().st_size > 100_000
    z = read_array(open_complete(Path(made["latents"]["path"]) / "latents.zarr"), "z")
    assert np.abs(z - model.trained.z).max() < TOLERANCE
    adopted = load_for_inference(Path(made["model"]["path"]))
    assert isinstance(adopted, Adopted)
    decoded = torch.cat([adopted.decode(part) for part in torch.from_numpy(np.asarray(z)).split(50)])
    assert np.abs(decoded.permute(0, 2, 3, 1).numpy() - model.trained.reconstructions).max() < TOLERANCE
    pixels, output = adopted.config.pixels, adopted.config.output
    assert (pixels.layout, pixels.range) == model.trained.takes
    assert (output.layout, output.range, output.logits) == model.trained.gives
    assert (pixels.order, output.order) == ("RGB", "RGB")
    study = open_study(str(place.folder / "store"), made["model"]["key"])
    again = study.draw("multivariate_normal", 20)
    assert study.decode(again).shape == (20, SIDE, SIDE, 3)


WRONG = {
    "layout": ("pixels", "layout", {"NCHW": "NHWC", "NHWC": "NCHW"}),
    "range taken": ("pixels", "range", {"[0, 1]": "[0, 255]", "[-1, 1]": "[0, 1]", "[0, 255]": "[0, 1]"}),
    "range given": ("output", "range", {"[0, 1]": "[-1, 1]", "[-1, 1]": "[0, 1]"}),
    "order": ("pixels", "order", {"RGB": "BGR"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_is_refused_and_the_right_one_named(
    model: Model, place: Place, tmp_path: Path, name: str
) -> None:
    side, field, others = WRONG[name]
    trained = model.trained
    right = {
        "layout": {"pixels": trained.takes[0], "output": trained.gives[0]}[side],
        "range": "[{:g}, {:g}]".format(*{"pixels": trained.takes[1], "output": trained.gives[1]}[side]),
        "order": "RGB",
    }[field]
    if side == "output" and trained.gives[2]:
        right = "logits yes"
    text = f"{model.file.read_text()}{side}: {{{field}: {others.get(right, '[-1, 1]')}}}\n"
    file = model.folder / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=re.escape(right)) as raised:
        adopt(place.dataset, AdoptConfig(file=str(file), device="cpu"), tmp_path / "model")
    assert field in str(raised.value)
    assert not (tmp_path / "model" / "autoencoder.json").exists()


def test_a_model_of_this_project_exported_and_adopted_is_the_same(place: Place) -> None:
    settings = ["train.latent_dim=16", "train.channels=[16,32]", "train.epochs=12", "train.batch_size=32"]
    settings += [f"ingest.image_size={SIDE}", "train.precision=fp32"]
    trained = place.study("run", *(part for setting in settings for part in ("--set", setting)))
    store = str(place.folder / "store")
    key = trained["model"]["key"]
    chosen = ("--sampler", "multivariate_normal", "--level", "scale=1.0")
    place("export", "--out", "exported", "--onnx", "--model", key, "--store", store, *chosen)
    adopted = place.study("run", "--autoencoder", "exported/adopt.yaml")
    assert adopted["model"]["key"] != key
    z, again = (
        np.asarray(read_array(open_complete(Path(one["latents"]["path"]) / "latents.zarr"), "z"))
        for one in (trained, adopted)
    )
    assert np.abs(z - again).max() <= 1e-5 * np.abs(z).max()
    studies = [newest_study(find_store(store), one["model"]["key"]) for one in (trained, adopted)]
    measured = [open_complete(study.statistics / "statistics.zarr") for study in studies]
    for name in ("mean", "std", "minimum", "maximum", "covariance", "correlation", "eigenvalue", "radius"):
        first, second = (np.asarray(read_array(group, name)) for group in measured)
        assert np.abs(first - second).max() <= 1e-4 * np.abs(first).max(), name
    verdicts = [open_study(store, one["model"]["key"]).finished.verdict for one in (trained, adopted)]
    picks = [verdict.pick.name if verdict.pick else verdict.no_answer for verdict in verdicts]
    assert picks[0] == picks[1]
    # Exported once more, it is the same model still.
    place("export", "--out", "once-more", "--model", adopted["model"]["key"], "--store", store, *chosen)
    once_more = place.study("adopt", "--autoencoder", "once-more/adopt.yaml")
    images = place.images[:128]
    first, second = (
        encode_images(load_for_inference(Path(one["model"]["path"])), images) for one in (adopted, once_more)
    )
    assert np.array_equal(first, second)
