import logging
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from storage.files import read_json
from tasks.assessment import rows, spaces
from tasks.assessment.judge import judge_autoencoder
from tasks.assessment.quality import assess_sampler
from tasks.assessment.tables import read_scores
from tasks.stage.errors import InputError
from tests.in_blocks import InBlocks

INPUTS = ("dataset", "model", "latents", "statistics", "features")

KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tasks.assessment.config import AssessConfig
from tasks.assessment.quality import assess_sampler
from tasks.assessment.rows import Sources

*folders, networks, baselines, samples, out, config = sys.argv[1:]
torch.set_num_threads(1)

def progress(done, total, note=""):
    if done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

sources = Sources(*map(Path, folders), (Path(networks),))
assess_sampler(sources, Path(baselines), Path(samples), AssessConfig.model_validate_json(config), Path(out), progress)
"""


@pytest.fixture(scope="module")
def quality(study, sources, samples, config, tmp_path_factory):
    out = tmp_path_factory.mktemp("quality")
    assess_sampler(sources, study["baselines"], samples, config, out)
    return out


def test_every_level_has_every_metric_against_both_references_with_the_n_of_the_fixed_rows(quality, study):
    scores = read_scores(quality / "scores.csv")
    fixed = read_scores(study["baselines"] / "scores.csv")
    assert {(s.metric, s.features, s.reference) for s in scores} == {(s.metric, s.features, s.reference) for s in fixed}
    assert len(scores) == 3 * len(fixed) / 2
    assert list(dict.fromkeys(score.label for score in scores)) == ["copies", "heldout", "far"]
    assert {score.n for score in scores} == {s.n for s in fixed} == {12}
    assert {path.name for path in quality.iterdir()} == {"scores.csv", "draws.csv"}


def test_copies_are_not_new_unseen_points_are_and_far_ones_are_bad(quality):
    value = {(s.label, s.metric, s.reference): s.value for s in read_scores(quality / "scores.csv")}
    assert value["copies", "novelty_latent", "train"] == 0
    assert value["copies", "novelty", "train"] == pytest.approx(0, abs=0.01)
    assert value["copies", "novelty_latent", "heldout"] == pytest.approx(1, abs=0.4)
    assert value["heldout", "novelty_latent", "heldout"] == 0
    assert value["heldout", "novelty_latent", "train"] == pytest.approx(1, abs=0.2)
    assert value["heldout", "novelty", "train"] == pytest.approx(1, abs=0.3)
    assert value["far", "novelty_latent", "train"] > 5
    assert value["far", "fd", "train"] > value["heldout", "fd", "train"]


def test_images_in_blocks_get_the_scores_of_images_in_memory(
    quality, study, sources, samples, config, tmp_path, monkeypatch
):
    def judged(baselines: Path) -> dict[str, float]:
        judge_autoencoder(sources, baselines, config, tmp_path)
        facts = read_json(tmp_path / "autoencoder.json")
        return {name: value for name, value in {**facts, **facts["heldout"]}.items() if isinstance(value, float)}

    in_memory = judged(study["baselines"])
    # Of another folder, so that nothing is held that was opened before.
    copied = shutil.copytree(study["baselines"], tmp_path / "copied")
    opened = []
    monkeypatch.setattr(InBlocks, "blocks", lambda self, blocks=InBlocks.blocks: opened.append(self) or blocks(self))
    for module in (rows, spaces):
        monkeypatch.setattr(module, "StoredRows", InBlocks)
    assess_sampler(sources, copied, samples, config, tmp_path)
    scores, expected = read_scores(tmp_path / "scores.csv"), read_scores(quality / "scores.csv")
    assert [score.key for score in scores] == [score.key for score in expected]
    assert [score.value for score in scores] == pytest.approx(
        [score.value for score in expected], rel=1e-6, nan_ok=True
    )
    assert judged(copied) == pytest.approx(in_memory, rel=1e-6)
    assert opened
    assert len(in_memory) > 4


def test_a_killed_run_continues_to_the_same_bytes(quality, study, sources, samples, config, tmp_path, contents, caplog):
    folders = [*(study[name] for name in INPUTS), study["baselines"], samples]
    arguments = [str(path) for path in (*folders, tmp_path)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments, config.model_dump_json()], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with caplog.at_level(logging.INFO, "latentfaces"):
        assess_sampler(sources, study["baselines"], samples, config, tmp_path)
    assert "2 of 3 levels kept, 1 to do" in caplog.text
    assert contents(tmp_path) == contents(quality)


def test_too_few_samples_are_the_users_to_mend(study, sources, config, autoencoder, write_samples, tmp_path):
    write_samples(tmp_path / "samples", "few", {"all": np.zeros((35, 6))}, autoencoder)
    with pytest.raises(InputError, match=r"3 draws of 12 need 36: set sample\.count"):
        assess_sampler(sources, study["baselines"], tmp_path / "samples", config, tmp_path / "out")
