"""The summary of a run in the dashboard, which can be read on its own."""

from __future__ import annotations

import math
from typing import Any

from storage.artifact import Reference
from tasks.finished.estimates import dashed, hundredths, share_words
from tasks.finished.points_verdict import PointsVerdict, read_points_verdict
from tasks.finished.scores import ScoreTable, read_table
from tasks.finished.verdict import DISTANCE, Judged, Verdict, read_verdict
from tasks.page.wording import counted, listed, percent, with_interval
from tasks.stage.step import Step
from tasks.training.registry import FAMILIES

Done = list[tuple[Step, Reference, bool]]
"""Each step of a run with its artifact and whether it came from the cache."""


def run_summary(done: Done, subject: str, store: str) -> str:
    """Markdown on what was studied, the results, the scores of the samplers, and where everything is.

    A run of single stages says as much as its stages know.
    """
    by_artifact = {step.artifact: (step, reference) for step, reference, _ in done}
    facts = {artifact: reference.facts for artifact, (_, reference) in by_artifact.items()}
    parts = [f"# {subject}", _subject_lines(facts, by_artifact)]
    if findings := facts.get("report", {}).get("findings"):
        parts += [_findings(findings)]
    if "scores" in by_artifact:
        folder, model = by_artifact["scores"][1].path, by_artifact["model"][0]
        components = _components(model, facts["model"])
        verdict = read_verdict(folder, facts["dataset"]["train"], components, model.stage == "adopt")
        parts += [] if findings else [_answer(verdict)]
        parts += [_scores(verdict, read_table(folder / "scores.csv"))]
    if "ratings" in by_artifact:
        parts += [_ratings(read_points_verdict(by_artifact["ratings"][1].path))]
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
    if points := facts.get("points"):
        held_out = points["validation"] + points["test"]
        lines.append(
            f"**Points.** {points['points']:,} points of {counted(points['components'], 'component')} from "
            f"`{by_artifact['points'][0].source}`: {points['train']:,} for training, {held_out:,} held out "
            f"({points['split']} split)."
        )
    if model := facts.get("model"):
        compared = model["held_out_mse"] / model["pca_mse"] if model["pca_mse"] else math.nan
        lines.append(
            f"**Model.** {_model(by_artifact['model'][0], model)}. Its held-out mean squared error is "
            f"{model['held_out_mse']:.3g} (pixels 0 to 1), {compared:.2f} times that of a PCA with as many components."
        )
    return "\n\n".join(lines)


def _model(step: Step, facts: dict[str, Any]) -> str:
    config: Any = step.config
    components = counted(_components(step, facts), "latent component")
    if step.stage == "adopt":
        return f"An autoencoder that was trained elsewhere (`{config.file}`) with {components}; {facts['conventions']}"
    return (
        f"A {FAMILIES.named(config.family).title} with {components}, the best of "
        f"{config.epochs} epochs (epoch {facts['best_epoch']}), trained on {facts['device']} in {facts['precision']}"
    )


def _components(step: Step, facts: dict[str, Any]) -> int:
    config: Any = step.config
    return int(facts["components"] if step.stage == "adopt" else config.latent_dim)


def _findings(findings: list[str]) -> str:
    answer, *others = findings
    rest = "\n".join(f"- {finding}" for finding in others)
    return f"## The answer\n\n**{answer}**" + (f"\n\n## What else was found\n\n{rest}" if rest else "")


def _answer(verdict: Verdict) -> str:
    pick = verdict.pick
    answer = f"Draw z with {pick.name}." if pick else verdict.no_answer
    others = listed([row.name for row in verdict.tied if row != pick])
    tie = [f"As close as it, as far as the draws tell: {others}."] if others else []
    return "\n\n".join(["## The answer", f"**{answer}**", *tie, *verdict.reservations])


def _scores(verdict: Verdict, table: ScoreTable) -> str:
    """Each sampler at its most promising level, the closest first, below held-out reconstructions."""
    if not verdict.leaders:
        return ""
    known = verdict.reconstructions
    unseen = [
        dashed(known["fd_debiased"], hundredths),
        *(dashed(known[name], percent) for name in ("broken", "copied")),
    ]
    rows = [["*held-out reconstructions*", "–", *unseen, "1", ""]]
    rows += [
        [
            f"`{row.sampler}`",
            row.level or "–",
            with_interval(*row.distance),
            share_words(row.broken),
            share_words(row.copied),
            _novelty(table, row, str(verdict.autoencoder["features"])),
            verdict.standing(row),
        ]
        for row in verdict.leaders
    ]
    limits = verdict.autoencoder
    return (
        f"## The scores\n\nEach sampler at its most promising level, drawn anew. {DISTANCE}: squared Fréchet distance "
        f"from reconstructions of the training images in the features `{limits['features']}`, without the bias of "
        "finite samples, with its 95 % interval; lower is better. Broken: faces that the autoencoder does not "
        f"recognise, at most {percent(limits['most_broken'])} of a recommended draw. Copied: nearer to a training face "
        f"than those are to one another, at most {percent(limits['most_copied'])}. Novelty: 0 is a copy of a training "
        f"face, 1 is as new as an unseen one.\n\n| sampler | level | {DISTANCE} | broken | copied | novelty | |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | --- |\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    )


def _ratings(verdict: PointsVerdict) -> str:
    """Each sampler of a study of points at its most promising level, the one told apart least first."""
    rows = [
        [
            f"`{row.sampler}`" if row != verdict.training else "*training points*",
            row.level or "–",
            with_interval(*row.auc),
            percent(row.coverage.value),
            "–" if row.copied is None else percent(row.copied.value),
            "" if row == verdict.training else verdict.standing(row),
        ]
        for row in (verdict.training, *verdict.rows)
    ]
    return (
        "## The scores\n\nEach sampler at its most promising level, drawn anew. AUC: how well the better of two "
        "classifiers tells draws from held-out points, with its 95 % interval; 0.5 is chance, and the best. Coverage: "
        f"held-out points with a draw near them. Copied: at most {percent(verdict.truth['most_copied'])} of a "
        "recommended draw.\n\n| sampler | level | AUC | coverage | copied | |\n"
        "| --- | --- | ---: | ---: | ---: | --- |\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    )


def _novelty(table: ScoreTable, row: Judged, features: str) -> str:
    found = table.select(row.sampler, row.label, "novelty", features, "train")
    return dashed(found[0].value if found else None, hundredths)


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
