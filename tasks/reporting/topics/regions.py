"""One region or several: clusters among the densest points."""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.page.drawing import BLUE, GREY, Drawn, picture, subplots
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import counted, percent
from tasks.reporting.topic import Evidence, Facts, Finding, Numbers, ReportedStudy, measured, topic

LEVELS = ("density_level", "level_clusters", "level_joined", "normal_level_clusters", "normal_level_joined")
COLUMNS = (
    Column("kept", "densest points kept", percent),
    *alike(str, "clusters", normal_clusters="normal: at most"),
    *alike(percent, largest="in the largest", normal_largest="normal: in the largest"),
)


@measured("fragmentation")
def regions(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether the points form one region: clusters among the densest points beside those of normal samples."""
    graph, shares, count = facts["graph"], facts["region_shares"], facts["regions"]
    if not count:
        return None
    own, normal = percent(graph["largest_share"]), percent(graph["normal_largest_share"])
    links = f"{own} of the points are connected in the graph of mutual neighbours; of normal points, {normal}."
    if count > 1:
        text = f"The real points fall into {count} regions."
        listed = ", ".join(percent(share) for share in shares[:5])
        detail = (
            f"Among the densest {percent(facts['level'])} of {facts['points']:,} points, in {facts['axes']} main axes, "
            f"the {'largest ' if len(shares) > 5 else ''}clusters hold {listed}; simulated normal samples have at "
            f"most {facts['normal_regions']}. {links}"
        )
    else:
        text = "The real points form one region."
        if graph["components"] > graph["normal_components"]:
            text = "The dense part of the real points is one region, with smaller groups apart from it."
        detail = (
            f"At no level of density do {facts['points']:,} points, in {facts['axes']} main axes, fall into more "
            f"clusters than simulated normal samples. {links}"
        )
    if own == normal:
        return Finding("regions", "regions", text, detail)
    bars = (
        Evidence("largest group, real", graph["largest_share"], text=own),
        Evidence("largest group, normal", graph["normal_largest_share"], text=normal),
    )
    return Finding("regions", "regions", text, detail, bars, "share of the points in the largest group")


@measured("fragmentation", arrays=LEVELS)
@picture
def _levels(
    study: ReportedStudy, facts: Facts, level: Any, clusters: Any, joined: Any, _: Any, normal_joined: Any
) -> Drawn | None:
    normal, places = normal_joined.mean(axis=0), np.arange(len(level))
    # Where all bars are 100 % the sentence says as much.
    if len({percent(share) for share in (*joined, *normal)}) < 2:
        return None
    figure, axis = subplots(2.9)
    axis.bar(places - 0.2, 100 * joined, 0.38, color=BLUE, alpha=0.9, label="training points")
    axis.bar(places + 0.2, 100 * normal, 0.38, color=GREY, alpha=0.9, label="normal, as many (mean)")
    for place, count, share in zip(places, clusters, joined, strict=True):
        beside = (place - 0.2, 100 * share), (0, 3)
        axis.annotate(counted(count, "cluster"), *beside, textcoords="offset points", ha="center")
    axis.set_xticks(places, [percent(share) for share in level])
    axis.set(xlabel="densest share of the points that is kept", ylabel="% of them in the largest cluster")
    axis.set(ylim=(0, 114), yticks=range(0, 101, 20), title="Clusters of the densest points")
    axis.grid(axis="x", visible=False)
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return Drawn(
        "regions",
        figure,
        f"Only the densest of {facts['points']:,} points are kept, in {facts['axes']} main axes, and linked to their "
        f"{facts['neighbours']} nearest. One region stays whole at every level; several come apart where the thin "
        "parts between them have gone.",
        "Bars: share of the kept points in the largest cluster, for real and simulated normal points.",
    )


@measured(arrays=LEVELS)
def _table(
    study: ReportedStudy, level: Any, clusters: Any, joined: Any, normal_clusters: Any, normal: Any
) -> Fold | None:
    values = zip(level, clusters, normal_clusters.max(axis=0), joined, normal.mean(axis=0), strict=True)
    rows = [(float(kept), int(own), int(most), float(a), float(b)) for kept, own, most, a, b in values]
    return fold("The clusters in numbers", table("regions", COLUMNS, rows))


ORDER, RANK = 330, 80
FINDERS = (regions,)
build = topic("regions", "One region or several", _levels, _table)
