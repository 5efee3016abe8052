"""The check of a GPU, tried on the CPU."""

import contextlib
import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.gpu import __main__ as program
from benchmarks.gpu.checks import checks
from benchmarks.gpu.job import Job
from benchmarks.gpu.limits import bare_step, captured
from benchmarks.gpu.page import markdown
from benchmarks.gpu.parts import FIRST, parts_of
from benchmarks.gpu.supervise import Result, supervise
from storage.arrays import create_array, finish, open_for_writing, write_array
from storage.keys import PROJECT
from tasks.training.config import TrainConfig
from tasks.training.machine import Machine
from tasks.training.train import train

SMALL = (
    "train.channels=[4,8]",
    "train.latent_dim=4",
    "ingest.image_size=32",
    "sample.count=30",
    "assess.network.epochs=1",
)
IMAGES = 120


@pytest.fixture
def job(tmp_path):
    return Job(str(tmp_path / "work"), "cpu", IMAGES, 5, 16, SMALL)


@pytest.fixture
def in_time(job):
    """Results of all parts, as if each had taken two seconds."""
    results = {part.name: Result(2.0) for part in parts_of(job)}
    machine = {"precision": "bf16", "memory_format": "channels_last", "compile": False}
    results["train"] = Result(
        2.0,
        {
            "images": 600,
            "machine": machine,
            "measured": {},
            "held_out_mse": 0.01,
            "pca_mse": 0.02,
            "validation_mse": [0.03, 0.02],
            "epochs_images_per_second": 100.0,
        },
        gpu_mib=2048.0,
    )
    speeds = {"steps": 150.0, "bare step": 180.0, "bare step, CUDA graph": 400.0}
    results["training limit"] = Result(2.0, {"images_per_second": speeds})
    results["agreement with the CPU"] = Result(2.0, {"z": 1e-6, "pixel": 1e-6, "error": 1e-6})
    results["decoded samples"] = Result(2.0, {"finite": True, "varied": True})
    return results


def test_a_part_needs_those_before_it(job):
    parts = parts_of(job)
    before = set()
    for part in parts:
        assert before.issuperset(part.needs), part.name
        before.add(part.name)
    assert [part.name for part in parts[:4]] == [FIRST, "synthesize", "ingest", "train"]
    assert {"training limit", "encode", "encoding limit", "analyse", "assess scores"} <= before


def test_a_part_that_takes_too_long_is_ended_and_what_needs_it_left_out(job, tmp_path):
    first, faces = parts_of(job)[:2]
    results = supervise(job, [replace(first, seconds=0.05), faces], 8, tmp_path / "log.txt", lambda *told: None)
    assert "its time was up" in results[FIRST].error
    assert results["synthesize"].left_out == f"needs {FIRST}"


