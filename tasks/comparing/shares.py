"""To what each figure belongs: how its variance splits between the settings and the runs of one configuration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import partial

from markupsafe import Markup
from matplotlib.patches import Patch

from tasks.comparing.axes import axis_title, axis_words
from tasks.comparing.compared import Compared
from tasks.comparing.variance import Effect
from tasks.comparing.verdict import CELLS, Verdict
from tasks.page.drawing import BLACK, GREY, PALETTE, Drawn, new_figure, picture
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Cell, Column, Prose, Section, Table, section, table
from tasks.page.wording import listed, percent, short

TOGETHER = "#bbbbbb"
"""The colour of what lies between configurations but is no axis's alone."""

SAID = {
    "cells": ("to the configuration as a whole",) * 2,
    "stable": ("is stable", "are stable"),
    "run": ("belongs to the run", "belong to the run"),
    "seed": ("varies in the only configuration", "vary in the only configuration"),
    "undecided": ("is undecided", "are undecided"),
    "unreplicated": ("vary, but nobody can tell why without repeated runs",) * 2,
}
"""Of each kind of verdict what is said of one figure, and of several."""

hidden = partial(Column, shown=None)
"""A column of the CSV alone."""


def build(compared: Compared) -> Section | None:
    """How the variance of every figure splits, drawn and in a table."""
    return section("variance", "Whose each figure is", _figure(compared), _table(compared))


def answer(compared: Compared) -> Finding:
    """How many figures belong to what."""
    kinds: Counter[str] = Counter(verdict.kind for verdict in compared.verdicts)
    axes = Counter(verdict.axis for verdict in compared.verdicts if verdict.kind == "axis").most_common()
    parts = [f"{found} belong{'s' * (found == 1)} to {axis_words(axis)}" for axis, found in axes]
    parts += [f"{kinds[kind]} {one if kinds[kind] == 1 else many}" for kind, (one, many) in SAID.items() if kinds[kind]]
    bars = (
        *((axis_words(axis), found) for axis, found in axes),
        ("the configuration", kinds["cells"]),
        ("stable", kinds["stable"]),
        ("the run", kinds["run"]),
        ("undecided", kinds["undecided"] + kinds["unreplicated"] + kinds["seed"]),
    )
    detail = (
        f"Belongs: an F-test of the axis against the runs, adjusted over all figures and axes (Holm), level "
        f"{compared.config.significance:g}. Stable: a standard deviation below {percent(compared.config.stable)} over "
        "all studies."
    )
    count = len(compared.verdicts)
    text, decided = f"Of {count} figures {listed(parts)}.", kinds["unreplicated"] < count
    return Finding("answer", "variance", text, detail, counts(bars), "figures", decided)


def counts(bars: Iterable[tuple[str, int]]) -> tuple[Evidence, ...]:
    """How many figures each label has, where there are any."""
    return tuple(Evidence(label, float(count), text=str(count)) for label, count in bars if count)


def method(compared: Compared) -> Section | None:
    """What is computed, and what the words mean."""
    text = Markup(
        "<p>Studies that differ in nothing but a seed are <em>runs</em> of one <em>configuration</em>. For every "
        "figure the sum of squares over all studies is split into what lies between configurations and what lies "
        "between runs of one (one-way analysis of variance), and the former into the axes' main effects: what the "
        "additive model of all axes loses without the axis. <em>F</em> is an effect's mean square over that of the "
        "runs; p-values are adjusted over all figures and axes (Holm 1979). The intraclass correlation, (MSB − MSW)"
        " / (MSB + (m − 1) MSW) with m runs a configuration (Shrout &amp; Fleiss 1979, case 1), is the share of the"
        " variance that runs of one configuration have in common: 1 where only the configuration counts, 0 or less "
        "where only the run does.</p><p>A figure is called <em>stable</em> where its standard deviation over all "
        "studies is below {} of its mean (of 1, for shares and for figures about zero); it <em>belongs to an "
        "axis</em> where that axis's adjusted p is below {}, to the one with the largest share if there are "
        "several; otherwise it cannot be told from the run. With few runs only large effects can be told: “the run”"
        " means that more runs would be needed to say otherwise.</p>"
    ).format(f"{100 * compared.config.stable:g} %", f"{compared.config.significance:g}")
    return section("method", "How this is told", Prose(text))


def _names(compared: Compared) -> list[str]:
    """The axes that any figure was split by."""
    return list(dict.fromkeys(axis.name for v in compared.verdicts if v.parts for axis in v.parts.axes))


