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

EPOCHS = "epochs with validation and checkpoints"
LIMITS = {"training limit": "bare step", "encoding limit": "forward", "compiled steps": "steps"}
"""What the speeds of a part are compared with; a CUDA graph of the same if there is one."""


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
    lines += [
        "| part | seconds | images | images/s | of the limit | GPU memory at most, MiB |",
        "|---|---|---|---|---|---|",
        *(_row(name, result, _share(name, results)) for name, result in results.items() if not result.left_out),
    ]
    lines += ["", "| what | images/s | of the limit |", "|---|---|---|", *_limits(results), ""]
    lines += [f"- {'holds' if holds else '**does not hold**'}: {words}" for words, holds in checked]
    lines += [f"- **failed**: {name}: {result.error}" for name, result in results.items() if result.error]
    lines += [f"- left out: {name}: {result.left_out}" for name, result in results.items() if result.left_out]
    lines += [
        f"- left out: {name}: {result.facts['impossible']}"
        for name, result in results.items()
        if "impossible" in result.facts
    ]
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


def _row(name: str, result: Result, share: float | None) -> str:
    images = result.facts.get("images")
    counted = f"{images:,} | {images / result.seconds:,.0f}" if images and not result.error else "– | –"
    of_limit = "–" if share is None else f"{share:.2f}"
    memory = "–" if result.gpu_mib is None else f"{result.gpu_mib:,.0f}"
    failed = " (failed)" if result.error else ""
    return f"| {name}{failed} | {result.seconds:.1f} | {counted} | {of_limit} | {memory} |"


def speeds_of(results: Mapping[str, Result], part: str) -> dict[str, float]:
    """The images/s that ``part`` measured; of the training the whole of it too."""
    speeds: dict[str, float] = dict(results[part].facts.get("images_per_second", {})) if part in results else {}
    if speeds and part == "training limit":
        return {EPOCHS: results["train"].facts["epochs_images_per_second"], **speeds}
    return speeds


def limit_of(part: str, speeds: Mapping[str, float]) -> float:
    """The limit among ``speeds``: the CUDA graph of the same kernels, or the same work without one."""
    plain = LIMITS[part]
    return speeds.get(f"{plain}, CUDA graph", speeds[plain])


def _share(name: str, results: Mapping[str, Result]) -> float | None:
    """What a step reaches of its limit, if that was measured."""
    part, what = {"train": ("training limit", EPOCHS), "encode": ("encoding limit", "encode")}.get(name, ("", ""))
    speeds = speeds_of(results, part)
    return speeds[what] / limit_of(part, speeds) if speeds else None


def _limits(results: Mapping[str, Result]) -> list[str]:
    return [
        f"| {part.split()[0]}: {name} | {speed:,.0f} | {speed / limit_of(part, speeds):.2f} |"
        for part in LIMITS
        for speeds in [speeds_of(results, part)]
        for name, speed in speeds.items()
    ]
