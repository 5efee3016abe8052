"""One region or several: clusters among the densest points."""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.page.drawing import BLUE, GREY, new_figure, plot, style
from tasks.page.section import Fold, Picture, Section, Table
from tasks.page.wording import percent
from tasks.reporting.study import ReportedStudy

ORDER = 330


def build(study: ReportedStudy) -> Section | None:
    """Clusters at falling levels of density, beside those of normal samples."""
    if not study.summary.get("fragmentation"):
        return None
    picture = (_levels(study),) if _telling(study) else ()
    blocks = (*picture, Fold("The clusters in numbers", (_level_table(study),)))
    return Section("regions", "One region or several", blocks, study.claims("regions"))


def _level_arrays(study: ReportedStudy) -> list[Any]:
    names = ("density_level", "level_clusters", "level_joined", "normal_level_clusters", "normal_level_joined")
    return [study.statistic(name) for name in names]


def _telling(study: ReportedStudy) -> bool:
    """Some bars of the figure differ from others; where all are 100 % the sentence says as much."""
    _, _, joined, _, normal = _level_arrays(study)
    return len({percent(share) for share in (*joined, *normal.mean(axis=0))}) > 1


def _levels(study: ReportedStudy) -> Picture:
    level, clusters, joined, _, normal = _level_arrays(study)
    facts, places = study.summary["fragmentation"], np.arange(len(level))
    with style():
        figure = new_figure(2.9)
        axis = figure.subplots()
        axis.bar(places - 0.2, 100 * joined, 0.38, color=BLUE, alpha=0.9, label="training points")
        axis.bar(places + 0.2, 100 * normal.mean(axis=0), 0.38, color=GREY, alpha=0.9, label="normal, as many (mean)")
        for place, count, share in zip(places, clusters, joined, strict=True):
            words = f"{count} cluster" + ("" if count == 1 else "s")
            axis.annotate(words, (place - 0.2, 100 * share), (0, 3), textcoords="offset points", ha="center")
        axis.set_xticks(places, [percent(share) for share in level])
        axis.set(xlabel="densest share of the points that is kept", ylabel="% of them in the largest cluster")
        axis.set(ylim=(0, 114), yticks=range(0, 101, 20), title="Clusters of the densest points")
        axis.grid(axis="x", visible=False)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return plot(
            "regions",
            figure,
            study.config.dpi,
            f"Only the densest of {facts['points']:,} points are kept, in {facts['axes']} main axes, and linked to "
            f"their {facts['neighbours']} nearest. One region stays whole at every level; several come apart where "
            "the thin parts between them have gone.",
            "Bars: share of the kept points in the largest cluster, for real and simulated normal points.",
        )


def _level_table(study: ReportedStudy) -> Table:
    level, clusters, joined, normal_clusters, normal = _level_arrays(study)
    rows = tuple(
        (float(level[i]), int(clusters[i]), int(normal_clusters[:, i].max()), float(joined[i]), float(most))
        for i, most in enumerate(normal.mean(axis=0))
    )
    shown = tuple((percent(kept), own, other, percent(a), percent(b)) for kept, own, other, a, b in rows)
    columns = ("kept", "clusters", "normal_clusters", "largest", "normal_largest")
    headings = ("densest points kept", "clusters", "normal: at most", "in the largest", "normal: in the largest")
    return Table("regions", columns, rows, "", headings, shown)
