"""The comparison's tables: those that the page shows, and the long ones that lie beside it as CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from tasks.assessment.tables import Score
from tasks.comparing.figures import level_words, short_axis
from tasks.comparing.published import INCEPTION, MIXTURE, PUBLISHED, normal_draw
from tasks.comparing.studied import Studied, number
from tasks.comparing.variance import Effect
from tasks.comparing.verdict import CELLS, Verdict, axis_words
from tasks.finished.metrics import metric_named
from tasks.finished.numbers import at
from tasks.page.section import Cell, Table
from tasks.page.wording import percent, short


def csv_tables(studies: Sequence[Studied], verdicts: Sequence[Verdict]) -> list[Table]:
    """In long form: every figure of every study, and every sampler's best level of every study."""
    axes = list(dict.fromkeys(name for study in studies for name in study.member.values))
    figures: list[tuple[Cell, ...]] = []
    ladder: list[tuple[Cell, ...]] = []
    for place, study in enumerate(studies):
        own = tuple(level_words(study.member.values.get(name)) for name in axes)
        figures += [
            (study.name, *own, v.figure.topic, v.figure.name, float(v.values[place]))
            for v in verdicts
            if math.isfinite(v.values[place])
        ]
        for sampler in ("real", "reconstruction", *study.samplers):
            score = study.best(sampler)
            if score is not None:
                multiple = score.value / study.reconstruction()
                row = (sampler, score.label, score.features, score.value, score.spread, multiple)
                ladder.append((study.name, *own, *row))
    return [
        Table("figures", ("study", *axes, "topic", "figure", "value"), tuple(figures)),
        Table(
            "ladders", ("study", *axes, "sampler", "label", "features", study.metric, "spread", "multiple"),
            tuple(ladder),
        ),
    ]  # fmt: skip


def studies_table(studies: Sequence[Studied]) -> Table:
    """What was compared: each study's place on the axes, its error and the keys of its artifacts."""
    axes = list(dict.fromkeys(name for study in studies for name in study.member.values))
    columns = (
        "study",
        *axes,
        "images",
        "held_out_error",
        "error_over_pca",
        "components",
        "features",
        "model",
        "scores",
    )
    headings = (*map(short_axis, axes), "images", "held-out error", "/ PCA's", "judged in", "model")
    rows, shown = [], []
    for study in studies:
        own: tuple[Cell, ...] = tuple(level_words(study.member.values.get(name)) for name in axes)
        error, pca = (number(at(study.yardstick, kind, "mse")) for kind in ("autoencoder", "pca"))
        images = int(study.summary["images"]["all"])
        model, scores = study.model.name, study.scores_path.name
        features = study.judge.features
        rows.append((study.name, *own, images, error, error / pca, study.components, features, model, scores))
        key = Markup("<code>{}</code>").format(model[:8])
        shown.append((*own, f"{images:,}", short(error), short(error / pca), features, key))
    return Table(
        "studies", columns, tuple(rows),
        "The studies. Their keys open them: latentfaces show KEY, explore --model KEY.", headings, tuple(shown),
    )  # fmt: skip


def variance_table(verdicts: Sequence[Verdict]) -> Table:
    """Every figure's variance, split, and whose the figure is."""
    names = list(dict.fromkeys(axis.name for v in verdicts if v.parts for axis in v.parts.axes))
    columns = ["figure", "mean", "relative_spread", "between_spread", "run_spread", "intraclass"]
    for name in (*names, CELLS):
        columns += [f"{name}_share", f"{name}_F", f"{name}_p_adjusted"]
    columns += ["run_share", "belongs"]
    headings = (
        "figure",
        "mean ± runs",
        "intraclass",
        *(axis_words(n).removeprefix("the ") for n in names),
        "run",
        "belongs to",
    )
    rows, shown = [], []
    for verdict in verdicts:
        known = verdict.values[np.isfinite(verdict.values)]
        parts = verdict.parts
        effects = {effect.name: effect for effect in (*parts.axes, parts.between)} if parts else {}
        runs = deviation(parts.within) if parts else math.nan
        between = deviation(parts.between) if parts else math.nan
        row: list[Cell] = [
            verdict.figure.name, float(known.mean()), verdict.spread, between, runs,
            parts.intraclass if parts else math.nan,
        ]  # fmt: skip
        for name in (*names, CELLS):
            effect = effects.get(name)
            share = parts.share(effect) if parts and effect else math.nan
            row += [share, effect.statistic if effect else math.nan, verdict.probability.get(name, math.nan)]
        within = parts.share(parts.within) if parts else math.nan
        rows.append((*row, within, verdict.belongs))
        shares = [_share(verdict, effects.get(name)) for name in names]
        intraclass = f"{parts.intraclass:.2f}" if parts and math.isfinite(parts.intraclass) else "–"
        title = Markup("{}<small>{}</small>").format(verdict.figure.title, verdict.figure.meaning)
        mean = f"{short(float(known.mean()))} ± {short(runs)}" if math.isfinite(runs) else short(float(known.mean()))
        run = percent(within) if math.isfinite(within) else "–"
        shown.append((title, mean, intraclass, *shares, run, verdict.belongs))
    caption = (
        "Whose the variance is. ±: the pooled standard deviation between runs of one configuration. Per cent: of the "
        "sum of squares over all studies; in small type the adjusted p-value of the F-test against the runs."
    )
    marked = frozenset(place for place, verdict in enumerate(verdicts) if verdict.kind == "stable")
    return Table("variance", tuple(columns), tuple(rows), caption, headings, tuple(shown), marked)


