"""The parts of the check in their order: the steps of a study, and beside training and encoding their limits.

Nothing here or in what it imports needs a GPU or torch before a part is run.
"""

from __future__ import annotations

import importlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.gpu.job import Job
from tasks.compute.progress import Progress

Facts = dict[str, Any]

COOPERATIVE = 0.75
"""The share of its time after which a part that can end early does so."""

SECONDS = {
    "synthesize": 100.0,
    "ingest": 40.0,
    "train": 150.0,
    "encode": 40.0,
    "analyse": 120.0,
    "sample": 40.0,
    "assess": 90.0,
}
"""The most that a step of each stage may take, where the whole has eight minutes."""

IMPORTED = (
    "benchmarks.gpu.inference",
    "benchmarks.gpu.training",
    "tasks.assessment.baselines",
    "tasks.assessment.features",
    "tasks.assessment.gather",
    "tasks.assessment.judge",
    "tasks.assessment.likelihood",
    "tasks.assessment.quality",
    "tasks.encoding.encode",
    "tasks.ingestion.ingest",
    "tasks.sampling.sample",
    "tasks.statistics.analyse",
    "tasks.synthesis.synthesize",
    "tasks.training.train",
)
"""What the parts import; a package that is missing must not be found out after minutes."""
FIRST = "imports and device"


@dataclass(frozen=True)
class Part:
    """``needs``: the parts that must have succeeded; ``seconds``: the most that it may take of eight minutes.

    ``run`` is given the job and the seconds, and returns facts: ``images``, how many it went through, if any.
    """

    name: str
    needs: tuple[str, ...]
    seconds: float
    run: Callable[[Job, float], Facts]


def parts_of(job: Job) -> list[Part]:
    """All parts in order."""
    names = {(step.artifact, step.key): name for name, step in job.steps.items()}
    special: dict[str, Callable[[Job, float], Facts]] = {"synthesize": _render, "train": _train}
    parts = [Part(FIRST, (), 60.0, _begin)]
    for name, step in job.steps.items():
        needs = tuple(names[place] for place in step.inputs.values()) or (FIRST,)
        run = special.get(name) or _kernel(name)
        parts.append(Part(name, needs, SECONDS[step.stage], run))
        if name == "train":
            parts.append(Part("training limit", ("ingest", "train"), 50.0, _training_limit))
        if name == "encode":
            parts.append(Part("encoding limit", ("ingest", "train", "encode"), 60.0, _encoding_limit))
            parts.append(Part("agreement with the CPU", ("ingest", "train", "encode"), 30.0, _agreement))
    sampled = tuple(name for name, step in job.steps.items() if step.artifact == "samples")
    parts.append(Part("decoded samples", ("train", *sampled), 20.0, _decoded))
    if job.device.startswith("cuda"):
        parts.append(Part("compiled steps", ("ingest", "train"), 120.0, _compiled))
    return parts


class OutOfTimeError(Exception):
    """Raised in a kernel when it reports progress after its time is up."""


def _until(deadline: float, note: Callable[[int], None] = lambda done: None) -> Progress:
    def progress(done: int, total: int, message: str = "") -> None:
        note(done)
        if time.monotonic() > deadline and done < total:
            raise OutOfTimeError

    return progress


def _begin(job: Job, seconds: float) -> Facts:
    """Import everything, and multiply two matrices on the device, which makes its libraries load."""
    import torch

    for name in IMPORTED:
        importlib.import_module(name)
    ones = torch.ones(64, 64, device=job.device)
    if float((ones @ ones).sum()) != 64**3:
        raise ArithmeticError(f"{job.device} multiplies matrices of ones wrongly")
    return {}


def _kernel(name: str) -> Callable[[Job, float], Facts]:
    """The kernel of the step ``name``."""

    def run(job: Job, seconds: float) -> Facts:
        from benchmarks.bare_study import run as run_step

        step = job.steps[name]
        at: dict[str, Path] = {}
        several: dict[str, dict[str, Path]] = {"samples": {}, "quality": {}, "judged": {}, "likelihoods": {}}
        for other in job.steps.values():
            if other.artifact in several:
                several[other.artifact][other.about or ""] = job.place(other)
            else:
                at[other.artifact] = job.place(other)
        out = job.place(step)
        out.mkdir(parents=True, exist_ok=True)
        run_step(step, at, several, out)
        return _went_through(job, name)

    return run


