"""Comparisons of tiny studies, every stage, process and the Prefect server real."""

import csv
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.testing import CliRunner

from flows.cli.commands import app
from flows.compare import compare
from flows.comparing.config import CompareConfig
from flows.comparing.plan import overview, plan_comparison
from flows.housekeeping.gc import superseded
from flows.housekeeping.inventory import take_inventory
from storage.opening import find_store
from storage.record import RECORD
from tasks.stage.errors import InputError
from tests.contents import content_of
from tests.flows.comparing.conftest import comparison

pytestmark = pytest.mark.timeout(1200)

GRID = {"train.latent_dim": [4, 6], "train.seed": [0, 1]}


def run(api: str, store: Path, config: CompareConfig) -> dict[str, Any]:
    with temporary_settings({PREFECT_API_URL: api}):
        summary: dict[str, Any] = compare(config=config, store=str(store))
    return summary


def records(store: Path) -> set[str]:
    return {path.parent.relative_to(store).as_posix() for path in store.glob(f"*/*/{RECORD}")}


@pytest.fixture(scope="module")
def first(prefect_server: str, store: Path) -> dict[str, Any]:
    return run(prefect_server, store, comparison(GRID, parallel=2))


@pytest.mark.compare
def test_every_study_is_made_and_shared_stages_once(first: dict[str, Any], store: Path) -> None:
    names = [f"latent_dim={size} seed={seed}" for size in (4, 6) for seed in (0, 1)]
    assert list(first["studies"]) == names
    made: dict[str, set[str]] = {}
    for summary in first["studies"].values():
        for artifact in ("faces", "dataset", "features", "model", "latents", "statistics", "scores"):
            made.setdefault(artifact, set()).add(summary[artifact]["key"])
            assert not summary[artifact]["cached"]
    assert {artifact: len(keys) for artifact, keys in made.items()} == {
        "faces": 1, "dataset": 1, "features": 1, "model": 4, "latents": 4, "statistics": 4, "scores": 4,
    }  # fmt: skip
    for artifact, keys in made.items():
        assert {path.name for path in (store / artifact).iterdir()} == keys


@pytest.mark.compare
def test_the_page_and_its_tables_hold_every_study(first: dict[str, Any]) -> None:
    folder = Path(first["comparison"]["path"])
    page = (folder / "comparison.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    with open(folder / "tables" / "figures.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["study"] for row in rows} == set(first["studies"])
    error = {row["study"]: float(row["value"]) for row in rows if row["figure"] == "held_out_error"}
    for name, summary in first["studies"].items():
        pca_baseline = json.loads((Path(summary["model"]["path"]) / "yardstick.json").read_text())
        assert error[name] == pca_baseline["autoencoder"]["mse"]
    with open(folder / "tables" / "ladders.csv", newline="") as file:
        ladder = list(csv.DictReader(file))
    for name, summary in first["studies"].items():
        with open(Path(summary["scores"]["path"]) / "judged_draws.csv", newline="") as file:
            draws = list(csv.DictReader(file))
        for row in (row for row in ladder if row["study"] == name):
            of = (row["sampler"], row["label"], "broken")
            values = [float(d["value"]) for d in draws if (d["sampler"], d["label"], d["metric"]) == of]
            assert float(row["broken"]) == pytest.approx(statistics.mean(values))
    with open(folder / "tables" / "answers.csv", newline="") as file:
        answers = list(csv.DictReader(file))
    assert [row["study"] for row in answers] == list(first["studies"])
    assert {row["sampler"] for row in answers} == {""}
    assert all("training images are too few" in row["withheld"] for row in answers)
    assert "The best draw is" not in page
    sections = ("variance", "distributions", "offset", "correlations", "dimension", "normality", "answers", "ladder")
    for section in (*sections, "faces"):
        assert f'id="{section}"' in page


