"""Whatever of the project runs while a kernel runs is counted in its step's key: seen by running every kernel."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import tasks.stage.task
from flows.config import study_config
from flows.run import TASKS
from flows.study_plan import plan_study
from storage.keys import PACKAGES, PROJECT
from storage.opening import open_store
from tasks.compute.progress import no_progress
from tasks.stage.step import Step

UNCOUNTED = ("storage.keys", "tests", "flows.console")
"""What makes keys, and what shows log lines where another test has set that up, computes no result."""

Place = tuple[str, str]


KERNELS = {
    "tasks.synthesis.synthesize": "synthesize",
    "tasks.ingestion.ingest": "ingest",
    "tasks.training.train": "train",
    "tasks.encoding.encode": "encode",
    "tasks.statistics.analyse": "analyse",
    "tasks.sampling.sample": "sample",
    "tasks.assessment.features": "train_features",
    "tasks.assessment.baselines": "assess_baselines",
    "tasks.assessment.quality": "assess_sampler",
    "tasks.assessment.judge": "judge_sampler",
    "tasks.assessment.likelihood": "measure_likelihood",
    "tasks.assessment.gather": "gather_scores",
    "tasks.assessment.conditioned": "assess_conditioned",
    "tasks.sampling.guided": "fit_guided",
}
"""The functions that do the work of steps, by the first roots of these."""


def kernel_of(step: Step) -> Place:
    """The module and name of the function that does the work of ``step``."""
    module = step.identity["code"]["roots"][0]
    return module, "judge_autoencoder" if step.about == "autoencoder" else KERNELS[module]


@cache
def module_of(file: str) -> str | None:
    """The name of the project's module in ``file``."""
    path = Path(file)
    if path.suffix != ".py" or not any(path.is_relative_to(PROJECT / package) for package in PACKAGES):
        return None
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@contextmanager
def watched(kernel: Place) -> Iterator[set[CodeType]]:
    """What runs while ``kernel`` runs, in whatever thread; modules that are imported meanwhile aside."""
    ran: set[CodeType] = set()
    modules: dict[CodeType, str | None] = {}
    inside: list[FrameType] = []
    importing = threading.local()

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event not in ("call", "return"):
            return
        code = frame.f_code
        if code not in modules:
            modules[code] = module_of(code.co_filename)
        if modules[code] is None:
            return
        depth = getattr(importing, "depth", 0)
        if code.co_name == "<module>":
            importing.depth = depth + (1 if event == "call" else -1)
        elif event == "return":
            if inside and frame is inside[0]:
                inside.clear()
        elif not inside:
            if (modules[code], code.co_name) == kernel:
                inside.append(frame)
        elif not depth:
            ran.add(code)

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield ran
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def uncounted(ran: set[CodeType], counted: set[str]) -> set[str]:
    """Functions among ``ran`` that are in no module that counts."""
    places = {(module_of(code.co_filename), code.co_qualname) for code in ran}
    return {
        f"{module}:{name}"
        for module, name in places
        if module and module not in counted and not module.startswith(UNCOUNTED)
    }


def test_whatever_runs_is_counted(tmp_path: Path, tiny_settings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.stage.task, "update_dashboard", lambda *arguments: None)
    monkeypatch.setattr(tasks.stage.task, "_DashboardProgress", lambda context: no_progress)
    settings = ["synthesize.workers=1", "analyse.workers=1", "dask.scheduler=threads", "train.device=cpu"]
    samplers = "sample.samplers=[gaussian_mixture,neighbour_corrected]"
    config = study_config("demo", None, [*tiny_settings, *settings, samplers])
    open_store(tmp_path)
    counted: dict[Place, set[str]] = {}
    for step in plan_study(config, None).upto("assess").steps:  # under a profiler the report takes half a minute
        with watched(kernel_of(step)) as ran:
            TASKS[step.artifact].fn(step, str(tmp_path))
        assert ran
        # What the artifacts that it reads count is in its key by theirs.
        read = (counted[place] for place in step.inputs.values())
        counted[step.artifact, step.key] = set(step.identity["code"]["modules"]).union(*read)
        assert not uncounted(ran, counted[step.artifact, step.key]), step.name
