"""A study whose results are all there, run again."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contest import Contest, Goal, Row
from benchmarks.processes import command, latentfaces
from flows.config import study_config
from flows.study_plan import plan_study

SETTINGS = [
    "synthesize.count=120",
    "ingest.image_size=32",
    "train.latent_dim=8",
    "train.channels=[8,16]",
    "train.epochs=2",
    "analyse.simulations=19",
    "sample.count=12",
    "assess.count=12",
    "assess.repeats=2",
    "assess.network.epochs=1",
]
OPTIONS = [word for setting in SETTINGS for word in ("--set", setting)]


def steps() -> int:
    """How many tasks the study has."""
    return len(plan_study(study_config("demo", None, SETTINGS), None).steps)


def prepare(folder: Path) -> Contest:
    store, home, tasks = folder / "cached-store", folder / "prefect", str(steps())

    def ours() -> None:
        latentfaces(home, "run", "--preset", "demo", "--store", str(store), *OPTIONS)

    ours()
    return Contest({"ours": ours, "empty flow": lambda: command(home, "benchmarks.empty_flow", tasks)})


ROW = Row(
    "fully cached re-run",
    f"{steps()} steps, every sampler; from the command to its end",
    prepare,
    (Goal("empty flow", 4),),
    turns=3,
    commands=True,
    remark="empty flow: as many tasks that do nothing, on Prefect's ephemeral server; ours starts none",
)
