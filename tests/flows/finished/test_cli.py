"""The command line as a user meets it: a process of its own, its output, its exit status."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flows.cli.commands import app
from flows.notebook import open_study
from flows.stages import STAGES
from tasks.assessment.tables import level_words
from tasks.sampling.sampler import level_label
from tasks.synthesis.synthesize import synthesize
from tests.flows.finished.conftest import FinishedRun

MAIN = "from flows.cli import main; main()"


class Cli:
    """``latentfaces`` against one server, one store and the tiny study's settings."""

    def __init__(self, api: str, store: Path, settings: list[str]) -> None:
        self.store = store
        self._environment = {**os.environ, "PREFECT_API_URL": api, "LATENTFACES_STORE": str(store)}
        self._settings = [part for setting in settings for part in ("--set", setting)]

    def __call__(self, *arguments: str | Path, status: int = 0) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", MAIN, *map(str, arguments)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=250)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "| INFO " not in done.stderr, "Prefect's own console handler is at work"
        return done

    def run(self, *arguments: str | Path, status: int = 0) -> "subprocess.CompletedProcess[str]":
        return self("run", *self._settings, *arguments, status=status)

    def fail(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
        """Run in this process, which is quicker, and return the last line of what it says before status 1."""
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            app(["run", "--store", str(self.store), *self._settings, *arguments])
        assert ended.value.code == 1
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return said.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def cli(prefect_server: str, tmp_path_factory: pytest.TempPathFactory, tiny_settings: list[str]) -> Cli:
    return Cli(prefect_server, tmp_path_factory.mktemp("store"), tiny_settings)


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stderr.strip().splitlines()[-1]


def test_help_names_every_command(cli: Cli) -> None:
    shown = cli("--help").stdout
    for command in [*STAGES, "run", "synthesize", "download", "generate", "explore", "export"]:
        assert command in shown


def test_the_version_is_the_installed_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"latentfaces {version('latentfaces')}\n"


def test_dry_run_runs_nothing(cli: Cli, tmp_path: Path) -> None:
    done = cli.run("--dry-run", "--store", tmp_path / "none")
    steps = done.stdout.splitlines()
    assert all("not in the store yet" in step or "input" in step for step in steps)
    assert last_line(done) == f"{len(steps)} of {len(steps)} steps would run, 0 come from the cache"
    assert not (tmp_path / "none").exists()


def test_run_prints_the_report_last(finished_run: FinishedRun) -> None:
    report = Path(finished_run.said.stdout.strip())
    assert report.name == "report.html"
    assert report.is_file()
    assert "Traceback" not in finished_run.said.stderr
    assert "| INFO " not in finished_run.said.stderr, "Prefect's own console handler is at work"


def test_json_prints_one_object_and_all_is_cached(finished_run: FinishedRun, cli: Cli) -> None:
    summary = json.loads(cli.run("--json", "--store", finished_run.store).stdout)
    assert summary["report"]["path"] == str(Path(finished_run.said.stdout.strip()).parent)
    assert all(summary[name]["cached"] for name in ("dataset", "model", "latents", "statistics", "features", "scores"))
    assert all(entry["cached"] for entry in summary["samples"].values())


def test_new_faces_from_a_finished_study(finished_run: FinishedRun, cli: Cli, tmp_path: Path) -> None:
    arguments = ("--store", finished_run.store, "--sampler", "manifold_parzen", "--count", "5")
    generated = cli("generate", *arguments, "--out", tmp_path / "faces")
    assert Path(generated.stdout.strip()).name == "contact_sheet.png"
    assert len(list((tmp_path / "faces").glob("0*.png"))) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sampler", "nonsense"], "unknown sampler 'nonsense'; choose from"),
        (["--level", "fact"], "expected NAME=VALUE"),
        (["--level", "fact=1.0"], "fact: a level needs its sampler (--sampler NAME)"),
        (["--sampler", "pca_truncated", "--level", "k=9"], "k=9 is not possible: the training points have 8 main axes"),
        (
            ["--sampler", "gaussian_mixture", "--level", "components=20"],
            "gaussian_mixture: components=20 is not possible",
        ),
    ],
)
def test_no_faces_where_the_sampler_or_its_level_is_wrong(
    finished_run: FinishedRun, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["generate", "--store", str(finished_run.store), *arguments, "--out", str(tmp_path / "faces")])
    assert ended.value.code == 1
    assert message in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize("command", ["generate", "export"])
