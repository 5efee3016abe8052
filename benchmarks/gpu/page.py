"""The results as a page of Markdown."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.gpu.checks import Check
from benchmarks.gpu.job import Job
from benchmarks.gpu.supervise import Result

PACKAGES = ("numpy", "zarr", "scipy", "scikit-learn", "faiss-cpu", "numba", "simplejpeg", "pillow")


def versions(device: str) -> dict[str, str]:
    """The machine and its software."""
    import torch

    facts = {"python": platform.python_version(), "torch": torch.__version__, "cores": str(os.cpu_count())}
    for package in PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    if device.startswith("cuda"):
        properties = torch.cuda.get_device_properties(device)
        facts |= {
            "GPU": properties.name,
            "GPU memory": f"{properties.total_memory / 2**30:.0f} GiB",
            "CUDA": str(torch.version.cuda),
            "cuDNN": str(torch.backends.cudnn.version()),
        }
    return facts


def markdown(
    job: Job, results: Mapping[str, Result], checked: Sequence[Check], facts: Mapping[str, str], seconds: float
) -> str:
    """Machine, choice, the table of parts, the table of limits, checks, and what was left out."""
    lines = [
        f"{job.images:,} rendered faces, {job.epochs} epochs, batches of {job.batch_size}, on {job.device}: "
        f"{seconds:.0f} s.",
        "",
        ", ".join(f"{name} {value}" for name, value in facts.items()) + ".",
        "",
    ]
    if (train := results["train"]).succeeded:
        lines += [_choice(train.facts), ""]
    lines += ["| part | seconds | images | images/s | GPU memory at most, MiB |", "|---|---|---|---|---|"]
    for name, result in results.items():
        if not result.left_out:
            lines.append(_row(name, result))
    lines += ["", "| images/s | measured | share of the limit |", "|---|---|---|", *_limits(results), ""]
    lines += [f"- {'holds' if holds else '**does not hold**'}: {words}" for words, holds in checked]
    lines += [f"- **failed**: {name}: {result.error}" for name, result in results.items() if result.error]
    lines += [f"- left out: {name}: {result.left_out}" for name, result in results.items() if result.left_out]
    for name, result in results.items():
        if short := result.facts.get("short_of"):
            done = result.facts.get("epochs", result.facts["images"])
            lines.append(f"- cut short: {name}: {done:,} of {short:,}, as its time was up")
    return "\n".join(lines) + "\n"


def _choice(facts: Mapping[str, Any]) -> str:
    machine, measured = facts["machine"], facts["measured"]
    compiled = "compiled" if machine["compile"] else "not compiled"
    speeds = "; ".join(f"{way} {speed:,.0f}" for way, speed in measured.items())
    words = f"Training chose {machine['precision']}, {machine['memory_format']}, {compiled}"
    pca = f"Held-out error {facts['held_out_mse']:.5f}, of a PCA with as many components {facts['pca_mse']:.5f}."
    return f"{words}{f' (images/s: {speeds})' if speeds else ''}. {pca}"


def _row(name: str, result: Result) -> str:
    images = result.facts.get("images")
    counted = f"{images:,} | {images / result.seconds:,.0f}" if images and not result.error else "– | –"
    memory = "–" if result.gpu_mib is None else f"{result.gpu_mib:,.0f}"
    return f"| {name}{' (failed)' if result.error else ''} | {result.seconds:.1f} | {counted} | {memory} |"


def _limits(results: Mapping[str, Result]) -> list[str]:
    lines = []
    for part, limits in (("training limit", "bare step"), ("encoding limit", "forward"), ("compiled steps", "steps")):
        speeds = results[part].facts.get("images_per_second", {}) if part in results else {}
        if part == "training limit" and speeds:
            whole = results["train"].facts["epochs_images_per_second"]
            speeds = {"epochs with validation and checkpoints": whole, **speeds}
        # The graph of the same kernels is the limit where there is one.
        limit = next((name for name in (f"{limits}, CUDA graph", limits) if name in speeds), None)
        for name, speed in speeds.items():
            assert limit is not None
            lines.append(f"| {part.split()[0]}: {name} | {speed:,.0f} | {speed / speeds[limit]:.2f} |")
    return lines