def test_a_part_that_the_whole_has_no_time_for_is_no_failure(job, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.gpu.supervise.WRAP_UP", 0.0)
    results = supervise(job, parts_of(job)[:2], 0.001, tmp_path / "log.txt", lambda *told: None)
    # The first part's own share of so little time is less than the whole.
    assert results[FIRST].error
    part = replace(parts_of(job)[0], seconds=1e6)
    assert "whole" in supervise(job, [part], 0.001, tmp_path / "log.txt", lambda *told: None)[FIRST].left_out


def test_nothing_is_begun_when_the_time_is_up(job, tmp_path):
    results = supervise(job, parts_of(job), 0.0, tmp_path / "log.txt", lambda *told: None)
    assert {result.left_out for result in results.values()} == {"no time left"}


def test_rendering_that_is_cut_short_leaves_a_smaller_set(job):
    part = next(part for part in parts_of(job) if part.name == "synthesize")
    facts = part.run(job, 0.0)
    folder = job.place(job.steps["synthesize"])
    pictures = sorted(path.name for path in (folder / "img_align_celeba").iterdir())
    assert 0 < facts["images"] < facts["short_of"] == IMAGES
    assert pictures == [f"{number + 1:06d}.jpg" for number in range(facts["images"])]
    assert len((folder / "list_eval_partition.txt").read_text().splitlines()) == facts["images"]


@pytest.fixture
def dataset(job):
    """Images of one colour each, where the job's own data set would be."""
    out = job.place(job.steps["ingest"])
    colours = np.random.default_rng(0).integers(0, 255, (40, 1, 1, 3), np.uint8)
    group = open_for_writing(out / "images.zarr")
    images = create_array(group, "image", (40, 32, 32, 3), np.uint8, ("image", "y", "x", "channel"))
    images[...] = np.broadcast_to(colours, (40, 32, 32, 3))
    write_array(group, "partition", (np.arange(40) % 4 == 3).astype(np.int8), ("image",))
    finish(out / "images.zarr")
    return out


def test_training_that_is_cut_short_keeps_its_whole_epochs(job, dataset):
    part = next(part for part in parts_of(job) if part.name == "train")
    with pytest.raises(TimeoutError, match="not one epoch"):
        part.run(job, 0.0)
    step = job.steps["train"]

    def two_epochs(done, total, note=""):
        if done > 2 * total // 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(dataset, step.config, job.place(step), two_epochs)
    facts = part.run(job, 0.0)
    assert (facts["epochs"], facts["short_of"], facts["images"]) == (2, 5, 60)
    assert len(facts["validation_mse"]) == 2
    assert (job.place(step) / "best.safetensors").exists()


def test_the_page_compares_with_the_graph_where_there_is_one(job, in_time):
    page = markdown(job, in_time, [("all is well", True)], {"torch": "3.0"}, 20.0)
    assert "| train | 2.0 | 600 | 300 | 0.25 | 2,048 |" in page
    assert "| training: bare step | 180 | 0.45 |" in page
    assert "bf16, channels_last, not compiled" in page
    assert "- holds: all is well" in page
    del in_time["training limit"].facts["images_per_second"]["bare step, CUDA graph"]
    assert "| training: steps | 150 | 0.83 |" in markdown(job, in_time, [], {}, 20.0)


def test_the_page_says_what_is_missing(job, in_time):
    in_time |= {"analyse": Result(3.0, error="OSError: full"), "assess scores": Result(left_out="needs analyse")}
    in_time["train"].facts.update(short_of=5, epochs=3)
    page = markdown(job, in_time, [("faces are round", False)], {}, 20.0)
    assert "- **failed**: analyse: OSError: full" in page
    assert "- left out: assess scores: needs analyse" in page
    assert "- cut short: train: 3 of 5" in page
    assert "- **does not hold**: faces are round" in page


def write_scores(job, artifact, about, values):
    folder = next(job.place(step) for step in job.steps.values() if (step.artifact, step.about) == (artifact, about))
    folder.mkdir(parents=True)
    rows = [f"{name},{label},fd_decoded,train,{value}" for name, label, value in values]
    (folder / "scores.csv").write_text("\n".join(["sampler,label,metric,reference,value", *rows]))


@pytest.mark.parametrize(("reconstruction", "holds"), [(1.0, True), (2.5, False)])
def test_reconstructions_must_lie_nearer_than_the_reference_draw(job, in_time, reconstruction, holds):
    write_scores(job, "baselines", "reconstructions", [("reconstruction", "", reconstruction)])
    levels = [("uniform_component", "fact=1", 2.0), ("uniform_component", "fact=2", 3.0)]
    write_scores(job, "quality", "uniform_component", levels)
    write_scores(job, "quality", "multivariate_normal", [("multivariate_normal", "scale=1", math.nan)])
    in_time["assess manifold_parzen"] = Result(left_out="no time left")
    found = dict(checks(job, in_time))
    assert next(value for words, value in found.items() if "nearer" in words) is holds
    assert found["scores of uniform_component are finite"]
    assert not found["scores of multivariate_normal are finite"]


@pytest.mark.parametrize(
    ("part", "facts"),
    [
        ("train", {"validation_mse": [0.02, 0.03]}),
        ("agreement with the CPU", {"z": 0.01}),
        ("agreement with the CPU", {"pixel": math.nan}),
        ("decoded samples", {"finite": False}),
        ("decoded samples", {"varied": False}),
        ("training limit", {"uncaptured": "operation not permitted"}),
    ],
)
def test_what_is_wrong_is_found(job, in_time, part, facts):
    in_time |= {name: Result(left_out="not here") for name in in_time if name.startswith("assess")}
    assert all(holds for _, holds in checks(job, in_time))
    in_time[part].facts.update(facts)
    assert sum(not holds for _, holds in checks(job, in_time)) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_without_a_gpu_one_line_says_what_to_do(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", ["gpu", "--out", str(tmp_path)])
    assert program.main() == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "no CUDA device" in said[0]
    assert "--device cpu" in said[0]


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_the_bare_step_learns_its_batch(optimizer):
    config = TrainConfig(channels=(4, 8), latent_dim=4, optimizer=optimizer)
    pixels = torch.full((8, 3, 32, 32), 40, dtype=torch.uint8)
    step = bare_step(config, Machine("cpu", "fp32", "contiguous", 1, {}), pixels)
    losses = [float(step()) for _ in range(10)]
    assert losses[-1] < 0.9 * losses[0]


def test_the_bare_step_can_be_captured(monkeypatch):
    # What reads a value back cannot be captured, and fails on this device, which has none.
    monkeypatch.setattr(torch, "autocast", lambda *arguments, **options: contextlib.nullcontext())
    config = TrainConfig(channels=(4, 8), latent_dim=4)
    pixels = torch.zeros(8, 3, 32, 32, dtype=torch.uint8, device="meta")
    step = bare_step(config, Machine("meta", "fp32", "channels_last", 1, {}), pixels)
    assert all(step().device.type == "meta" for _ in range(3))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_the_captured_step_learns_its_batch(optimizer):
    config = TrainConfig(channels=(4, 8), latent_dim=4, optimizer=optimizer)
    pixels = torch.full((8, 3, 32, 32), 40, dtype=torch.uint8, device="cuda")
    step = captured(bare_step(config, Machine("cuda", "bf16", "channels_last", 1, {}), pixels))
    losses = [float(step()) for _ in range(10)]
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.gpu
def test_the_whole_check_on_the_cpu(tmp_path):
    settings = [argument for setting in SMALL for argument in ("--set", setting)]
    command = ["--device", "cpu", "--images", str(IMAGES), "--epochs", "2", "--batch-size", "16", *settings]
    places = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", *command, *places], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "gpu.json").read_text())
    assert not [name for name, part in found["parts"].items() if part["error"] or part["left_out"]]
    assert all(check["holds"] for check in found["checks"])
    assert len(found["checks"]) == 8
    assert (tmp_path / "out" / "gpu.md").read_text() in done.stdout
    assert not list((tmp_path / "work").iterdir())
