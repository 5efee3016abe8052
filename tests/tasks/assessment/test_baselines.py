import signal
import subprocess
import sys

import numpy as np
import pytest

from storage.arrays import open_complete, read_array
from tasks.assessment.baselines import assess_baselines
from tasks.assessment.gradients import gradient_energy
from tasks.assessment.metrics import registered
from tasks.assessment.network import features_of, load_network
from tasks.assessment.tables import read_draws, read_scores, summarise
from tasks.autoencoder.codec import decode_images
from tasks.stage.errors import InputError

INPUTS = ("dataset", "model", "latents", "statistics", "features")

KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tasks.assessment import features
from tasks.assessment.baselines import assess_baselines
from tasks.assessment.config import AssessConfig
from tasks.assessment.rows import Sources

*folders, networks, out, config = sys.argv[1:]
features.BLOCK = 32
torch.set_num_threads(1)

def progress(done, total, note=""):
    if done >= 64:
        os.kill(os.getpid(), signal.SIGKILL)

sources = Sources(*map(Path, folders), (Path(networks),))
assess_baselines(sources, AssessConfig.model_validate_json(config), Path(out), progress)
"""


METRICS = {*registered(), "swd_32", "swd_16"}
"""With the levels of the pyramid of 32×32 images."""


def test_every_reconstruction_has_features(study, autoencoder):
    decoded = open_complete(study["baselines"] / "reconstructions.zarr")
    stored = read_array(decoded, "feature_attributes")
    z = read_array(open_complete(study["latents"] / "latents.zarr"), "z")
    expected = features_of(load_network(study["features"], "cpu"), decode_images(autoencoder, z))
    np.testing.assert_allclose(stored, expected, rtol=1e-3, atol=1e-4)
    energy = gradient_energy(decode_images(autoencoder, z))
    np.testing.assert_allclose(read_array(decoded, "gradient_energy"), energy, rtol=1e-3)


def test_each_table_has_both_fixed_rows_and_one_n(study):
    scores = read_scores(study["baselines"] / "scores.csv")
    assert {(s.sampler, s.metric, s.reference) for s in scores} == {
        (sampler, metric, reference)
        for sampler in ("real", "reconstruction")
        for metric in METRICS
        for reference in ("train", "heldout")
    }
    assert len(scores) == 4 * len(METRICS)
    assert {score.n for score in scores} == {12}
    assert {score.seed for score in scores} == {5}
    assert {score.features for score in scores} == {"attributes", "pixels", "latent"}
    assert all(np.isfinite([score.value, score.spread]).all() for score in scores)


def test_reconstructions_of_unseen_images_have_a_novelty_of_1(study):
    scores = read_scores(study["baselines"] / "scores.csv")
    novelties = [s for s in scores if s.metric.startswith("novelty") and s.sampler == "reconstruction"]
    assert len(novelties) == 4
    for score in novelties:
        # In features but for the 5 % that count as broken.
        assert score.value == pytest.approx(1, abs=1e-6 if score.metric == "novelty_latent" else 0.05)
    assert all(score.spread > 0 for score in novelties)


def test_reconstructions_are_the_unit_of_sharpness_and_photographs_lead_back_to_themselves(study):
    value = {(s.sampler, s.metric, s.reference): s.value for s in read_scores(study["baselines"] / "scores.csv")}
    for reference in ("train", "heldout"):
        assert value["reconstruction", "sharpness", reference] == pytest.approx(1)
        assert value["real", "reencoding", reference] == 0
        assert value["reconstruction", "reencoding", reference] > 0


def test_the_scores_are_the_means_and_deviations_of_the_draws(study):
    draws = read_draws(study["baselines"] / "draws.csv")
    scores = read_scores(study["baselines"] / "scores.csv")
    assert summarise(draws) == scores
    assert len(draws) == 3 * len(scores)
    first = [row.value for row in draws[:3]]
    assert scores[0].value == pytest.approx(np.mean(first))
    assert scores[0].spread == pytest.approx(np.std(first, ddof=1))


def test_a_killed_run_continues_to_the_same_bytes(study, sources, config, tmp_path, contents, monkeypatch):
    monkeypatch.setattr("tasks.assessment.features.BLOCK", 32)
    folders = [study[name] for name in INPUTS]
    assess_baselines(sources, config, tmp_path / "undisturbed")
    arguments = [str(path) for path in (*folders, tmp_path / "killed")]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments, config.model_dump_json()], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (tmp_path / "killed" / "journal.txt").read_text() == "0\n32\n"
    assess_baselines(sources, config, tmp_path / "killed")
    assert contents(tmp_path / "killed") == contents(tmp_path / "undisturbed")


def test_too_few_images_are_told_before_any_work(sources, config, tmp_path):
    with pytest.raises(InputError, match="too few"):
        assess_baselines(sources, config.model_copy(update={"repeats": 50}), tmp_path)
    assert list(tmp_path.iterdir()) == []
