"""Assessment as Prefect tasks: the features, the fixed rows, one task per sampler, and the table of all."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from prefect.artifacts import create_table_artifact

from tasks.assessment.config import AssessConfig
from tasks.assessment.judging import JudgingConfig
from tasks.compute.progress import Progress
from tasks.stage.step import StageContext
from tasks.stage.task import TRAINING, Facts, stage_task

if TYPE_CHECKING:
    from tasks.assessment.rows import Sources


def _show_scores(context: StageContext, facts: Facts) -> None:
    with open(context.out / "scores.csv", newline="", encoding="utf-8") as file:
        rows = [{name: _rounded(text) for name, text in row.items()} for row in csv.DictReader(file)]
    about = str(context.step.about)
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
def features_task(context: StageContext, progress: Progress) -> Facts:
    """Train or seed the feature network."""
    from tasks.assessment.features import train_features

    return train_features(context.input("dataset"), _config(context), context.out, progress)


@stage_task("inception", "Apply the user's own feature network to the real images.")
def inception_task(context: StageContext, progress: Progress) -> Facts:
    """Apply a TorchScript file."""
    from tasks.assessment.inception import scripted_features

    return scripted_features(context.input("dataset"), _config(context), context.out, progress)


@stage_task("baselines", "Score real images and reconstructions: the fixed rows of every table.", _show_scores)
def baselines_task(context: StageContext, progress: Progress) -> Facts:
    """Score the fixed rows."""
    from tasks.assessment.baselines import assess_baselines

    return assess_baselines(_sources(context), _config(context), context.out, progress)


@stage_task("assess", "Score the decoded faces of one sampler against real ones.", _show_scores)
def quality_task(context: StageContext, progress: Progress) -> Facts:
    """Score one sampler."""
    from tasks.assessment.quality import assess_sampler

    baselines, samples = map(context.input, ("baselines", "samples"))
    return assess_sampler(_sources(context), baselines, samples, _config(context), context.out, progress)


@stage_task("judged", "Judge one sampler by fresh draws, or the autoencoder by its reconstructions.")
def judged_task(context: StageContext, progress: Progress) -> Facts:
    """Judge one sampler, or the autoencoder."""
    from tasks.assessment.judge import judge_autoencoder, judge_sampler

    sources, baselines, config = _sources(context), context.input("baselines"), context.step.config
    if not isinstance(config, JudgingConfig):
        return judge_autoencoder(sources, baselines, _config(context), context.out, progress)
    inputs = sources, baselines, context.input("quality")
    samples = context.input("samples") if "samples" in context.step.inputs else None
    return judge_sampler(config.sampler, *inputs, config.sample, config.assess, context.out, progress, samples)


@stage_task("likelihoods", "Measure how likely held-out points are under the density of one sampler.")
def likelihood_task(context: StageContext, progress: Progress) -> Facts:
    """Measure the likelihood of held-out points."""
    from tasks.assessment.likelihood import measure_likelihood

    config = context.step.config
    assert isinstance(config, JudgingConfig)
    dataset, latents, statistics = map(context.input, ("dataset", "latents", "statistics"))
    samples = context.input("samples") if "samples" in context.step.inputs else None
    return measure_likelihood(
        config.sampler, dataset, latents, statistics, config.sample, context.out, progress, samples
    )


@stage_task("scores", "Gather the scores of all samplers in one table.", _show_scores)
def scores_task(context: StageContext, progress: Progress) -> Facts:
    """Gather the scores."""
    from tasks.assessment.gather import gather_scores

    scored = [context.input("baselines"), *context.inputs_of("quality").values()]
    judged = list(context.inputs_of("judged").values())
    likelihoods = list(context.inputs_of("likelihoods").values())
    facts = gather_scores(scored, judged, context.input("autoencoder"), context.out, likelihoods)
    progress(1, 1)
    return facts


@stage_task("conditioned", "Look at faces that were drawn with attributes.")
def conditioned_task(context: StageContext, progress: Progress) -> Facts:
    """Look at faces with attributes."""
    from tasks.assessment.conditioned import assess_conditioned

    guided = context.input("guided") if "guided" in context.step.inputs else None
    return assess_conditioned(
        _sources(context), context.input("baselines"), _config(context), context.out, progress, guided
    )


def _config(context: StageContext) -> AssessConfig:
    config = context.step.config
    assert isinstance(config, AssessConfig)
    return config


def _sources(context: StageContext) -> Sources:
    from tasks.assessment.rows import Sources

    dataset, model, latents, statistics = map(context.input, ("dataset", "model", "latents", "statistics"))
    networks = [name for name in ("features", "inception") if name in context.step.inputs]
    return Sources(dataset, model, latents, statistics, tuple(map(context.input, networks)))