def _went_through(job: Job, name: str) -> Facts:
    """How many images a finished step went through."""
    from storage.arrays import open_complete

    step = job.steps[name]
    if step.artifact in ("dataset", "latents", "statistics", "features", "baselines"):
        images = open_complete(job.place(job.steps["ingest"]) / "images.zarr")["image"]
        return {"images": images.shape[0]}
    if step.artifact == "samples":
        levels, count = open_complete(job.place(step) / "samples.zarr")["image"].shape[:2]
        return {"images": levels * count, "levels": levels}
    return {}


def _render(job: Job, seconds: float) -> Facts:
    """Render the faces; when the time is up, those that are there are the set, and ``short_of`` says what was asked."""
    from storage import files
    from tasks.synthesis import layout
    from tasks.synthesis.synthesize import RECORD, synthesize

    folder = job.place(job.steps["synthesize"])
    rendered = 0

    def note(done: int) -> None:
        nonlocal rendered
        rendered = done

    try:
        synthesize(folder, job.images, 0, progress=_until(time.monotonic() + COOPERATIVE * seconds, note))
    except OutOfTimeError:
        pass
    else:
        return {"images": job.images}
    # A face depends on its number alone, so a smaller set keeps those that are there and draws the few in between.
    files.write_json(folder / RECORD, {"count": rendered, "seed": 0})
    names = {layout.image_name(index) for index in range(rendered)}
    for path in (folder / layout.IMAGES).iterdir():
        if path.name not in names:
            path.unlink()
    synthesize(folder, rendered, 0)
    return {"images": rendered, "short_of": job.images}


def _train(job: Job, seconds: float) -> Facts:
    """Train; when the time is up, the epochs that are done make the model, and ``short_of`` says what was asked."""
    from storage.files import read_json
    from tasks.training.config import TrainConfig
    from tasks.training.train import train

    step = job.steps["train"]
    config, out = step.config, job.place(step)
    assert isinstance(config, TrainConfig)
    dataset = job.place(job.steps["ingest"])
    facts: Facts = {}
    try:
        trained = train(dataset, config, out, _until(time.monotonic() + COOPERATIVE * seconds))
    except OutOfTimeError:
        # The header is there only after an epoch; without one there is nothing to go on with.
        history = out / "history.csv"
        done = len(history.read_text(encoding="utf-8").splitlines()) - 1 if history.exists() else 0
        if not done:
            raise TimeoutError("not one epoch in the time of this part; give fewer --images") from None
        facts["short_of"] = config.epochs
        config = config.model_copy(update={"epochs": done})
        trained = train(dataset, config, out)
    host, machine = read_json(out / "host.json"), read_json(out / "machine.json")
    speed = host.get("images_per_second", 0.0)
    return facts | {
        "epochs": config.epochs,
        "images": config.epochs * trained["training_images"],
        "machine": machine,
        "measured": host.get("measured_images_per_second", {}),
        "epochs_images_per_second": speed,
        "held_out_mse": trained["held_out_mse"],
        "pca_mse": trained["pca_mse"],
        "validation_mse": _column(out / "history.csv", "validation_mse"),
    }


def _column(table: Path, name: str) -> list[float]:
    import csv

    with open(table, newline="", encoding="utf-8") as file:
        return [float(row[name]) for row in csv.DictReader(file)]


def _training_limit(job: Job, seconds: float) -> Facts:
    """Images/s of the steps of an epoch, and of the bare step on one resident batch, eager and as a CUDA graph."""
    from benchmarks.gpu.training import training_limit

    return training_limit(job, seconds)


def _encoding_limit(job: Job, seconds: float) -> Facts:
    """Images/s of the encoding from Zarr to Zarr, and of encoder and decoder on one resident batch."""
    from benchmarks.gpu.inference import encoding_limit

    again = Path(job.folder) / "encoded-again"
    try:
        return encoding_limit(job, again, seconds)
    finally:
        shutil.rmtree(again, ignore_errors=True)


def _agreement(job: Job, seconds: float) -> Facts:
    """How far z and reconstructions made here are from those of the network as trained, on the CPU."""
    from benchmarks.gpu.inference import agreement

    return agreement(job)


def _decoded(job: Job, seconds: float) -> Facts:
    """Whether samples decode to numbers, and to different faces."""
    from benchmarks.gpu.inference import decoded_samples

    return decoded_samples(job)


def _compiled(job: Job, seconds: float) -> Facts:
    """Images/s of training steps with ``train.compile`` and without."""
    from benchmarks.gpu.training import compiled_steps

    return compiled_steps(job, seconds)
