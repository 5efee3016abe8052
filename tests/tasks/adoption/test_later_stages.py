"""What comes after takes an adopted model as any other: statistics, samples, the report, faces, the export."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.adoption.adopt import adopt
from tasks.adoption.config import AdoptConfig
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.conventions import Conventions
from tasks.autoencoder.inference import load_for_inference
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.exploring.opened import OpenedStudy
from tasks.exporting.export import export
from tasks.finished.artifacts import Artifacts
from tasks.finished.study import Study
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics import autoencoder
from tasks.sampling.config import SampleConfig
from tasks.sampling.sample import sample
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tests.judged import write_judged
from tests.tasks.adoption.linear import Linear, write_decoder, write_encoder


class Unscored(ReportedStudy):
    """Without scores there are no findings."""

    findings = ()


SAMPLE = SampleConfig(samplers=("standard_normal", "multivariate_normal"), count=12, neighbours=3, device="cpu")
OUTPUT = Conventions(layout="NHWC", range=(-1.0, 1.0), order="BGR")


@pytest.fixture(scope="module")
def adopted(dataset: Path, linear: Linear, tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    root = tmp_path_factory.mktemp("adopted")
    write_encoder(root / "encoder.onnx", linear, OUTPUT, latent=(3, 4))
    write_decoder(root / "decoder.onnx", linear, OUTPUT, latent=(3, 4))
    (root / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\n")
    adopt(dataset, AdoptConfig(file=str(root / "mine.yaml"), device="cpu"), root / "model")
    encode(dataset, root / "model", EncodeConfig(device="cpu"), root / "latents")
    (root / "statistics").mkdir()
    quick = AnalyseConfig(normality_points=100, simulations=19, anchors=20, duplicate_points=1000)
    analyse(dataset, root / "latents", quick, root / "statistics")
    folders = [dataset, *(root / name for name in ("model", "latents", "statistics"))]
    samples = {name: root / "samples" / name for name in SAMPLE.samplers}
    for name, folder in samples.items():
        sample(name, *folders, SAMPLE, folder)
    return Artifacts(*folders, samples=samples, sampling=SAMPLE)


def test_drawn_points_are_decoded(adopted: Artifacts) -> None:
    model = load_for_inference(adopted.model)
    for folder in adopted.samples.values():
        drawn = open_complete(folder / "samples.zarr")
        z, images = (read_array(drawn, name) for name in ("z", "image"))
        assert np.array_equal(decode_images(model, z[0]), images[0])
    prior = read_array(open_complete(adopted.samples["standard_normal"] / "samples.zarr"), "z")
    assert abs(float(prior.std()) - 1) < 0.2


def test_a_study_opens_and_decodes_the_same(adopted: Artifacts, linear: Linear, pictures: np.ndarray) -> None:
    study = OpenedStudy(adopted, "cpu")
    assert np.abs(study.encode(pictures[5]) - linear.z(pictures[5:6])).max() < 1e-3
    images = decode_images(load_for_inference(adopted.model), study.z)
    assert np.array_equal(study.decode(study.z[7]), images[7:8])
    assert "32×32 pixels, 12 components" in repr(study)


def test_the_reports_section_says_what_it_is_and_has_no_history(adopted: Artifacts) -> None:
    section = autoencoder.build(Unscored(adopted, ReportConfig(reconstructions=4, dpi=50), "artifacts"))
    text = str(section)
    assert "A model from elsewhere, adopted as it is: 12 components (3×4)" in text
    assert "takes NHWC BGR [−1, 1]" in text
    assert "epochs" not in text
    assert "PCA" in text


def test_its_answer_names_no_setting_of_a_training(adopted: Artifacts, tmp_path: Path) -> None:
    write_judged(tmp_path, {("multivariate_normal", "scale=1.0"): (1.0, 0.0, 0.0)}, error_share=0.9)
    verdict = Study(replace(adopted, scores=tmp_path)).verdict
    assert verdict.pick is None
    assert "does not reconstruct" in verdict.withheld
    assert "where it was made" in verdict.remedy
    assert "train." not in verdict.remedy


def test_its_export_makes_the_studys_faces_without_the_project(adopted: Artifacts, tmp_path: Path) -> None:
    study = OpenedStudy(adopted, "cpu")
    card = export(study, tmp_path / "out", "multivariate_normal", {"scale": 1.0})
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "out" / "make_faces.py"), "6", "1"],
        cwd=tmp_path, env={}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    faces = np.stack(np.split(np.asarray(Image.open(tmp_path / "faces.png")), 6, axis=1))
    ours = study.decode(np.load(tmp_path / "z.npy"))
    assert np.abs(faces.astype(int) - ours).max() <= 1
    assert "`adopt.yaml`" in card.read_text()
    again = adopt(adopted.dataset, AdoptConfig(file=str(tmp_path / "out" / "adopt.yaml"), device="cpu"), tmp_path / "m")
    assert again["components"] == 12
    first, second = (json.loads((path / "autoencoder.json").read_text()) for path in (adopted.model, tmp_path / "m"))
    assert first == second