def deviation(effect: Effect) -> float:
    """The square root of an effect's mean square; NaN without degrees of freedom."""
    return math.sqrt(effect.squares / effect.freedom) if effect.freedom else math.nan


def _share(verdict: Verdict, effect: Effect | None) -> Cell:
    if effect is None or verdict.parts is None or verdict.parts.total <= 0:
        return "–"
    p = verdict.probability.get(effect.name, math.nan)
    small = "" if not math.isfinite(p) else "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    return Markup("{}<small>{}</small>").format(percent(verdict.parts.share(effect)), small)


def ladder_table(studies: Sequence[Studied]) -> Table:
    """Samplers down, studies across: multiples of each study's reconstructions, at the best level."""
    samplers = list(dict.fromkeys(name for study in studies for name in study.samplers))
    median = {s: float(np.nanmedian([study.multiple(s) for study in studies])) for s in samplers}
    title = metric_named(studies[0].metric).title
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[Cell, ...]] = []
    unit = tuple(study.reconstruction() for study in studies)
    rows.append((f"reconstruction ({title})", *unit))
    shown.append((f"reconstructions: {title}", *map(short, unit)))
    for sampler in sorted(samplers, key=lambda name: -median[name]):
        values = tuple(study.multiple(sampler) for study in studies)
        rows.append((sampler, *values))
        shown.append((sampler, *(_multiple(study, sampler) for study in studies)))
    names = tuple(study.name for study in studies)
    caption = f"{title} in multiples of the study's own reconstructions, each sampler at its best level (small type)."
    headings = ("sampler", *(name.replace("=", " ") for name in names))
    return Table("ladder", ("sampler", *names), tuple(rows), caption, headings, tuple(shown), frozenset({0}))


def _multiple(study: Studied, sampler: str) -> Cell:
    score = study.best(sampler)
    if score is None:
        return "–"
    return Markup("{} ×<small>{}</small>").format(short(study.multiple(sampler)), score.level)


def published_table(studies: Sequence[Studied]) -> Table | None:
    """The published rows and ours: Inception FIDs where there are any, ratios everywhere; None where nothing fits."""
    theirs = [(f"published: {p.title}", INCEPTION, p.reconstruction, p.normal, p.mixture) for p in PUBLISHED.values()]
    ours = [row for study in studies for row in _own_rows(study)]
    if not ours:
        return None
    columns = ("model", "features", "reconstruction", "normal", "mixture", "normal_ratio", "mixture_ratio")
    headings = ("model", "features", "reconstructions", "normal", "mixture of 10", "normal / rec.", "mixture / rec.")
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[Cell, ...]] = []
    for model, features, unit, normal, mixture in (*theirs, *ours):
        numbers = (unit, normal, mixture, normal / unit, mixture / unit)
        rows.append((model, features, *numbers))
        shown.append((model, features, *map(short, numbers)))
    caption = (
        "Fréchet distances of reconstructions, of draws from one normal distribution (for a VAE: one about the "
        "origin, with the points' radius) and from a mixture of ten, and their ratios. Absolute values of different"
        " feature networks cannot be compared; ratios can, roughly. Published: Ghosh et al. 2020, table 1, CelebA "
        "at 64×64 with 64 components, Inception features."
    )
    return Table("published", columns, tuple(rows), caption, headings, tuple(shown), frozenset(range(len(theirs))))


def _own_rows(study: Studied) -> list[tuple[str, str, float, float, float]]:
    family = str(study.network.get("family", "ae"))
    spaces = dict.fromkeys(row.features for row in study.scores.select(metric=study.metric) if row.sampler == "real")
    rows = []
    for features in spaces:
        unit = study.reconstruction(features)
        normal, mixture = (_value(study.level(*draw, features)) for draw in (normal_draw(family), MIXTURE))
        if math.isfinite(unit) and (math.isfinite(normal) or math.isfinite(mixture)):
            rows.append((study.name, features, unit, normal, mixture))
    return rows


def _value(score: Score | None) -> float:
    return score.value if score is not None else math.nan