@picture
def _figure(compared: Compared) -> Drawn:
    shown = [verdict for verdict in compared.verdicts if verdict.parts is not None and verdict.parts.total > 0]
    names = [name for name in _names(compared) if any(name in verdict.effects for verdict in shown)]
    colours = dict(zip(names, PALETTE, strict=False)) | {"axes together": TOGETHER, "run": BLACK}
    figure = new_figure(0.235 * len(shown) + 1.0)
    axes = figure.subplots()
    for row, verdict in enumerate(shown):
        parts = verdict.parts
        assert parts is not None
        shares = [(axis.name, parts.share(axis)) for axis in parts.axes]
        shares = [*shares, ("axes together", parts.together), ("run", parts.share(parts.within))]
        whole = sum(share for _, share in shares if math.isfinite(share)) or 1.0
        left = 0.0
        for name, share in shares:
            width = 100 * share / whole if math.isfinite(share) else 0.0
            faint = 0.3 if verdict.kind == "stable" else 1.0
            axes.barh(row, width, left=left, color=colours.get(name, GREY), height=0.72, alpha=faint, linewidth=0)
            left += width
    labels = [*names, *["axes together"] * (len(names) > 1), "run"]
    handles = [Patch(color=colours.get(name, GREY), label=axis_title(name)) for name in labels]
    axes.set_yticks(range(len(shown)), [f"{v.figure.title}{'  (stable)' if v.kind == 'stable' else ''}" for v in shown])
    axes.set(xlim=(0, 100), xlabel="% of the variance over all studies")
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return Drawn(
        "shares",
        figure,
        "Whose the variance of each figure is (eta squared). Pale: the figure hardly varies at all, so that its "
        "shares mean little.",
        "; ".join(f"{v.figure.title}: {v.belongs}" for v in shown),
    )


def _table(compared: Compared) -> Table:
    names = _names(compared)
    columns = [
        *FIGURE,
        hidden("mean"),
        hidden("relative_spread"),
        hidden("between_spread"),
        hidden("run_spread"),
        Column("", "mean ± runs"),
        Column("intraclass", shown=lambda value: f"{value:.2f}" if math.isfinite(value) else "–"),
        *(column for name in (*names, CELLS) for column in _columns(name)),
        Column("run_share", "run", lambda share: percent(share) if math.isfinite(share) else "–"),
        Column("belongs", "belongs to"),
    ]
    caption = (
        "Whose the variance is. ±: the pooled standard deviation between runs of one configuration. Per cent: of the "
        "sum of squares over all studies; in small type the adjusted p-value of the F-test against the runs."
    )
    rows = [_row(verdict, names) for verdict in compared.verdicts]
    return table("variance", columns, rows, caption, stable_rows(compared))


FIGURE = (hidden("figure"), Column("", "figure"))
"""A figure by its name and by what it means."""


def figure_cells(verdict: Verdict) -> tuple[Cell, Cell]:
    """The two cells of ``FIGURE``."""
    words = Markup("{}<small>{}</small>").format(verdict.figure.title, verdict.figure.meaning)
    return verdict.figure.name, words


def stable_rows(compared: Compared) -> list[int]:
    """Which verdicts say that a figure is stable."""
    return [place for place, verdict in enumerate(compared.verdicts) if verdict.kind == "stable"]


def _columns(name: str) -> list[Column]:
    found = [hidden(f"{name}_share"), hidden(f"{name}_F"), hidden(f"{name}_p_adjusted")]
    return found if name == CELLS else [*found, Column("", axis_title(name))]


def _row(verdict: Verdict, names: list[str]) -> list[Cell]:
    parts, mean = verdict.parts, float(verdict.known.mean())
    between, runs, intraclass, within = (
        (_deviation(parts.between), _deviation(parts.within), parts.intraclass, parts.share(parts.within))
        if parts
        else (math.nan,) * 4
    )
    beside = f"{short(mean)} ± {short(runs)}" if math.isfinite(runs) else short(mean)
    row: list[Cell] = [*figure_cells(verdict), mean, verdict.spread, between, runs, beside, intraclass]
    for name in (*names, CELLS):
        effect, p = verdict.effects.get(name), verdict.probability.get(name, math.nan)
        share = parts.share(effect) if parts and effect else math.nan
        row += [share, effect.statistic if effect else math.nan, p]
        if name != CELLS:
            small = "" if not math.isfinite(p) else "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
            row.append(Markup("{}<small>{}</small>").format(percent(share), small) if math.isfinite(share) else "–")
    return [*row, within, verdict.belongs]


def _deviation(effect: Effect) -> float:
    """The square root of an effect's mean square; NaN without degrees of freedom."""
    return math.sqrt(effect.squares / effect.freedom) if effect.freedom else math.nan
