"""Correlations: the matrix, its distribution, and the strongest pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.reporting.drawing import BLUE, GREY, ORANGE, VERMILLION, logarithmic, new_figure, panels, plot, style
from tasks.reporting.findings.finding import short
from tasks.reporting.section import Block, Cell, Fold, Picture, Section, Table
from tasks.reporting.study import TRAIN, Study
from tasks.statistics.ellipse import confidence_ellipse

ORDER = 110
ACROSS = 3
LISTED = 200
SIGMAS = ((1, 0.393469), (2, 0.864665), (3, 0.988891))
"""Mahalanobis radii of 1, 2 and 3, and what of a 2-D normal distribution they hold: 1 − exp(−r²/2)."""
Floats = npt.NDArray[np.float64]


def build(study: Study) -> Section | None:
    """Matrix and histogram, ellipses of the strongest pairs, and their list."""
    found = study.statistic("correlation")
    if found is None or len(found) < 2:
        return None
    correlation = np.asarray(found, np.float64)
    pairs = strongest(correlation, LISTED)
    blocks: list[Block] = [_matrix(study, correlation)]
    if pairs:
        blocks += [_ellipses(study, pairs[: study.config.pairs]), _table(study, pairs)]
    return Section("correlations", "Correlations", tuple(blocks), study.claims("correlations"))


def strongest(correlation: Floats, count: int) -> list[tuple[int, int, float]]:
    """The pairs with the largest |correlation|, without those that have none (constant components)."""
    rows, columns = np.triu_indices(len(correlation), k=1)
    values = correlation[rows, columns]
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(-np.abs(values[known]), kind="stable")][:count]
    return [(int(rows[k]), int(columns[k]), float(values[k])) for k in order]


def _matrix(study: Study, correlation: Floats) -> Picture:
    values = correlation[np.triu_indices(len(correlation), k=1)]
    values = values[np.isfinite(values)]
    largest = float(np.abs(values).max()) if len(values) else 1.0
    with style():
        figure = new_figure(4.4)
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        shown = correlation.copy()
        np.fill_diagonal(shown, np.nan)
        image = left.imshow(shown, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
        left.set(xlabel="component", ylabel="component", title="Correlation matrix (diagonal left out)")
        left.grid(False)
        figure.colorbar(image, ax=left, shrink=0.82, label="correlation")
        _distribution(right, values, int(np.sum(study.partition == TRAIN)), largest)
        return plot(
            "correlation",
            figure,
            study.config.dpi,
            "Left: correlation of every two components over the training images. Right: how often each value occurs, "
            "and what independent normal components of as many images would show by chance.",
            f"Heat map of the correlation matrix and histogram of its {len(values):,} values, up to {largest:.2f}.",
        )


def _distribution(axis: Any, values: Floats, images: int, largest: float) -> None:
    edges = np.linspace(-largest, largest, 81)
    counts, _, _ = axis.hist(values, edges, color=BLUE, alpha=0.75, label="found")
    deviation = 1 / np.sqrt(max(images - 1, 1))
    x = np.linspace(-largest, largest, 400)
    chance = np.exp(-0.5 * (x / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    axis.plot(x, chance * len(values) * (edges[1] - edges[0]), color=ORANGE, label="independent components")
    top = 2 * max(float(counts.max()), float(counts.sum() * chance.max() * (edges[1] - edges[0])), 1.0)
    logarithmic(axis, decades=True)
    axis.set(ylim=(0.6, top), xlabel="correlation", ylabel="pairs", title="Its values")
    axis.legend()


def _ellipses(study: Study, pairs: list[tuple[int, int, float]]) -> Picture:
    columns = sorted({component for pair in pairs for component in pair[:2]})
    z = study.latent_columns(columns)[study.partition == TRAIN].astype(np.float64)
    place = {component: position for position, component in enumerate(columns)}
    with style():
        figure, axes = panels(len(pairs), ACROSS, 3.0)
        for first, (pair, axis) in enumerate(zip(pairs, axes, strict=True)):
            _pair(axis, z[:, [place[pair[0]], place[pair[1]]]], pair)
            if first == 0:
                axis.legend(loc="upper left", fontsize=7)
        return plot(
            "ellipses",
            figure,
            study.config.dpi,
            "Densities of the most strongly correlated pairs over the training images, with the confidence ellipses "
            "of 1, 2 and 3 sigma (a normal distribution has 39.3 %, 86.5 % and 98.9 % of its points inside).",
            "Two-dimensional densities of pairs of latent components with inclined confidence ellipses.",
        )


def _pair(axis: Any, points: Floats, pair: tuple[int, int, float]) -> None:
    mean, covariance = points.mean(axis=0), np.cov(points, rowvar=False)
    if len(points) > 1500:
        axis.hexbin(*points.T, gridsize=42, cmap="Blues", bins="log", mincnt=1, linewidths=0)
    else:
        axis.plot(*points.T, ".", color=BLUE, alpha=0.35, markersize=3, markeredgewidth=0)
    for (sigma, probability), colour, dashes in zip(SIGMAS, (ORANGE, VERMILLION, GREY), ("-", "-", "--"), strict=True):
        outline = confidence_ellipse(mean, covariance, probability).outline()
        axis.plot(*outline.T, color=colour, linestyle=dashes, linewidth=1.4, label=f"{sigma} σ")
    reach = 4.2 * np.sqrt(np.diagonal(covariance))
    axis.set_xlim(mean[0] - reach[0], mean[0] + reach[0])
    axis.set_ylim(mean[1] - reach[1], mean[1] + reach[1])
    axis.set(
        xlabel=f"z$_{{{pair[0]}}}$", ylabel=f"z$_{{{pair[1]}}}$", title=f"correlation {pair[2]:+.2f}".replace("-", "−")
    )


def _table(study: Study, pairs: list[tuple[int, int, float]]) -> Fold:
    rows: tuple[tuple[Cell, ...], ...] = tuple(pairs)
    shown = tuple((str(a), str(b), short(value)) for a, b, value in pairs)
    table = Table("pairs", ("first", "second", "correlation"), rows, "", None, shown)
    return Fold(f"The {len(pairs)} strongest pairs", (table,))
