"""The comparison's plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

from tasks.comparing.studied import Studied
from tasks.comparing.verdict import Verdict, axis_words, varied
from tasks.page.drawing import BLACK, GREY, PALETTE, RECONSTRUCTION, new_figure, panels, plot, style
from tasks.page.section import Picture
from tasks.page.wording import short

TOGETHER = "#bbbbbb"
"""The colour of what lies between configurations but is no axis's alone."""

Values = npt.NDArray[np.float64]
Reader = Callable[[Studied], Values | None]


class Scheme:
    """How studies are placed and coloured: a column for each cell, its runs beside each other.

    Colours tell the levels of the axis that has the fewest, so that few of them tell most.
    """

    def __init__(self, studies: Sequence[Studied]) -> None:
        settings = [study.member.values for study in studies]
        self.axes = varied(settings)
        keys = list(zip(*self.axes.values(), strict=True)) if self.axes else [()] * len(studies)
        self.cells = list(dict.fromkeys(keys))
        self.cell = [self.cells.index(key) for key in keys]
        self.coloured = min(self.axes, key=lambda name: len(set(self.axes[name])), default="")
        self.levels = list(dict.fromkeys(self.axes[self.coloured])) if self.coloured else [None]
        self.runs = [self.cell[:place].count(cell) for place, cell in enumerate(self.cell)]

    def colour(self, place: int) -> str:
        """The colour of the study at ``place``."""
        level = self.axes[self.coloured][place] if self.coloured else None
        return PALETTE[self.levels.index(level) % len(PALETTE)]

    def place(self, study: int) -> float:
        """Where the study at ``study`` stands on the horizontal axis."""
        most = max(self.cell.count(cell) for cell in range(len(self.cells)))
        return self.cell[study] + 0.24 * (self.runs[study] - (most - 1) / 2) / max(1, most - 1) * (most > 1)

    @property
    def labels(self) -> list[str]:
        """What each cell is called: its levels, a line each."""
        return ["\n".join(map(level_words, cell)) or f"{len(self.cell)} runs" for cell in self.cells]

    @property
    def points(self) -> str:
        """What is drawn, for a caption."""
        return "A point a study, runs of a configuration side by side" if self.axes else "A point a run"

    def legend(self, axes: Any) -> None:
        """Name the colours."""
        if self.coloured:
            for level, colour in zip(self.levels, PALETTE, strict=False):
                axes.plot(
                    [], [], "o", color=colour, markersize=5, label=f"{short_axis(self.coloured)} {level_words(level)}"
                )

    def label(self, axes: Any) -> None:
        """Tick every cell."""
        axes.set_xticks(range(len(self.cells)), self.labels, fontsize=7)
        axes.set_xlim(-0.6, len(self.cells) - 0.4)
        axes.grid(axis="x", visible=False)


def short_axis(axis: str) -> str:
    """The last part of an axis's name."""
    return axis.rpartition(".")[2]


def level_words(level: Any) -> str:
    """A level as one writes it: ``16-32-64``, ``batch``, ``synthetic`` for no data."""
    if isinstance(level, tuple | list):
        return "-".join(map(level_words, level))
    if level is None:
        return "synthetic"
    return level.rstrip("/").rpartition("/")[2] if isinstance(level, str) else f"{level}"


