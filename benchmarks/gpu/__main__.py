"""A study's kernels on one GPU, checked and timed: ``python -m benchmarks.gpu`` (``make check-gpu``), in eight minutes.

Rendered faces go through ingest, train, encode, statistics, three samplers and their scores; training and encoding are
measured beside a bare step and a bare forward pass on one resident batch. What is found is printed and written to
``--out`` as ``gpu.md`` and ``gpu.json``. Without a GPU, ``--device cpu --images 600 --epochs 2 --batch-size 16`` tries
the same on the processor.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.gpu.checks import Check, checks
from benchmarks.gpu.job import Job
from benchmarks.gpu.page import markdown, versions
from benchmarks.gpu.parts import parts_of
from benchmarks.gpu.supervise import MINUTES, Result, supervise
from tasks.stage.errors import InputError


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1 or cpu (default cuda)")
    parser.add_argument("--images", type=int, default=60_000, help="faces to render (default 60000)")
    parser.add_argument("--epochs", type=int, default=24, help="of the training (default 24)")
    parser.add_argument("--batch-size", type=int, default=256, help="of the training (default 256)")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"for everything (default {MINUTES:g})")
    parser.add_argument("--out", type=Path, default=Path("gpu-check"), help="folder of the results (default gpu-check)")
    parser.add_argument("--work", type=Path, help="where some 2 GB are written meanwhile (default a temporary folder)")
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.FIELD=VALUE", help="setting of the study")
    return parser.parse_args()


def check_device(device: str) -> None:
    """Raise ``InputError`` if torch has no such device."""
    import torch

    from tasks.compute.devices import choose_device

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(
            f"torch {torch.__version__} finds no CUDA device; on the processor, "
            "--device cpu --images 600 --epochs 2 --batch-size 16 tries the same"
        )
    choose_device(device)


def tell(name: str, result: Result) -> None:
    words = f"left out: {result.left_out}" if result.left_out else f"{result.seconds:.1f} s {result.error}"
    print(f"{name}: {words}", file=sys.stderr, flush=True)


def found(
    job: Job, results: Mapping[str, Result], checked: Sequence[Check], facts: Mapping[str, str]
) -> dict[str, Any]:
    """Everything that was found, as JSON."""
    return {
        "job": asdict(job) | {"folder": None},
        "versions": facts,
        "parts": {name: asdict(result) for name, result in results.items()},
        "checks": [{"check": words, "holds": holds} for words, holds in checked],
    }


def write(out: Path, page: str, values: Mapping[str, Any]) -> None:
    (out / "gpu.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    (out / "gpu.md").write_text(page, encoding="utf-8")


def run(asked: argparse.Namespace) -> str:
    """Do all parts, write the results and print them; what is wrong, in a line, empty if nothing is."""
    began = time.monotonic()
    check_device(asked.device)
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.work is not None:
        asked.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.work, ignore_cleanup_errors=True) as folder:
        job = Job(folder, asked.device, asked.images, asked.epochs, asked.batch_size, tuple(asked.set))
        parts = parts_of(job)
        minutes = asked.minutes - (time.monotonic() - began) / 60
        results = supervise(job, parts, minutes, asked.out / "log.txt", tell)
        checked = checks(job, results)
        facts = versions(asked.device)
        page = markdown(job, results, checked, facts, time.monotonic() - began)
        write(asked.out, page, found(job, results, checked, facts))
        print(page, flush=True)
    wrong = [f"{name} ({result.error})" for name, result in results.items() if result.error]
    wrong += [words for words, holds in checked if not holds]
    return "; ".join(wrong)


def main() -> int:
    asked = options()
    try:
        wrong = run(asked)
    except InputError as error:
        wrong = str(error)
    if wrong:
        print(f"check-gpu: {wrong}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
