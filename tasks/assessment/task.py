"""Assessment as Prefect tasks: the features, the fixed rows, one task per sampler, and the table of all."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from prefect.artifacts import create_table_artifact

from tasks.assessment.config import AssessConfig
from tasks.compute.progress import Progress
from tasks.stage.step import Workplace
from tasks.stage.task import TRAINING, Facts, stage_task

if TYPE_CHECKING:
    from tasks.assessment.rows import Sources


def _show_scores(workplace: Workplace, facts: Facts) -> None:
    with open(workplace.out / "scores.csv", newline="", encoding="utf-8") as file:
        rows = [{name: _rounded(text) for name, text in row.items()} for row in csv.DictReader(file)]
    about = str(workplace.step.about)
    key, description = ("scores", "All scores") if about == "scores" else (f"scores-{about}", f"Scores: {about}")
    create_table_artifact(rows, key=key.replace("_", "-"), description=description)


def _rounded(text: str) -> str:
    """A number with its first four digits, other text as it is: the dashboard's columns are narrow."""
    try:
        return text if text.lstrip("-").isdigit() else f"{float(text):.4g}"
    except ValueError:
        return text


@stage_task(
    "features",
    "Train the network in whose features faces are compared, and apply it to the real ones.",
    tags=[TRAINING],
)
def features_task(workplace: Workplace, progress: Progress) -> Facts:
    """Train or seed the feature network."""
    from tasks.assessment.features import train_features

    return train_features(workplace.input("dataset"), _config(workplace), workplace.out, progress)


@stage_task("inception", "Apply the user's own feature network to the real images.")
def inception_task(workplace: Workplace, progress: Progress) -> Facts:
    """Apply a TorchScript file."""
    from tasks.assessment.inception import scripted_features

    return scripted_features(workplace.input("dataset"), _config(workplace), workplace.out, progress)


@stage_task("baselines", "Score real images and reconstructions: the fixed rows of every table.", _show_scores)
def baselines_task(workplace: Workplace, progress: Progress) -> Facts:
    """Score the fixed rows."""
    from tasks.assessment.baselines import assess_baselines

    return assess_baselines(_sources(workplace), _config(workplace), workplace.out, progress)


@stage_task("assess", "Score the decoded faces of one sampler against real ones.", _show_scores)
def quality_task(workplace: Workplace, progress: Progress) -> Facts:
    """Score one sampler."""
    from tasks.assessment.quality import assess_sampler

    baselines, samples = map(workplace.input, ("baselines", "samples"))
    return assess_sampler(_sources(workplace), baselines, samples, _config(workplace), workplace.out, progress)


@stage_task("scores", "Gather the scores of all samplers in one table.", _show_scores)
def scores_task(workplace: Workplace, progress: Progress) -> Facts:
    """Gather the scores."""
    from tasks.assessment.gather import gather_scores

    facts = gather_scores(list(workplace.inputs_of("quality").values()), workplace.out)
    progress(1, 1)
    return facts


def _config(workplace: Workplace) -> AssessConfig:
    config = workplace.step.config
    assert isinstance(config, AssessConfig)
    return config


def _sources(workplace: Workplace) -> Sources:
    from tasks.assessment.rows import Sources

    dataset, model, latents, statistics = map(workplace.input, ("dataset", "model", "latents", "statistics"))
    networks = [name for name in ("features", "inception") if name in workplace.step.inputs]
    return Sources(dataset, model, latents, statistics, tuple(map(workplace.input, networks)))
