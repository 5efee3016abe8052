"""How studies are placed and coloured in the comparison's plots."""

from __future__ import annotations

from typing import Any

from tasks.comparing.axes import Settings, setting_words, short_axis, varied
from tasks.page.drawing import PALETTE


class Scheme:
    """A column for each cell, its runs beside each other: ``placed`` is each study's place and colour.

    Colours tell the levels of the axis that has the fewest, so that few of them tell most.
    """

    def __init__(self, settings: Settings) -> None:
        self.axes = varied(settings)
        keys = list(zip(*self.axes.values(), strict=True)) if self.axes else [()] * len(settings)
        self.cells = list(dict.fromkeys(keys))
        self.cell = [self.cells.index(key) for key in keys]
        self.most = max(map(self.cell.count, self.cell))
        coloured = min(self.axes, key=lambda name: len(set(self.axes[name])), default="")
        values = self.axes.get(coloured, [None] * len(settings))
        levels = list(dict.fromkeys(values))
        self.placed = [
            (self._place(study), PALETTE[levels.index(value) % len(PALETTE)]) for study, value in enumerate(values)
        ]
        self.legends = [f"{short_axis(coloured)} {setting_words(level)}" for level in levels] if coloured else []

    def _place(self, study: int) -> float:
        cell = self.cell[study]
        run = self.cell[:study].count(cell)
        return cell + 0.24 * (run - (self.most - 1) / 2) / max(1, self.most - 1) * (self.most > 1)

    @property
    def points(self) -> str:
        """What is drawn, for a caption."""
        return "A point a study, runs of a configuration side by side" if self.axes else "A point a run"

    def legend(self, figure: Any, axes: Any) -> None:
        """Name the colours above ``figure``, in which ``axes`` is."""
        for label, colour in zip(self.legends, PALETTE, strict=False):
            axes.plot([], [], "o", color=colour, markersize=5, label=label)
        if self.legends:
            figure.legend(loc="outside upper center", ncols=len(self.legends))

    def label(self, axes: Any) -> None:
        """Tick every cell by its levels, a line each."""
        labels = ["\n".join(map(setting_words, cell)) or f"{len(self.cell)} runs" for cell in self.cells]
        axes.set_xticks(range(len(self.cells)), labels, fontsize=7)
        axes.set_xlim(-0.6, len(self.cells) - 0.4)
        axes.grid(axis="x", visible=False)