@pytest.mark.compare
def test_seeds_alone_say_what_the_seed_changes(prefect_server: str, store: Path, first: dict[str, Any]) -> None:
    """Two of the studies above, which differ in nothing but a seed: nothing is computed but the page."""
    seeds = comparison({"train.seed": [0, 1]}, parallel=2)
    seeds = seeds.model_copy(update={"base": {**seeds.base, "train": {**seeds.base["train"], "latent_dim": 4}}})
    summary = run(prefect_server, store, seeds)
    assert all(study["scores"]["cached"] for study in summary["studies"].values())
    folder = Path(summary["comparison"]["path"])
    page = (folder / "comparison.html").read_text()
    text = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style).*?</\1>|data:[^\"]+", "", page))
    assert not re.search(r"\bnan\b|\binf\b", text, re.IGNORECASE)
    assert "100.0 %" not in text
    assert "one configuration, 2 runs over the seed (train.seed)." in text
    assert "belongs to the run" not in text
    assert "between configurations" not in text
    assert {path.name for path in (folder / "figures").iterdir()} >= {"spreads.png", "components.png"}
    assert not (folder / "figures" / "shares.png").exists()
    with open(folder / "tables" / "variance.csv", newline="") as file:
        rows = {row["figure"]: row for row in csv.DictReader(file)}
    errors = [
        json.loads((Path(study["model"]["path"]) / "yardstick.json").read_text())["autoencoder"]["mse"]
        for study in summary["studies"].values()
    ]
    row = rows["held_out_error"]
    assert float(row["mean"]) == pytest.approx(statistics.mean(errors))
    assert float(row["standard_deviation"]) == pytest.approx(statistics.stdev(errors))
    assert float(row["relative_spread"]) == pytest.approx(statistics.stdev(errors) / statistics.mean(errors))
    assert (float(row["minimum"]), float(row["maximum"]), row["runs"]) == (min(errors), max(errors), "2")
    assert set(row) == {
        "figure", "mean", "standard_deviation", "relative_spread", "minimum", "maximum", "runs", "belongs",
    }  # fmt: skip


@pytest.mark.compare
def test_adding_one_configuration_computes_only_that_one(
    prefect_server: str, store: Path, first: dict[str, Any]
) -> None:
    before = records(store)
    bigger = comparison(GRID, also=({"train.latent_dim": 5},), parallel=2)
    views = [view for view in overview(plan_comparison(bigger), find_store(str(store))) if not view.outlook.cached]
    assert {view.studies for view in views} == {"latent_dim=5", "all studies"}
    assert [view.outlook.step.name for view in views if view.studies == "all studies"] == ["compare"]
    summary = run(prefect_server, store, bigger)
    added = {place.partition("/")[0] for place in records(store) - before}
    assert added == {
        "model",
        "latents",
        "statistics",
        "samples",
        "baselines",
        "quality",
        "judged",
        "likelihoods",
        "scores",
        "conditioned",
        "comparison",
    }
    assert sum(place.startswith("model/") for place in records(store) - before) == 1
    assert not summary["studies"]["latent_dim=5"]["model"]["cached"]
    assert all(summary["studies"][name]["scores"]["cached"] for name in first["studies"])
    # And again: all of it comes from the cache.
    assert run(prefect_server, store, bigger)["comparison"]["cached"]


@pytest.mark.compare
def test_gc_keeps_what_a_comparison_refers_to(first: dict[str, Any], store: Path) -> None:
    inventory = take_inventory(find_store(str(store)))
    newest = max((e for e in inventory.entries if e.artifact == "comparison"), key=lambda e: e.used)
    gone = {verdict.entry.id for verdict in superseded(inventory)}
    assert newest.id not in gone
    assert not gone & set(newest.inputs.values())
    for summary in first["studies"].values():
        assert ("model", summary["model"]["key"]) not in gone


