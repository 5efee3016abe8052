import json
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from storage.arrays import open_complete, read_array
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.exploring.opened import OpenedStudy
from tasks.exporting.card import Exported, model_card
from tasks.exporting.export import export
from tasks.exporting.networks import onnx_missing, write_weights
from tasks.exporting.order import DRAW, write_order
from tasks.exporting.script import onnx_script, torch_script
from tasks.finished.artifacts import Artifacts
from tasks.finished.metrics import is_level, metric_named
from tasks.finished.scores import ScoreTable
from tasks.sampling import conditioned
from tasks.sampling.conditioned import LinearNormal
from tasks.sampling.form import Form
from tasks.sampling.labels import FEWEST
from tasks.stage.errors import InputError
from tests.judged import write_judged

ONNX = pytest.mark.skipif(bool(onnx_missing()), reason="needs the packages of latentfaces[export]")


def make_faces(folder, script, *arguments):
    """Run a script of the export in a process that does not know the project."""
    command = [sys.executable, "-I", str(folder / script), *map(str, arguments)]
    here = folder / "elsewhere"
    here.mkdir(exist_ok=True)
    done = subprocess.run(command, cwd=here, env={}, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    faces = np.asarray(Image.open(here / "faces.png"))
    z = np.load(here / "z.npy")
    return z, np.stack(np.split(faces, len(z), axis=1))


@pytest.fixture(scope="module")
def exported(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    export(study, folder, onnx=not onnx_missing())
    return folder


def assert_same_faces(study, z, faces):
    ours = decode_images(study.autoencoder, z.astype(np.float32))
    assert np.abs(faces.astype(int) - ours.astype(int)).max() <= 1
    assert (faces == ours).mean() > 0.999


def test_the_torch_script_makes_the_studys_faces(study, exported):
    z, faces = make_faces(exported, "make_faces_torch.py", 5, 3)
    assert z.shape == (5, 6)
    assert_same_faces(study, z, faces)
    again, _ = make_faces(exported, "make_faces_torch.py", 5, 3)
    np.testing.assert_array_equal(z, again)


def test_the_script_takes_the_same_words_for_attributes(study, tmp_path):
    """It draws what the study draws from the same random numbers, and without words as before."""
    card = export(study, tmp_path, "multivariate_normal", onnx=False, attributes=True).read_text()
    z, faces = make_faces(tmp_path, "make_faces_torch.py", 50, 3, "--with", "Broad", "--without", "Tall")
    ours = study.conditioned.draw(np.random.default_rng(3), 50, {"Broad": 1, "Tall": -1})
    np.testing.assert_allclose(z, ours, atol=1e-3 * study.points.std.max())
    assert_same_faces(study, z, faces)
    plain, _ = make_faces(tmp_path, "make_faces_torch.py", 50, 3)
    export(study, tmp_path / "plain", "multivariate_normal", onnx=False)
    np.testing.assert_array_equal(plain, make_faces(tmp_path / "plain", "make_faces_torch.py", 50, 3)[0])
    assert "--with Broad" in card
    assert "`order.safetensors`: Holds the latent points of all training images." in card
    assert not (tmp_path / "plain" / "order.json").exists()


@pytest.fixture(scope="module")
def order(study, tmp_path_factory):
    """Runs the lines that draw with attributes; the namespace that they leave."""
    folder = tmp_path_factory.mktemp("order")
    write_order(study.conditioned, folder)

    def run(*words, lines=DRAW):
        given = {"here": folder, "n": 9, "rng": np.random.default_rng(2), "np": np, "json": json}
        given |= {"load_arrays": load_file, "sys": SimpleNamespace(argv=["", "9", "2", *words], exit=sys.exit)}
        exec(lines, given)
        return given

    return run


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--with"], "--with: give --with NAME"),
        (["--with", "Broad", "--without"], "--without: give --with NAME"),
        (["--wit", "Broad"], "unknown option --wit; give --with NAME or --without NAME"),
        (["--with", "Borad"], "unknown attribute Borad; choose from Broad, Tall"),
        (["--with", "Broad", "--without", "Broad"], "Broad is asked for both with and without"),
    ],
)
def test_the_script_refuses_other_words_in_one_line(order, words, message):
    with pytest.raises(SystemExit, match=message):
        order(*words)


def test_the_script_refuses_what_is_too_rare(order):
    with pytest.raises(SystemExit, match="training images match; 1000 are needed"):
        order("--with", "Broad", lines=DRAW.replace(f" {FEWEST}", " 1000"))