def shares_figure(verdicts: Sequence[Verdict], dpi: int) -> Picture:
    """How the variance of every figure splits: axes, interactions, runs."""
    shown = [verdict for verdict in verdicts if verdict.parts is not None and verdict.parts.total > 0]
    names = list(dict.fromkeys(axis.name for verdict in shown if verdict.parts for axis in verdict.parts.axes))
    colours = dict(zip(names, PALETTE, strict=False))
    with style():
        figure = new_figure(0.235 * len(shown) + 1.0)
        axes = figure.subplots()
        for row, verdict in enumerate(shown):
            assert verdict.parts is not None
            parts = [
                (axis.name, verdict.parts.share(axis), colours.get(axis.name, GREY)) for axis in verdict.parts.axes
            ]
            parts += [("axes together", verdict.parts.together, TOGETHER)]
            parts += [("run", verdict.parts.share(verdict.parts.within), BLACK)]
            _stack(axes, row, parts, faint=verdict.kind == "stable")
        named = [(axis_words(name).removeprefix("the "), colours.get(name, GREY)) for name in names]
        named += [("axes together", TOGETHER)] * (len(names) > 1) + [("run", BLACK)]
        handles = [Patch(color=colour, label=label) for label, colour in named]
        axes.set_yticks(
            range(len(shown)), [f"{v.figure.title}{'  (stable)' if v.kind == 'stable' else ''}" for v in shown]
        )
        axes.set(xlim=(0, 100), xlabel="% of the variance over all studies")
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
        return plot(
            "shares", figure, dpi,
            "Whose the variance of each figure is (eta squared). Pale: the figure hardly varies at all, so that its "
            "shares mean little.",
            "; ".join(f"{v.figure.title}: {v.belongs}" for v in shown),
        )  # fmt: skip


def _stack(axes: Any, row: int, parts: list[tuple[str, float, str]], faint: bool) -> None:
    whole = sum(share for _, share, _ in parts if math.isfinite(share)) or 1.0
    left = 0.0
    for _, share, colour in parts:
        width = 100 * share / whole if math.isfinite(share) else 0.0
        axes.barh(row, width, left=left, color=colour, height=0.72, alpha=0.3 if faint else 1.0, linewidth=0)
        left += width


def values_figure(name: str, verdicts: Sequence[Verdict], scheme: Scheme, dpi: int, caption: str) -> Picture:
    """A panel for each figure: every study a point, runs of a configuration side by side."""
    with style():
        figure, axes = panels(len(verdicts), 3, 2.15)
        for place, (panel, verdict) in enumerate(zip(axes, verdicts, strict=True)):
            for study, value in enumerate(verdict.values):
                panel.plot(scheme.place(study), value, "o", color=scheme.colour(study), markersize=4.5)
            _cell_means(panel, verdict.values, scheme)
            panel.set_title(verdict.figure.title, fontsize=9)
            scheme.label(panel)
            panel.margins(y=0.12)
            if place == 0:
                scheme.legend(panel)
        if scheme.coloured:
            figure.legend(loc="outside upper center", ncols=len(scheme.levels))
        listed = "; ".join(verdict.sentence for verdict in verdicts)
        return plot(name, figure, dpi, caption, listed)


def _cell_means(axes: Any, values: Values, scheme: Scheme) -> None:
    for cell in range(len(scheme.cells)):
        known = [v for v, of in zip(values, scheme.cell, strict=True) if of == cell and math.isfinite(v)]
        if known:
            axes.hlines(float(np.mean(known)), cell - 0.3, cell + 0.3, color=GREY, linewidth=1.0, zorder=0)


def boxes_figure(
    name: str,
    kinds: Sequence[tuple[str, Reader, float | None]],
    studies: Sequence[Studied],
    scheme: Scheme,
    dpi: int,
    caption: str,
) -> Picture:
    """Side by side distributions over the components: a box a study. ``kinds``: title, values, a normal's value."""
    with style():
        figure, axes = panels(len(kinds), 2, 2.5)
        for place, (panel, (title, read, normal)) in enumerate(zip(axes, kinds, strict=True)):
            if normal is not None:
                panel.axhline(normal, color=RECONSTRUCTION, linestyle="--", linewidth=1.0)
            for study, one in enumerate(studies):
                values = read(one)
                if values is not None and len(values):
                    _box(panel, values, scheme.place(study), scheme.colour(study), _width(scheme))
            panel.set_title(title, fontsize=9)
            scheme.label(panel)
            if place == 0:
                scheme.legend(panel)
        if scheme.coloured:
            figure.legend(loc="outside upper center", ncols=len(scheme.levels))
        return plot(name, figure, dpi, caption, f"Boxes of {', '.join(title for title, *_ in kinds)} for every study.")


