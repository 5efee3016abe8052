"""Main axes: the eigenvalue spectrum and the variance it holds."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    logarithmic,
    new_figure,
    plot,
    style,
    whole_numbers,
)
from tasks.page.section import Block, Fold, Picture, Section, Table
from tasks.reporting.study import ReportedStudy

ORDER = 510
SHARES = (0.5, 0.9, 0.95, 0.99)


def build(study: ReportedStudy) -> Section | None:
    """Eigenvalues of the covariance, descending, and their cumulative share."""
    found = study.statistic("eigenvalue")
    if found is None or not np.sum(found) > 0:
        return None
    eigenvalue = np.asarray(found, np.float64)
    share = eigenvalue / eigenvalue.sum()
    cumulative = np.cumsum(share)
    rank = np.arange(1, len(eigenvalue) + 1)
    positive = eigenvalue > eigenvalue[0] * 1e-12
    with style():
        figure = new_figure(3.0)
        left, right = figure.subplots(1, 2)
        left.plot(rank[positive], eigenvalue[positive], color=BLUE, marker=".", markersize=3)
        logarithmic(left, decades=True)
        left.set(xlabel="axis", ylabel="variance along the axis", title="Eigenvalues of the covariance")
        right.plot([0, *rank], [0, *(100 * cumulative)], color=VERMILLION)
        for wanted in SHARES:
            needed = int(np.argmax(cumulative >= wanted)) + 1
            right.plot([needed, needed, 0], [0, 100 * wanted, 100 * wanted], color=GREY, linewidth=0.8, linestyle=":")
            right.annotate(
                f"{wanted:.0%}: {needed}",
                (needed, 100 * wanted),
                xytext=(5, -9),
                textcoords="offset points",
                fontsize=8,
            )
        right.set(xlabel="axes, the largest first", ylabel="% of the variance", title="Cumulative variance")
        right.set(xlim=(0, None), ylim=(0, 103))
        whole_numbers(left)
        whole_numbers(right)
        picture = plot(
            "eigenvalues",
            figure,
            study.config.dpi,
            "Variance along each main axis of the training points, and the share of the whole that the first hold.",
            "Eigenvalue spectrum on a logarithmic scale and cumulative variance.",
        )
    rows = tuple(
        (int(axis), float(value), float(part), float(whole))
        for axis, value, part, whole in zip(rank, eigenvalue, share, cumulative, strict=True)
    )
    shown = tuple(
        (str(axis), f"{value:.4g}", f"{100 * part:.2f} %", f"{100 * whole:.1f} %") for axis, value, part, whole in rows
    )
    table = Table("eigenvalues", ("axis", "eigenvalue", "share", "cumulative_share"), rows, "", None, shown)
    chance = _chance(study)
    blocks: tuple[Block, ...] = (
        picture,
        *([chance] if chance else []),
        Fold(f"All axes in numbers: {len(rows):,}", (table,)),
    )
    return Section("axes", "Variance along the main axes", blocks, study.claims("axes"))


def _chance(study: ReportedStudy) -> Picture | None:
    """Eigenvalues of the correlation beside those of independent components."""
    own, independent = study.statistic("correlation_eigenvalue"), study.statistic("independent_eigenvalue")
    facts = study.summary.get("spectrum")
    if own is None or independent is None or not facts or len(own) < 2:
        return None
    rank = np.arange(1, len(own) + 1)
    positive = own > own[0] * 1e-12
    with style():
        figure = new_figure(2.8)
        axis = figure.subplots()
        axis.plot(rank[positive], own[positive], color=BLUE, marker=".", markersize=4, label="found")
        possible = independent > own[0] * 1e-12
        axis.plot(rank[possible], independent[possible], color=ORANGE, label="independent components")
        logarithmic(axis)
        whole_numbers(axis)
        axis.set(xlabel="axis", ylabel="eigenvalue", title="Eigenvalues of the correlation matrix")
        axis.legend()
        return plot(
            "correlation_eigenvalues",
            figure,
            study.config.dpi,
            "All components scaled to the same variance, so that only their correlations make axes longer or shorter; "
            f"beside it the mean of {facts['simulations']} simulated sets of independent normal components and as many "
            f"images. {facts['axes_beyond_chance']} of {facts['components']} axes are longer than chance makes the "
            "longest.",
            "Eigenvalue spectrum of the correlation matrix beside that of independent components.",
        )
