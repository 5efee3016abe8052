"""The summary of a run in the dashboard, which can be read on its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from storage.artifact import Reference
from tasks.assessment.tables import Score
from tasks.finished.scores import FIXED_ROWS, ScoreTable, criterion_of, read_table
from tasks.page.wording import counted
from tasks.reporting.config import ReportConfig
from tasks.stage.step import Step
from tasks.training.registry import FAMILIES

Done = list[tuple[Step, Reference, bool]]
"""Each step of a run with its artifact and whether it came from the cache."""

FIXED = {"real": "*real images*", "reconstruction": "*reconstructions*"}


def run_summary(done: Done, subject: str, store: str) -> str:
    """Markdown on what was studied, the results, the scores of the samplers, and where everything is.

    A run of single stages says as much as its stages know.
    """
    by_artifact = {step.artifact: (step, reference) for step, reference, _ in done}
    facts = {artifact: reference.facts for artifact, (_, reference) in by_artifact.items()}
    parts = [f"# {subject}", _subject_lines(facts, by_artifact)]
    if "report" in facts:
        parts += [_findings(facts["report"]["findings"])]
    if "scores" in by_artifact:
        config = by_artifact["report"][0].config if "report" in by_artifact else ReportConfig()
        assert isinstance(config, ReportConfig)
        parts += [_scores(by_artifact["scores"][1].path / "scores.csv", config)]
    if "report" in by_artifact:
        page = by_artifact["report"][1].path / "report.html"
        parts += [f"## The report\n\n`{page}`\n\non the machine that ran the study. The page is self-contained."]
    parts += [_steps(done, store)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _subject_lines(facts: dict[str, dict[str, Any]], by_artifact: dict[str, tuple[Step, Reference]]) -> str:
    lines = []
    if dataset := facts.get("dataset"):
        source = by_artifact["dataset"][0].source
        where = f"`{source}`" if source else "synthetic faces"
        skipped = f"; {dataset['skipped']:,} could not be read" if dataset["skipped"] else ""
        side = dataset["image_size"]
        lines.append(
            f"**Data.** {dataset['images']:,} images of {side}×{side} pixels: {where} "
            f"({dataset['train']:,} for training, {dataset['validation']:,} for validation, {dataset['test']:,} for "
            f"testing{skipped})."
        )
    if model := facts.get("model"):
        config: Any = by_artifact["model"][0].config
        compared = model["held_out_mse"] / model["pca_mse"] if model["pca_mse"] else math.nan
        lines.append(
            f"**Model.** A {FAMILIES.named(config.family).title} with "
            f"{counted(config.latent_dim, 'latent component')}, "
            f"the best of {config.epochs} epochs (epoch {model['best_epoch']}), trained on {model['device']} in "
            f"{model['precision']}. Its held-out mean squared error is {model['held_out_mse']:.3g} (pixels 0 to 1), "
            f"{compared:.2f} times that of a PCA with as many components."
        )
    return "\n\n".join(lines)


def _findings(findings: list[str]) -> str:
    if not findings:
        return ""
    answer, *others = findings
    rest = "\n".join(f"- {finding}" for finding in others)
    return f"## The answer\n\n**{answer}**" + (f"\n\n## What else was found\n\n{rest}" if rest else "")


def _scores(path: Path, config: ReportConfig) -> str:
    """Each sampler at its best level, best first, between the two fixed rows."""
    table = read_table(path)
    criterion = criterion_of(table, config)
    best = table.leaders(criterion)
    if not best:
        return ""
    fixed = [score for name in FIXED_ROWS if (score := table.best(criterion, name))]
    title = criterion.title
    rows = [_row(table, score) for score in [*fixed, *sorted(best, key=lambda score: score.value)]]
    return (
        f"## The scores\n\nEach sampler at its best level. {title} in the features `{criterion.features}` against "
        f"{criterion.images}: lower is better; *real images* are the floor, *reconstructions* the best that a plain "
        "draw can hope for. Novelty: 0 is a copy of a training face, 1 is as new as an unseen one.\n\n"
        f"| sampler | level | {title} | ± | novelty |\n| --- | --- | ---: | ---: | ---: |\n" + "\n".join(rows)
    )


def _row(table: ScoreTable, score: Score) -> str:
    novelty = table.beside(score, "novelty", "train")
    name = FIXED.get(score.sampler, f"`{score.sampler}`")
    new = f"{novelty.value:.2f}" if novelty else "–"
    spread = f"{score.spread:.2g}" if math.isfinite(score.spread) else "–"
    return f"| {name} | {score.level or '–'} | {score.value:.4g} | {spread} | {new} |"


def _steps(done: Done, store: str) -> str:
    made = sum(not cached for _, _, cached in done)
    rows = [
        f"| {step.name} | {'cached' if cached else 'computed'} | `{reference.artifact}/{reference.key}` |"
        for step, reference, cached in done
    ]
    return (
        f"## The steps\n\n{made} of {len(done)} computed, {len(done) - made} from the cache. Everything is in "
        f"`{store}`; `latentfaces show KEY` shows details.\n\n"
        "| step | result | artifact |\n| --- | --- | --- |\n" + "\n".join(rows)
    )