def test_the_script_looks_at_as_many_points_of_a_large_group(order, study, monkeypatch):
    monkeypatch.setattr(conditioned, "MOST", 25)
    ours = LinearNormal(study.points, study.labels).draw(np.random.default_rng(2), 9, {"Broad": 1})
    z = order("--with", "Broad", lines=DRAW.replace("50000", "25"))["z"]
    np.testing.assert_allclose(z, ours, atol=1e-3 * study.points.std.max())


@ONNX
def test_the_onnx_script_makes_the_same_faces(study, exported):
    z, faces = make_faces(exported, "make_faces.py", 5, 3)
    assert_same_faces(study, z, faces)
    np.testing.assert_array_equal(z, make_faces(exported, "make_faces_torch.py", 5, 3)[0])
    lines = [
        line
        for line in (exported / "make_faces.py").read_text().splitlines()
        if not line.startswith(("#", "import", "from"))
    ]
    assert len(lines) <= 10 + len(json.loads((exported / "sampler.json").read_text())["draw"])


@ONNX
@pytest.mark.parametrize("count", [1, 7])
def test_the_onnx_networks_are_torchs(study, exported, count):
    import onnxruntime

    images = study.real(np.arange(count)).transpose(0, 3, 1, 2).astype(np.float32) / 255
    (z,) = onnxruntime.InferenceSession(exported / "encoder.onnx").run(None, {"image": images})
    np.testing.assert_allclose(z, study.z[:count], rtol=1e-4, atol=1e-4)
    (faces,) = onnxruntime.InferenceSession(exported / "decoder.onnx").run(None, {"z": z})
    ours = study.decode(z).transpose(0, 3, 1, 2) / 255
    np.testing.assert_allclose(faces, ours, atol=0.5 / 255 + 1e-4)


