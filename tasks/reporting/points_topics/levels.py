"""Every level of every sampler on points alone, by its stored draws."""

from __future__ import annotations

from tasks.finished.samples import SampleSet
from tasks.page.drawing import BLUE, SKY, Drawn, fit_ticks, panels, picture
from tasks.page.section import Cell, Column, Fold, Section, alike, fold, paragraph, section, table
from tasks.page.wording import percent, short
from tasks.reporting.points_study import ReportedPoints
from tasks.reporting.words import named

ORDER = 720
ACROSS = 4
COLUMNS = (
    Column("sampler", shown=named, takes=2),
    Column("label", shown=None),
    *alike("{:.3f}".format, auc_trees="AUC, trees", auc_neighbours="AUC, neighbours"),
    *alike(short, energy="energy", swd="sliced"),
    *alike(percent, coverage="coverage", copied="copied"),
    Column("novelty", shown="{:.2f}".format),
)


def build(study: ReportedPoints) -> Section | None:
    """How well the stored draws are told apart at each level."""
    return section(
        "levels",
        "Level by level",
        paragraph("Stored draws, one of each level, beside the same held-out points; no fresh draw took part in it."),
        _figure(study),
        _table(study),
    )


@picture
def _figure(study: ReportedPoints) -> Drawn | None:
    swept = {name: draws for name, draws in study.samples.items() if len(draws.labels) > 1}
    if not swept:
        return None
    figure, axes = panels(len(swept), ACROSS, 1.9)
    for place, ((name, draws), axis) in enumerate(zip(swept.items(), axes, strict=True)):
        positions = range(len(draws.labels))
        for metric, colour, label in (("auc_trees", BLUE, "trees"), ("auc_neighbours", SKY, "neighbours")):
            found = [study.scores.select(name, one, metric) for one in draws.labels]
            values = [rows[0].value if rows else float("nan") for rows in found]
            axis.plot(positions, values, "o-", color=colour, markersize=3.5, linewidth=1.2, label=label)
        axis.set(title=name, ylim=(0.4, 1.03))
        fit_ticks(axis, list(positions), [_values(draws, level) for level in positions])
        axis.set_xlabel(", ".join(draws.swept))
        if place % ACROSS == 0:
            axis.set_ylabel("AUC")
        if place == 0:
            axis.legend(fontsize=7)
    return Drawn(
        "levels",
        figure,
        "How well the stored draws of each level are told from held-out points, by either classifier; 0.5 is chance.",
        f"AUC over the levels of {len(swept)} samplers.",
    )


def _values(draws: SampleSet, level: int) -> str:
    """The level's values alone: the axis names their parameters."""
    found = (draws.level_values(level)[name] for name in draws.swept)
    return ", ".join(value if isinstance(value, str) else f"{value:g}" for value in found)


def _table(study: ReportedPoints) -> Fold | None:
    metrics = [column.name for column in COLUMNS[2:]]
    rows: list[tuple[Cell | None, ...]] = []
    for name, draws in study.samples.items():
        for label in draws.labels:
            found = {row.metric: row.value for row in study.scores.select(name, label)}
            if found:
                rows.append((name, label, *(found.get(metric) for metric in metrics)))
    return fold(f"All {len(rows)} levels in numbers", table("levels", COLUMNS, rows))
