"""The study of points alone as a user meets it: one command from a file to a report, and new points from it."""

import json
import os
import re
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from flows.cli.commands import app
from flows.points.config import PointsConfig, points_config
from flows.points.finished import newest_points
from flows.points.plan import plan_points
from storage.opening import find_store
from tasks.exploring.points import OpenedPoints
from tasks.stage.errors import InputError

MAIN = "from flows.cli import main; main()"
SETTINGS = [
    "analyse.simulations=19",
    "analyse.normality_points=100",
    "sample.count=150",
    "sample.samplers=[uniform_component,multivariate_normal,resampled]",
    "rate.count=150",
    "rate.repeats=3",
    "report.dpi=50",
]
COMPONENTS = 4


class Points:
    """A finished study: its store, the file that it studied, and what the command printed."""

    def __init__(self, folder: Path, api: str) -> None:
        self.store, self.file = folder / "artifacts", folder / "z.npy"
        rng = np.random.default_rng(0)
        z = rng.standard_normal((1500, COMPONENTS)) @ rng.standard_normal((COMPONENTS, COMPONENTS)) + 5
        np.save(self.file, z)
        np.save(folder / "split.npy", np.repeat([0, 2], [900, 600]))
        self.arguments = ["points", str(self.file), "--split", str(folder / "split.npy"), "--store", str(self.store)]
        self.arguments += [part for setting in SETTINGS for part in ("--set", setting)]
        self._environment = {**os.environ, "PREFECT_API_URL": api}
        self.summary = json.loads(self("--json").stdout)

    def __call__(self, *more: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", MAIN, *self.arguments, *more]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=250)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def page(self) -> str:
        """The report, without its styles, scripts and pictures."""
        text = (Path(self.summary["report"]["path"]) / "report.html").read_text(encoding="utf-8")
        return re.sub(r"<style.*?</style>|<script.*?</script>|data:[^\"]*", "", text, flags=re.S)


@pytest.fixture(scope="module")
def points(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Points:
    return Points(tmp_path_factory.mktemp("points"), prefect_server)


def test_normal_points_are_best_drawn_from_a_normal_distribution(points: Points) -> None:
    opened = OpenedPoints(newest_points(find_store(str(points.store))))
    verdict = opened.finished.verdict
    assert opened.recommendation == ("multivariate_normal", {"scale": 1.0})
    assert {row.sampler: verdict.standing(row) for row in verdict.rows} == {
        "multivariate_normal": "recommended",
        "resampled": "copies",
        "uniform_component": "",
    }
    assert verdict.pick is not None
    assert verdict.pick.auc.overlaps(verdict.training.auc)
    # The density of a normal distribution is known: the mean of log N over new points is minus its entropy.
    covariance = opened.points.covariance
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance)[1] / COMPONENTS
    assert verdict.pick.nats is not None
    assert verdict.pick.nats.value == pytest.approx(-entropy, abs=0.05)


def test_the_page_answers_and_has_nothing_that_needs_images(points: Points) -> None:
    page = points.page
    assert "Draw z with multivariate_normal at scale=1.0" in page.replace("<wbr>", "")
    assert 'id="ladder"' in page
    assert 'id="correlations"' in page
    for word in ("face", "photograph", "reconstruct", "encode", "training images"):
        assert re.search(word, re.sub(r"<[^>]+>", " ", page).replace("latentfaces", "")) is None, word


def test_the_pages_command_draws_new_points(points: Points, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shell = unescape(re.findall(r"<pre><code>(latentfaces .*?)</code></pre>", points.page, re.S)[0])
    with pytest.raises(SystemExit) as ended:
        app(shlex.split(shell)[1:])
    assert ended.value.code == 0
    z = np.load(tmp_path / "new.npy", allow_pickle=False)
    assert (z.shape, z.dtype) == ((1000, COMPONENTS), np.float32)
    assert np.cov(z.T) == pytest.approx(np.cov(np.load(points.file)[:900].T), rel=0.3, abs=0.5)


def test_everything_comes_from_the_cache_whatever_the_form_of_the_file(points: Points, tmp_path: Path) -> None:
    again = json.loads(points("--json").stdout)
    assert again["report"]["cached"]
    other = tmp_path / "z.npz"
    np.savez(other, z=np.asfortranarray(np.load(points.file)))
    config = points_config(None, SETTINGS, {"split": str(points.file.parent / "split.npy")})
    steps = plan_points(config, str(other)).steps
    assert steps[-1].key == points.summary["report"]["key"]


def test_a_dry_run_says_what_a_setting_changes(points: Points, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app([*points.arguments, "--set", "rate.neighbours=7", "--dry-run", "--json"])
    assert ended.value.code == 0
    steps = {step["step"]: step for step in json.loads(capsys.readouterr().out)}
    assert steps["analyse"]["cached"]
    assert steps["sample resampled"]["cached"]
    assert not steps["rate resampled"]["cached"]
    assert "rate.neighbours 5 → 7" in steps["rate resampled"]["reason"]


@pytest.mark.parametrize("command", [["ls"], ["gc"], ["verify"]])
def test_the_store_commands_know_these_artifacts(
    points: Points, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app([*command, "--store", str(points.store)])
    assert ended.value.code == 0
    said = capsys.readouterr()
    if command == ["ls"]:
        assert "rate resampled" in said.out
        assert "read" in said.out
    if command == ["gc"]:
        assert "Nothing to delete" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["points", "nothing.npy"], "nothing.npy does not exist"),
        (["points", "z.npy", "--set", "rate.folds=1"], "rate.folds"),
        (["points", "z.npy", "--set", "train.epochs=3"], "train: no such setting"),
        (["generate"], "--out FOLDER"),
        (["generate", "--points", "z.txt"], "a name that ends in it"),
        (["generate", "--out", "faces", "--study", "abc"], "no decoder"),
        (["generate", "--points", "new.npy", "--study", "abc"], "no statistics of the points abc"),
    ],
)
def test_one_line_says_what_is_wrong(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("z.npy", np.random.default_rng(0).standard_normal((100, 2)))
    with pytest.raises(SystemExit) as ended:
        app([*arguments, "--store", "empty"])
    assert ended.value.code == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_settings_that_no_stage_has_are_refused() -> None:
    with pytest.raises(InputError, match=r"did you mean rate\.repeats"):
        points_config(None, ["rate.repeat=3"], {})
    assert points_config(None, [], {}) == PointsConfig()
