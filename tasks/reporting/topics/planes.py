"""Densities in planes with confidence ellipses: pairs of components and pairs of main axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LogNorm

from tasks.page.drawing import GREY, ORANGE, VERMILLION, panels, plot, style
from tasks.page.section import Block, Fold, Picture, Section, Table
from tasks.page.wording import percent
from tasks.reporting.study import ReportedStudy
from tasks.statistics.ellipse import confidence_ellipse

ORDER = 420
ACROSS = 3
SIGMAS = (1, 2, 3)
TITLES = {
    "correlation": ("ellipses", "The most strongly correlated components"),
    "offset": ("planes_offset", "Components that carry the offset"),
    "axes": ("planes_axes", "Pairs of main axes"),
}
Floats = npt.NDArray[np.float64]


def build(study: ReportedStudy) -> Section | None:
    """A figure for each kind of plane, and all shares in a table."""
    facts = study.summary.get("planes")
    if not facts:
        return None
    blocks: list[Block] = [_figure(study, facts, kind) for kind in dict.fromkeys(facts["kind"])]
    return Section("planes", "Planes through the cloud", (*blocks, _table(study, facts)), study.claims("planes"))


def _arrays(study: ReportedStudy, *names: str) -> list[npt.NDArray[Any]]:
    return [np.asarray(study.statistic(f"plane_{name}")) for name in names]


def _figure(study: ReportedStudy, facts: dict[str, Any], kind: str) -> Picture:
    shown = [plane for plane, own in enumerate(facts["kind"]) if own == kind][: study.config.pairs]
    name, title = TITLES[kind]
    normal = ", ".join(f"{100 * share:.1f}" for share in facts["normal_share"])
    with style():
        figure, axes = panels(len(shown), ACROSS, 3.1)
        for place, (plane, axis) in enumerate(zip(shown, axes, strict=True)):
            _panel(study, axis, plane, facts["correlation"][plane], "w" if kind == "axes" else "z")
            if place == 0:
                axis.legend(loc="upper left", fontsize=7)
        return plot(
            name,
            figure,
            study.config.dpi,
            f"{title}: density of all training points (darker is denser, logarithmic) with the ellipses of 1, 2 and 3 "
            f"sigma. Above each panel the shares of points inside; a normal distribution has {normal} %.",
            f"{title}: two-dimensional densities with confidence ellipses.",
        )


def _panel(study: ReportedStudy, axis: Any, plane: int, correlation: float, letter: str) -> None:
    pair, mean, covariance, edge, density, share = (
        values[plane] for values in _arrays(study, "pair", "mean", "covariance", "edge", "density", "share")
    )
    counts = np.where(density > 0, density, np.nan).astype(float)
    axis.pcolormesh(*edge, counts, cmap="Blues", norm=LogNorm(vmin=0.5, vmax=max(2.0, float(density.max()))))
    for sigma, colour, dashes in zip(SIGMAS, (ORANGE, VERMILLION, GREY), ("-", "-", "--"), strict=True):
        outline = confidence_ellipse(mean, covariance, float(-np.expm1(-0.5 * sigma**2))).outline()
        axis.plot(*outline.T, color=colour, linestyle=dashes, linewidth=1.4, label=f"{sigma} σ")
    axis.set_xlim(edge[0][0], edge[0][-1])
    axis.set_ylim(edge[1][0], edge[1][-1])
    shares = " · ".join(f"{100 * one:.1f}" for one in share)
    title = f"{shares} %" if letter == "w" else f"r = {correlation:+.2f} · {shares} %".replace("-", "−")
    axis.set_title(title, fontsize=8.5)
    first, second = (int(one) + (letter == "w") for one in pair)
    names = ("axis {}", "axis {}") if letter == "w" else ("z$_{{{}}}$", "z$_{{{}}}$")
    axis.set(xlabel=names[0].format(first), ylabel=names[1].format(second))


def _table(study: ReportedStudy, facts: dict[str, Any]) -> Fold:
    pair, share = _arrays(study, "pair", "share")
    held = study.statistic("heldout_plane_share")
    sides = share if held is None else np.concatenate([share, held], axis=1)
    rows = tuple(
        (kind, int(first), int(second), float(correlation), *(float(one) for one in own))
        for kind, (first, second), correlation, own in zip(
            facts["kind"], pair, facts["correlation"], sides, strict=True
        )
    )
    repeats = sides.shape[1] // share.shape[1]
    normal = ("normal distribution", "", "", "", *(percent(one) for one in facts["normal_share"] * repeats))
    shown = (normal, *(_shown(row) for row in rows))
    columns = ("kind", "first", "second", "correlation", *(f"inside_{sigma}_sigma" for sigma in SIGMAS))
    headings = ("plane", "first", "second", "correlation", *(f"{sigma} σ" for sigma in SIGMAS))
    if held is not None:
        columns += tuple(f"heldout_inside_{sigma}_sigma" for sigma in SIGMAS)
        headings += tuple(f"held-out {sigma} σ" for sigma in SIGMAS)
    caption = "Share of the points inside each ellipse, which is that of the training points on either side."
    table = Table("planes", columns, rows, caption, headings, shown, frozenset({0}))
    return Fold(f"All {len(rows)} planes", (table,))


def _shown(row: tuple[Any, ...]) -> tuple[str, ...]:
    """A plane's cells on the page; axes are counted from 1."""
    kind, first, second, correlation, *shares = row
    named = (str(one + (kind == "axes")) for one in (first, second))
    return (kind, *named, f"{correlation:+.2f}".replace("-", "−"), *(percent(share) for share in shares))
