"""Autoencoder and latent points: the figures of a topic in every study, and what lies behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import FuncFormatter, NullFormatter

from tasks.comparing.compared import Compared
from tasks.comparing.headline import TOPICS
from tasks.comparing.seeds import SPREAD, spreads
from tasks.comparing.study import ComparedStudy
from tasks.comparing.verdict import Verdict
from tasks.page.drawing import GREY, RECONSTRUCTION, Drawn, new_figure, panels, picture
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Section, bullets, section
from tasks.page.wording import listed

NORMAL_HALF_WIDTH = 1.1774

Values = npt.NDArray[np.float64]
BOXES: dict[str, tuple[str, str, tuple[tuple[str, str, float | None], ...]]] = {
    "distributions": (
        "components",
        "Side by side distributions over the components. Box: half of them, with the median; line: from 2 to 98 %; "
        "dashed: a normal distribution.",
        (
            ("half-width / σ of each component", "half_width_ratio", NORMAL_HALF_WIDTH),
            ("skewness of each component", "skewness", 0.0),
            ("KS distance of each component from its normal fit", "gaussian_fit_distance", None),
            ("excess kurtosis of each component", "excess_kurtosis", 0.0),
        ),
    ),
    "correlations": (
        "pairs",
        "|R| over all pairs of components (box: half of them; line: from 2 to 98 %), and variance inflation.",
        (
            ("|R| of each pair", "correlation", None),
            ("variance inflation of each component", "variance_inflation", None),
        ),
    ),
}
"""By topic the figure's name, its caption, and panels: a title, an array of the statistics, a normal's value."""


def build(compared: Compared, topic: str) -> Section | None:
    """What is said of each figure of ``topic``, its values, and distributions or spectra behind them."""
    verdicts = compared.about(topic)
    if not verdicts:
        return None
    caption = f"{compared.scheme.points}; the line is their mean. "
    caption += " ".join(f"{verdict.figure.title}: {verdict.figure.meaning}." for verdict in verdicts)
    return section(
        topic,
        TOPICS[topic],
        bullets(verdict.sentence for verdict in verdicts),
        values_figure(compared, topic, verdicts, caption),
        _boxes(compared, *BOXES[topic]) if topic in BOXES else None,
        _spectra(compared) if topic == "dimension" else None,
    )


def claim(compared: Compared, topic: str) -> Finding | None:
    """To what each figure of ``topic`` belongs, and what is most telling of them."""
    verdicts = compared.about(topic)
    if not verdicts:
        return None
    groups: dict[str, list[str]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.belongs, []).append(verdict.figure.title)
    parts = [f"{listed(titles)}: {whose}" for whose, titles in sorted(groups.items(), key=lambda one: -len(one[1]))]
    split = [(verdict.figure.title, verdict.parts.intraclass) for verdict in verdicts if verdict.parts is not None]
    bars, unit = spreads(verdicts), SPREAD
    if split or not bars:
        unit = "intraclass correlation: 1 only the configuration counts, 0 or less only the run"
        bars = tuple(Evidence(title, max(0.0, icc), text=f"{icc:.2f}") for title, icc in split if math.isfinite(icc))
    telling = max(verdicts, key=_strength)
    decided = any(verdict.kind not in ("unreplicated", "undecided") for verdict in verdicts)
    return Finding(topic, topic, f"{TOPICS[topic]}. {'; '.join(parts)}.", telling.sentence, bars, unit, decided)


def _strength(verdict: Verdict) -> float:
    """How much there is to say of a figure: its relative spread, where it belongs to somebody."""
    return verdict.spread if verdict.kind in ("axis", "cells", "seed") and math.isfinite(verdict.spread) else 0.0


@picture
def values_figure(compared: Compared, name: str, verdicts: list[Verdict], caption: str) -> Drawn:
    """A panel for each figure: every study a point, runs of a configuration side by side."""
    scheme = compared.scheme
    figure, axes = panels(len(verdicts), 3, 2.15)
    for panel, verdict in zip(axes, verdicts, strict=True):
        cells: list[list[float]] = [[] for _ in scheme.cells]
        for value, cell, (place, colour) in zip(verdict.values, scheme.cell, scheme.placed, strict=True):
            panel.plot(place, value, "o", color=colour, markersize=4.5)
            if math.isfinite(value):
                cells[cell].append(value)
        for cell, known in enumerate(cells):
            if known:
                panel.hlines(float(np.mean(known)), cell - 0.3, cell + 0.3, color=GREY, linewidth=1.0, zorder=0)
        panel.set_title(verdict.figure.title, fontsize=9)
        scheme.label(panel)
        panel.margins(y=0.12)
    scheme.legend(figure, axes[0])
    return Drawn(name, figure, caption, "; ".join(verdict.sentence for verdict in verdicts))


@picture
def _boxes(compared: Compared, name: str, caption: str, kinds: Sequence[tuple[str, str, float | None]]) -> Drawn:
    """Side by side distributions over the components: a box a study."""
    scheme = compared.scheme
    width = 0.2 if scheme.most > 1 else 0.5
    figure, axes = panels(len(kinds), 2, 2.5)
    for panel, (title, array, normal) in zip(axes, kinds, strict=True):
        if normal is not None:
            panel.axhline(normal, color=RECONSTRUCTION, linestyle="--", linewidth=1.0)
        for study, (place, colour) in zip(compared.studies, scheme.placed, strict=True):
            values = _finite(study, array)
            if len(values):
                low, first, middle, third, high = np.quantile(values, (0.02, 0.25, 0.5, 0.75, 0.98))
                panel.vlines(place, low, high, color=colour, linewidth=1.0)
                panel.bar(place, third - first, width, bottom=first, color=colour, alpha=0.45, linewidth=0)
                panel.hlines(middle, place - width / 2, place + width / 2, color=colour, linewidth=1.8)
        panel.set_title(title, fontsize=9)
        scheme.label(panel)
    scheme.legend(figure, axes[0])
    return Drawn(name, figure, caption, f"Boxes of {', '.join(title for title, *_ in kinds)} for every study.")


def _finite(study: ComparedStudy, name: str) -> Values:
    """What an array of the statistics holds, of a matrix the sizes of what lies above its diagonal; perhaps nothing."""
    found = study.statistic(name)
    values = np.empty(0) if found is None else np.asarray(found, np.float64)
    if values.ndim == 2:
        values = np.abs(values[np.triu_indices(len(values), k=1)])
    return values[np.isfinite(values)]


@picture
def _spectra(compared: Compared) -> Drawn:
    """How much of the variance the leading axes hold, a curve a study."""
    figure = new_figure(3.0)
    left, right = figure.subplots(1, 2)
    for study, (_, colour) in zip(compared.studies, compared.scheme.placed, strict=True):
        eigenvalue = _finite(study, "eigenvalue")
        if eigenvalue.sum() <= 0:
            continue
        share = 100 * np.cumsum(eigenvalue) / eigenvalue.sum()
        rank = np.arange(1, len(share) + 1)
        left.plot(rank, share, color=colour, linewidth=1.1, alpha=0.85)
        right.plot(100 * rank / len(rank), share, color=colour, linewidth=1.1, alpha=0.85)
    left.set(xscale="log", xlabel="main axes", ylabel="% of the variance", title="By their number")
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    right.set(xlabel="% of the components", title="By their share of the components")
    right.plot([0, 100], [0, 100], color=GREY, linestyle=":", linewidth=1)
    compared.scheme.legend(figure, left)
    return Drawn(
        "spectra",
        figure,
        "Variance that the leading main axes hold, a line a study. Dotted: all axes alike.",
        "Cumulative spectra of the latent covariance of every study.",
    )