@pytest.mark.parametrize("normalisation", ["batch", "group", "none"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "silu", "gelu"])
def test_the_torch_script_knows_every_network(tmp_path, normalisation, activation):
    from safetensors.numpy import save_file

    config = AutoencoderConfig(
        image_size=32, channels=(4, 8, 6), latent_dim=3, normalisation=normalisation, activation=activation
    )
    autoencoder = Autoencoder(config, seed=1)
    autoencoder(torch.rand(8, 3, 32, 32))  # moves what batches are normalised with
    write_weights(autoencoder.eval(), tmp_path)
    save_file({"point": np.eye(3, dtype=np.float32)}, tmp_path / "sampler.safetensors")
    script = torch_script('z = a["point"]', config)
    names = {"__file__": str(tmp_path / "make_faces_torch.py")}
    body = script.split("row = np.concatenate")[0].replace("sys.argv", "['', '3', '0']")
    exec(body, names)
    faces = (names["faces"].transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    ours = decode_images(autoencoder, np.eye(3, dtype=np.float32))
    assert np.abs(faces.astype(int) - ours.astype(int)).max() <= 1


def test_the_best_sampler_comes_at_its_best_level(study, exported):
    about = json.loads((exported / "sampler.json").read_text())
    assert (about["sampler"], about["level"]) == study.recommendation[:2]
    assert study.recommendation.judged.distance.value == min(
        row.distance.value for row in study.finished.verdict.judged
    )


def test_the_card_has_the_studys_numbers(study, exported):
    card = (exported / "README.md").read_text()
    about = json.loads((exported / "sampler.json").read_text())
    (row,) = study.table.select("uniform_component", "fact=0.5", metric="fd", reference="train")
    assert f"{row.value:.4g} ± {row.spread:.2g}" in card
    assert about["sampler"] in card
    for metric in {score.metric for score in study.scores()}:
        assert f"| {metric_named(metric).title}" in card
    for metric in {score.metric for score in study.scores() if not is_level(score.metric)}:
        shown = metric_named(metric)
        assert card.count(f"- **{shown.title}**: {shown.meaning}\n") == 1
    error = read_array(open_complete(study.artifacts.latents / "latents.zarr"), "reconstruction_error")
    assert "300 images: 180 for training" in card
    assert f"{error[180:].mean():.5f}" in card
    for name in re.findall(r"`([a-z_]+\.[a-z]+)`", card):
        assert (exported / name).exists(), name


def test_the_card_says_what_the_study_recommends(study, exported, artifacts, tmp_path):
    """Four draws of mean 1 and standard error 0.1/√6: an interval of ± 3.18 · 0.0408 = 0.13."""
    card = (exported / "README.md").read_text()
    assert "**The study recommends this draw.**" in card
    assert "Judged by 2,000 fresh faces" in card
    assert "| FD∞, lower is better | 1.00 [0.87, 1.13] | 0.06 |  |" in card
    assert "| broken faces | 5.00 % | 5.0 % | 20 % |" in card
    assert "| copies | 2.00 % | 5.0 % | 10 % |" in card

    def verdict(sampler, level, judgements, **autoencoder):
        write_judged(tmp_path, judgements, **autoencoder)
        made = OpenedStudy(Artifacts(**vars(artifacts) | {"scores": tmp_path}), "cpu")
        table = ScoreTable(())
        exported = Exported(
            made, sampler, level, Form("normal", {}, "z = 0"), table, {}, load_autoencoder(made.artifacts.model)
        )
        return model_card(exported).partition("## Verdict\n\n")[2].partition("\n")[0]

    rows = {
        ("multivariate_normal", "scale=1.0"): (1.0, 0.05, 0.02),
        ("uniform_component", "fact=1.0"): (1.1, 0.05, 0.02),
        ("normal_component", "scale=1.0"): (2.0, 0.05, 0.02),
        ("shuffled", "all"): (0.5, 0.3, 0.02),
        ("resampled", "all"): (0.1, 0.02, 1.0),
    }
    assert verdict("uniform_component", {"fact": 1.0}, rows) == (
        "**The study recommends this draw.** The study cannot tell `multivariate_normal (scale=1.0)` from it; this "
        "draw keeps least of the training points."
    )
    assert verdict("multivariate_normal", {"scale": 1.0}, rows) == (
        "The study cannot tell this draw from `uniform_component (fact=1.0)`, which it recommends: that keeps less of "
        "the points."
    )
    assert verdict("shuffled", {}, rows).startswith("**Not recommended**: too many of its faces are broken. ")
    assert verdict("resampled", {}, rows).startswith("**Not recommended**: too many of its faces are copies. ")
    farther = verdict("normal_component", {"scale": 1.0}, rows)
    assert farther.startswith("Its faces are farther from real ones than those of `uniform_component (fact=1.0)`")
    assert farther.endswith("] times as far.")
    assert verdict("uniform_component", {"fact": 2.0}, rows) == (
        "This draw was not judged; `uniform_component` was judged at fact=1.0. The study recommends "
        "`uniform_component (fact=1.0)`."
    )
    assert verdict("shuffled", {}, rows, references=100).startswith("**No answer yet: 100 training images are too few")


def test_any_sampler_can_be_taken_by_hand(study, tmp_path):
    export(study, tmp_path, "pair_mixture", onnx=False)
    assert json.loads((tmp_path / "sampler.json").read_text())["kind"] == "bank"
    assert not (tmp_path / "decoder.onnx").exists()
    z, faces = make_faces(tmp_path, "make_faces_torch.py", 4)
    assert_same_faces(study, z, faces)


def test_what_cannot_be_exported_is_said(study, artifacts, tmp_path):
    bare = OpenedStudy(Artifacts(artifacts.dataset, artifacts.model, artifacts.latents, artifacts.statistics), "cpu")
    with pytest.raises(InputError, match="not been scored yet"):
        export(bare, tmp_path / "a", onnx=False)
    with pytest.raises(InputError, match="unknown sampler 'nearest'"):
        export(study, tmp_path / "a", "nearest", onnx=False)
    with pytest.raises(
        InputError, match="gaussian_mixture: components=20 is not possible: there are 180 training points"
    ):
        export(study, tmp_path / "a", "gaussian_mixture", {"components": 20}, onnx=False)
    with pytest.raises(InputError, match="fact: a level needs its sampler"):
        export(study, tmp_path / "a", None, {"fact": 1.0}, onnx=False)
    assert not (tmp_path / "a").exists()
    export(bare, tmp_path / "b", "multivariate_normal", {"scale": 0.75}, onnx=False)
    assert "not scored" in (tmp_path / "b" / "README.md").read_text()


def test_the_scripts_compile():
    for script in (onnx_script("z = 0"), torch_script("z = 0", AutoencoderConfig())):
        compile(script, "script", "exec")
        assert max(map(len, script.splitlines())) <= 120