def test_nothing_is_drawn_where_the_study_gives_no_answer(
    finished_run: FinishedRun, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        app([command, "--store", str(finished_run.store), "--out", str(tmp_path / "faces")])
    assert ended.value.code == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("latentfaces: this study recommends no sampler: ")
    assert said.endswith("; use at least 500 training images, or choose one with --sampler NAME")
    assert not (tmp_path / "faces").exists()


def test_without_a_sampler_faces_are_drawn_as_the_study_recommends(
    answering_store: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    study = open_study(answering_store)
    sampler, level, _ = study.recommendation
    with pytest.raises(SystemExit) as ended:
        app(["generate", "--store", str(answering_store), "--count", "3", "--out", str(tmp_path / "faces")])
    assert ended.value.code == 0
    words = level_words(level_label(level))
    assert f"drawing with {sampler} ({words}), as the study recommends" in capfd.readouterr().err
    faces = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "faces").glob("0*.png"))]
    np.testing.assert_array_equal(faces, study.decode(study.draw(sampler, 3, **level)))


def test_generate_writes_the_points_of_a_study_with_images(finished_store: Path, tmp_path: Path) -> None:
    arguments = ["--sampler", "multivariate_normal", "--level", "scale=0.75", "--count", "5", "--seed", "3"]
    with pytest.raises(SystemExit) as ended:
        app(["generate", "--store", str(finished_store), *arguments, "--points", str(tmp_path / "new.npy")])
    assert ended.value.code == 0
    expected = open_study(finished_store).draw("multivariate_normal", 5, 3, scale=0.75)
    assert np.array_equal(np.load(tmp_path / "new.npy"), expected)


def generate(store: Path, *arguments: str | Path) -> int:
    """The exit status of the command in this process, which is quicker."""
    with pytest.raises(SystemExit) as ended:
        app(["generate", "--store", str(store), *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_faces_with_attributes_are_those_drawn_from_python(
    finished_store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--with", "Smiling", "--without", "Eyeglasses", "--count", "3", "--seed", "5"]
    assert generate(finished_store, *arguments, "--out", tmp_path / "faces") == 0
    assert " training points match" in capfd.readouterr().err
    assert generate(finished_store, *arguments, "--points", tmp_path / "z.npy") == 0
    study = open_study(finished_store)
    z = study.draw(count=3, seed=5, attributes={"Eyeglasses": -1, "Smiling": 1})
    assert np.array_equal(np.load(tmp_path / "z.npy"), z)
    faces = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "faces").glob("0*.png"))]
    np.testing.assert_array_equal(faces, study.decode(z))


def test_a_photograph_from_outside_varies_as_the_same_image_of_the_data_set(
    finished_store: Path, tmp_path: Path
) -> None:
    (images,) = (finished_store / "faces").glob("*/img_align_celeba")
    for like, out in (("000007.jpg", "inside"), (images / "000007.jpg", "outside")):
        arguments = ["--like", like, "--distance", "0.3", "--count", "2", "--out", tmp_path / out]
        assert generate(finished_store, *arguments) == 0
    for name in ("original.png", "000001.png", "000002.png"):
        inside, outside = (np.asarray(Image.open(tmp_path / out / name)) for out in ("inside", "outside"))
        np.testing.assert_array_equal(inside, outside)
    study = open_study(finished_store)
    row = study.names.index("000007.jpg")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "inside" / "original.png")), study.real(row)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--with", "Smilling"], "unknown attribute 'Smilling'; did you mean Smiling?"),
        (["--with", "Bald", "--without", "Bald"], "Bald is asked for both with and without"),
        (["--with", "Bald", "--with", "Bangs"], "0 of 9"),
        (["--with", "Bald", "--sampler", "resampled"], "resampled: faces with attributes are drawn in a way of their"),
        (["--distance", "0.5"], "--distance goes with --like FILE"),
        (["--like", "000001.jpg", "--with", "Bald"], "--like draws around a face: it goes with"),
        (["--like", "000001.jpg", "--distance", "2"], "distance=2: above 0 (the face itself) and at most 1"),
        (["--like", "nobody.jpg"], "--like nobody.jpg: there is no such file, and the data set has no image called"),
    ],
)
def test_faces_that_cannot_be_had_to_order(
    finished_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert generate(finished_store, *arguments, "--out", tmp_path / "faces") == 1
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "faces").exists()