@pytest.mark.compare
def test_a_study_that_fails_is_named_and_leaves_the_others_complete(
    prefect_server: str, store: Path, first: dict[str, Any]
) -> None:
    """Batches of two images cannot be shared among two processes, which the training finds out."""
    wrong = {"train.latent_dim": 7, "train.batch_size": 2, "train.processes": 2}
    config = comparison({}, also=(wrong, {"train.latent_dim": 3}), parallel=1)
    before = records(store)
    with pytest.raises(InputError, match=r"1 of 2 studies failed .*latent_dim=7 .*batches of 2 images"):
        run(prefect_server, store, config)
    added = [place for place in records(store) - before if place.startswith("scores/")]
    assert len(added) == 1
    assert not any(place.startswith("comparison/") for place in records(store) - before)


MARK = "LATENTFACES_TESTED_STORE"
"""A variable by which a command's processes are known."""


class Command:
    """The command, in a process group of its own."""

    def __init__(self, api: str, file: Path, store: Path) -> None:
        main = "from flows.cli import main; main()"
        self.store = store
        self._command = [sys.executable, "-c", main, "compare", "--config", str(file), "--store", str(store), "--json"]
        self._environment = {**os.environ, "PREFECT_API_URL": api, MARK: str(store)}

    def complete(self) -> dict[str, Any]:
        done = subprocess.run(self._command, env=self._environment, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        summary: dict[str, Any] = json.loads(done.stdout)
        return summary

    def kill_when(self, pattern: str) -> None:
        """Start, and SIGKILL the command alone, as soon as a file like ``pattern`` is in the store."""
        log = self.store.parent / "killed.log"
        with open(log, "wb") as file:
            process = subprocess.Popen(
                self._command, env=self._environment, stderr=file, stdout=file, start_new_session=True
            )
            deadline = time.monotonic() + 600
            while not any(self.store.glob(pattern)):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.002)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


def workers(store: Path) -> list[int]:
    """The processes that work for a command on ``store``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"flows.comparing.worker" in command and f"{MARK}={store}\0".encode() in environment:
            found.append(int(folder.name))
    return found


@pytest.mark.resume
def test_killed_in_the_middle_and_again_it_ends_with_the_same_bytes(prefect_server: str, tmp_path: Path) -> None:
    config = comparison({"train.latent_dim": [4, 6]}, parallel=1)
    file = tmp_path / "compare.yaml"
    file.write_text(yaml.safe_dump(json.loads(config.model_dump_json())))
    undisturbed = Command(prefect_server, file, tmp_path / "undisturbed")
    undisturbed.complete()
    killed = Command(prefect_server, file, tmp_path / "killed")
    for moment in ("model/*/checkpoint.safetensors", "statistics/*/journal.txt", f"scores/*/{RECORD}"):
        killed.kill_when(moment)
        deadline = time.monotonic() + 30
        while workers(killed.store) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not workers(killed.store), "a worker outlived the process that started it"
    summary = killed.complete()
    assert any(study["scores"]["cached"] for study in summary["studies"].values())
    expected, made = content_of(undisturbed.store), content_of(killed.store)
    assert set(made) == set(expected)
    assert [name for name in expected if made[name] != expected[name]] == []


def test_wrong_settings_end_with_one_line(tmp_path: Path) -> None:
    file = tmp_path / "compare.yaml"
    file.write_text("grid: {train.latent: [1, 2]}")
    done = CliRunner().invoke(app, ["compare", "--config", str(file), "--store", str(tmp_path / "store")])
    assert done.exit_code == 1
    assert "no such setting" in done.output
    assert not (tmp_path / "store").exists()


def test_help_shows_a_file_to_start_from() -> None:
    done = CliRunner().invoke(app, ["compare", "--help"])
    assert done.exit_code == 0
    assert "train.latent_dim" in done.output


def test_errors_name_the_study() -> None:
    with pytest.raises(InputError, match="the study latent_dim=0"):
        plan_comparison(comparison({"train.latent_dim": [0, 1]}))
