"""What must hold of the results."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.gpu.job import Job
from benchmarks.gpu.supervise import Result

Z_TOLERANCE = 1e-3
"""The most that a component of z may differ from the CPU's, in standard deviations: float32 sums in another order."""
PIXEL_TOLERANCE = 1 / 255
ERROR_TOLERANCE = 1e-2
"""Of a reconstruction error, relative: its images may be computed in bfloat16."""

Check = tuple[str, bool]
"""What was found, in words, and whether it is as it must be."""


def checks(job: Job, results: Mapping[str, Result]) -> list[Check]:
    """All checks whose parts succeeded."""
    found: list[Check] = []
    if (train := results["train"]).succeeded:
        errors = train.facts["validation_mse"]
        if len(errors) > 1:
            words = f"held-out error falls: {errors[0]:.5f} after the first epoch, {errors[-1]:.5f} after the last"
            found.append((words, errors[-1] < errors[0]))
    for part in ("training limit", "encoding limit"):
        if reason := results[part].facts.get("uncaptured"):
            found.append((f"{part} as a CUDA graph: {' '.join(reason.split())[:200]}", False))
    if (agreed := results["agreement with the CPU"]).succeeded:
        far = agreed.facts
        limits = {"z": Z_TOLERANCE, "pixel": PIXEL_TOLERANCE, "error": ERROR_TOLERANCE}
        words = (
            f"z as on the CPU: at most {far['z']:.1e} standard deviations apart (tolerance {Z_TOLERANCE:.0e}), pixels "
            f"{far['pixel']:.1e} of 1 ({PIXEL_TOLERANCE:.1e}), errors {far['error']:.1e} of themselves "
            f"({ERROR_TOLERANCE:.0e})"
        )
        found.append((words, all(far[name] <= limit for name, limit in limits.items())))
    if (decoded := results["decoded samples"]).succeeded:
        found.append(("decoded samples are finite", decoded.facts["finite"]))
        found.append(("decoded samples differ from each other", decoded.facts["varied"]))
    found += _of_scores(job, results)
    return found


def _of_scores(job: Job, results: Mapping[str, Result]) -> Iterator[Check]:
    scored = {
        step.about or "": job.place(step) / "scores.csv"
        for name, step in job.steps.items()
        if step.artifact in ("baselines", "quality") and results[name].succeeded
    }
    if "reconstructions" not in scored:
        return
    fixed = distances(scored.pop("reconstructions"))
    reconstruction = fixed["reconstruction"]
    for sampler, table in scored.items():
        values = distances(table)[sampler]
        yield f"scores of {sampler} are finite", all(map(math.isfinite, values))
        if sampler == "uniform_component":
            words = f"reconstructions lie nearer than {sampler}: FD {reconstruction[0]:.3g}, {min(values):.3g}"
            yield words, reconstruction[0] < min(values)


def distances(table: Path) -> dict[str, list[float]]:
    """``fd_decoded`` against the training reconstructions, of each row's levels, by sampler."""
    found: dict[str, list[float]] = {}
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["metric"] == "fd_decoded" and row["reference"] == "train":
                found.setdefault(row["sampler"], []).append(float(row["value"]))
    return found