def _width(scheme: Scheme) -> float:
    most = max(scheme.cell.count(cell) for cell in range(len(scheme.cells)))
    return min(0.5, 0.2 if most > 1 else 0.5)


def _box(axes: Any, values: Values, place: float, colour: str, width: float) -> None:
    low, first, middle, third, high = np.quantile(values, (0.02, 0.25, 0.5, 0.75, 0.98))
    axes.vlines(place, low, high, color=colour, linewidth=1.0)
    axes.bar(place, third - first, width, bottom=first, color=colour, alpha=0.45, linewidth=0)
    axes.hlines(middle, place - width / 2, place + width / 2, color=colour, linewidth=1.8)


def spectra_figure(studies: Sequence[Studied], scheme: Scheme, dpi: int) -> Picture:
    """How much of the variance the leading axes hold, a curve a study."""
    with style():
        figure = new_figure(3.0)
        left, right = figure.subplots(1, 2)
        for place, study in enumerate(studies):
            eigenvalue = study.statistic("eigenvalue")
            if eigenvalue is None or eigenvalue.sum() <= 0:
                continue
            share = 100 * np.cumsum(eigenvalue) / eigenvalue.sum()
            rank = np.arange(1, len(share) + 1)
            left.plot(rank, share, color=scheme.colour(place), linewidth=1.1, alpha=0.85)
            right.plot(100 * rank / len(rank), share, color=scheme.colour(place), linewidth=1.1, alpha=0.85)
        left.set(xscale="log", xlabel="main axes", ylabel="% of the variance", title="By their number")
        left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        left.xaxis.set_minor_formatter(NullFormatter())
        right.set(xlabel="% of the components", title="By their share of the components")
        right.plot([0, 100], [0, 100], color=GREY, linestyle=":", linewidth=1)
        scheme.legend(left)
        if scheme.coloured:
            figure.legend(loc="outside upper center", ncols=len(scheme.levels))
        caption = "Variance that the leading main axes hold, a line a study. Dotted: all axes alike."
        return plot("spectra", figure, dpi, caption, "Cumulative spectra of the latent covariance of every study.")


def ladder_figure(samplers: Sequence[str], studies: Sequence[Studied], scheme: Scheme, title: str, dpi: int) -> Picture:
    """Every sampler's best level in multiples of the study's own reconstructions, a point a study."""
    multiples = np.array([[study.multiple(sampler) for study in studies] for sampler in samplers])
    order = np.argsort(-np.nanmedian(multiples, axis=1), kind="stable")
    shift = [0.5 * (place / max(1, len(studies) - 1) - 0.5) for place in range(len(studies))]
    with style():
        figure = new_figure(max(2.2, (0.16 + 0.022 * len(studies)) * len(samplers) + 1.2))
        axes = figure.subplots()
        axes.axvline(1, color=RECONSTRUCTION, linestyle="--", linewidth=1.4)
        for row, sampler in enumerate(order):
            for place in range(len(studies)):
                value = multiples[sampler, place]
                if math.isfinite(value) and value > 0:
                    axes.plot(value, row + shift[place], "o", color=scheme.colour(place), markersize=4)
        axes.set_yticks(range(len(samplers)), [samplers[place] for place in order])
        known = multiples[np.isfinite(multiples) & (multiples > 0)]
        if len(known) and known.max() > 5 * known.min():
            axes.set_xscale("log")
            ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if known.min() / 2 < t < 2 * known.max()]
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        axes.set_xlabel(f"{title} / that of the study's reconstructions (lower is better)")
        axes.invert_yaxis()
        scheme.legend(axes)
        if scheme.coloured:
            figure.legend(loc="outside upper center", ncols=len(scheme.levels))
        listed = "; ".join(f"{samplers[k]} {short(float(np.nanmedian(multiples[k])))}" for k in order)
        caption = f"The ladders side by side: each sampler at its best level, {title} as a multiple of reconstructions."
        return plot("ladders", figure, dpi, caption, f"Medians over the studies: {listed}.")