def test_generate_without_a_study(cli: Cli, tmp_path: Path) -> None:
    done = cli("generate", "--out", tmp_path / "faces", "--store", tmp_path / "empty", status=1)
    assert "has no finished study" in last_line(done)


def test_synthesize(cli: Cli, tmp_path: Path) -> None:
    cli("synthesize", tmp_path / "faces", "--count", "10", "--seed", "3", "--workers", "1")
    assert len(list((tmp_path / "faces" / "img_align_celeba").glob("*.jpg"))) == 10


def test_download_asks_for_consent(cli: Cli, tmp_path: Path) -> None:
    done = cli("download", tmp_path / "celeba", status=1)
    assert "non-commercial research" in done.stderr
    assert "terms were not accepted" in last_line(done)


def no_data(folder: Path) -> Path:
    return folder / "absent"


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def broken_images(folder: Path) -> Path:
    data = folder / "broken"
    data.mkdir()
    for number in range(40):
        (data / f"{number:02d}.png").write_bytes(b"not an image")
    return data


def malformed_attributes(folder: Path) -> Path:
    synthesize(folder / "faces", 20, 0, workers=1)
    table = folder / "faces" / "list_attr_celeba.txt"
    lines = table.read_text().splitlines()
    lines[7] = lines[7].rsplit(maxsplit=1)[0]
    table.write_text("\n".join(lines) + "\n")
    return folder / "faces"


def damaged_zip(folder: Path) -> Path:
    (folder / "img_align_celeba.zip").write_bytes(b"PK\x03\x04 and then nothing")
    return folder / "img_align_celeba.zip"


def too_few(folder: Path) -> Path:
    (folder / "few").mkdir()
    for number in range(3):
        Image.fromarray(np.full((40, 40, 3), number, np.uint8)).save(folder / "few" / f"{number}.png")
    return folder / "few"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (no_data, "absent"),
        (empty_folder, "no image"),
        (broken_images, "00.png"),
        (malformed_attributes, r"list_attr_celeba.txt"),
        (damaged_zip, "img_align_celeba.zip"),
        (too_few, "10"),
    ],
)
def test_bad_data_end_with_one_clear_line(
    cli: Cli,
    prefect_api: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], Path],
    message: str,
) -> None:
    line = cli.fail(["--data", str(make(tmp_path))], capsys)
    assert line.startswith("latentfaces: ")
    assert message in line


def test_what_a_flow_raises_ends_a_process_with_one_clear_line(cli: Cli, tmp_path: Path) -> None:
    """In a process of its own, as Prefect's engine is imported, and sets its log handlers, only there."""
    done = cli.run("--data", tmp_path, status=1)
    assert last_line(done).startswith("latentfaces: ")
    assert str(tmp_path) in last_line(done)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "train.epochs=0"], "train.epochs"),
        (["--set", "train.channels=[8,16,32,64,128,256]"], "channels"),
        (["--preset", "nonsense"], "unknown preset 'nonsense'"),
        (["--refresh", "nonsense"], "unknown stage nonsense"),
        (["--config", "absent.yaml"], "absent.yaml"),
        (["--store", "ftp1://bucket/store"], "ftp1"),
        (["--set", "train.seed=9", "--set", "train.device=cuda:7"], "cuda:7"),
    ],
)
def test_bad_settings_end_with_one_clear_line(
    cli: Cli, prefect_api: str, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    line = cli.fail(arguments, capsys)
    assert line.startswith("latentfaces: ")
    assert message in line
