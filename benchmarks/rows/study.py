"""A whole study from nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.contest import Contest, Goal, Row
from benchmarks.processes import command, latentfaces

SETTINGS = ["synthesize.count=2000", "train.epochs=8", "sample.count=240", "assess.count=240"]
OPTIONS = [word for setting in SETTINGS for word in ("--set", setting)]


def prepare(folder: Path) -> Contest:
    store, bare, home = folder / "study-ours", folder / "study-bare", folder / "prefect"

    def ours() -> None:
        shutil.rmtree(store, ignore_errors=True)
        latentfaces(home, "run", "--preset", "demo", "--store", str(store), *OPTIONS)

    def kernels_and_server_start() -> None:
        shutil.rmtree(bare, ignore_errors=True)
        command(home, "benchmarks.bare_study", str(bare), *SETTINGS)
        command(home, "benchmarks.empty_flow", "0")

    return Contest({"ours": ours, "kernels in order + server start": kernels_and_server_start})


ROW = Row(
    "whole study, cold",
    f"the demo, smaller ({', '.join(SETTINGS)})",
    prepare,
    (Goal("kernels in order + server start", 1 / 1.05),),
    turns=0,
    commands=True,
    remark="the kernels without Prefect, keys, locks and records, and then an empty flow",
)
