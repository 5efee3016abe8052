"""Which sampler goes along: the best one that does not copy, as the report judges it."""

from __future__ import annotations

from tasks.assessment.tables import Score
from tasks.errors import InputError
from tasks.exploring.opened import OpenedStudy
from tasks.reporting.config import ReportConfig
from tasks.reporting.scores import Judge, ScoreTable, choose_features, read_table
from tasks.sampling.sampler import Level, level_label


def judge_of(table: ScoreTable, config: ReportConfig | None = None) -> Judge:
    """The number that decides, with the report's usual settings."""
    config = config or ReportConfig()
    rows = table.select(metric=config.metric, reference=config.reference)
    features = choose_features(row.features for row in rows)
    return Judge(config.metric, features, config.reference, config.minimum_novelty)


def table_of(study: OpenedStudy) -> ScoreTable:
    """The study's scores. Raises ``InputError`` if it has none yet."""
    if study.artifacts.scores is None:
        raise InputError(
            "this study has not been scored yet; 'latentfaces assess' does that, --sampler chooses by hand"
        )
    return read_table(study.artifacts.scores / "scores.csv")


def best(table: ScoreTable, samplers: tuple[str, ...]) -> Score:
    """The row of the best of ``samplers`` that is not nearer to training faces than the report allows.

    Raises ``InputError`` if every one of them copies, or none was scored.
    """
    judge = judge_of(table)
    rows = [row for row in table.judged(judge) if row.sampler in samplers]
    novelty = {row: table.beside(row, "novelty", "train") for row in rows}
    fresh = [row for row in rows if (new := novelty[row]) is None or new.value >= judge.minimum_novelty]
    if not fresh:
        why = "none was scored" if not rows else f"all stay below a novelty of {judge.minimum_novelty:.2f}: they copy"
        raise InputError(f"no sampler can be recommended ({why}); --sampler chooses one by hand")
    return min(fresh, key=lambda row: row.value)


def level_of(study: OpenedStudy, row: Score) -> Level:
    """The level of a row of the scores. Raises ``InputError`` if the sampler has other levels by now."""
    for level in study.artifacts.sampling.settings(row.sampler).levels():
        if level_label(level) == row.label:
            return level
    raise InputError(f"{row.sampler} has no level {row.label!r} any more; --sampler and --level choose by hand")
