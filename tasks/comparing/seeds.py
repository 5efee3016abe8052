"""Runs of one configuration: what the seed changes, and nothing of configurations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from tasks.comparing.config import ComparisonConfig
from tasks.comparing.verdict import Verdict
from tasks.page.drawing import BLACK, GREY, new_figure, plot, style
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Cell, Picture, Prose, Section, Table
from tasks.page.wording import percent, short

SPREAD = "standard deviation over the runs, as a share of the mean (of 1 for shares and figures about zero)"


def seed_words(seeds: Sequence[str]) -> str:
    """The seeds that differ, as a sentence names them."""
    return f"the seed{'s' * (len(seeds) > 1)} ({', '.join(seeds)})"


def seed_answer(verdicts: Sequence[Verdict], seeds: Sequence[str], config: ComparisonConfig) -> Finding:
    """How many figures hold over the runs, and how many do not."""
    stable = sum(verdict.kind == "stable" for verdict in verdicts)
    varying = len(verdicts) - stable
    text = (
        f"Of {len(verdicts)} figures, {varying} var{'ies' if varying == 1 else 'y'} with {seed_words(seeds)} and "
        f"{stable} {'is' if stable == 1 else 'are'} stable."
    )
    detail = (
        f"Stable: a {SPREAD}, below {percent(config.stable)}. All studies are runs of one configuration: what settings "
        "change, they cannot tell."
    )
    bars = tuple(
        Evidence(label, float(count), text=str(count))
        for label, count in (("vary with the seed", varying), ("stable", stable))
        if count
    )
    return Finding("answer", "variance", text, detail, bars, "figures")


def seed_bars(verdicts: Sequence[Verdict]) -> tuple[Evidence, ...]:
    """The spread of each figure, if all are of runs of one configuration."""
    if any(verdict.parts is not None for verdict in verdicts):
        return ()
    return tuple(
        Evidence(verdict.figure.title, verdict.spread, text=percent(verdict.spread))
        for verdict in verdicts
        if math.isfinite(verdict.spread)
    )


def seed_section(verdicts: Sequence[Verdict], config: ComparisonConfig) -> Section:
    """The spread of every figure over the runs, drawn and in a table."""
    return Section("variance", "What the seed changes", (_spreads_figure(verdicts, config), _spreads_table(verdicts)))


def _spreads_figure(verdicts: Sequence[Verdict], config: ComparisonConfig) -> Picture:
    shown = [verdict for verdict in verdicts if math.isfinite(verdict.spread)]
    with style():
        figure = new_figure(0.235 * len(shown) + 1.0)
        axes = figure.subplots()
        for row, verdict in enumerate(shown):
            colour = GREY if verdict.kind == "stable" else BLACK
            axes.barh(row, 100 * verdict.spread, color=colour, height=0.72, linewidth=0)
        axes.axvline(100 * config.stable, color=GREY, linestyle="--", linewidth=1.0)
        axes.set_yticks(range(len(shown)), [verdict.figure.title for verdict in shown])
        axes.set(xlabel="spread over the runs, %", xlim=(0, None))
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        caption = f"How much each figure varies with the seed: its {SPREAD}. Grey: stable, below the dashed line."
        told = "; ".join(f"{verdict.figure.title}: {percent(verdict.spread)}" for verdict in shown)
        return plot("spreads", figure, config.dpi, caption, told)


def _spreads_table(verdicts: Sequence[Verdict]) -> Table:
    columns = ("figure", "mean", "standard_deviation", "relative_spread", "minimum", "maximum", "runs", "belongs")
    headings = ("figure", "mean", "±", "spread", "lowest", "highest", "runs", "varies with")
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[Cell, ...]] = []
    for verdict in verdicts:
        known = verdict.values[np.isfinite(verdict.values)]
        numbers = (float(known.mean()), float(known.std(ddof=1)))
        ends = (float(known.min()), float(known.max()))
        rows.append((verdict.figure.name, *numbers, verdict.spread, *ends, len(known), verdict.belongs))
        title = Markup("{}<small>{}</small>").format(verdict.figure.title, verdict.figure.meaning)
        spread = percent(verdict.spread) if math.isfinite(verdict.spread) else "–"
        belongs = "the seed" if verdict.kind == "seed" else "– (stable)"
        shown.append((title, *map(short, numbers), spread, *map(short, ends), str(len(known)), belongs))
    caption = f"Every figure over the runs. ±: standard deviation; spread: {SPREAD}."
    marked = frozenset(place for place, verdict in enumerate(verdicts) if verdict.kind == "stable")
    return Table("variance", columns, tuple(rows), caption, headings, tuple(shown), marked)


def seed_method(config: ComparisonConfig) -> Section:
    """What is computed."""
    text = Markup(
        "<p>All studies are <em>runs</em> of one configuration: they differ in nothing but a seed. A figure is called "
        "<em>stable</em> where its {} is below {}; otherwise it <em>varies with the seed</em>. So much a figure of a "
        "single study is uncertain by. To learn what a setting changes, give it as an axis of the grid beside the "
        "seed.</p>"
    ).format(SPREAD, f"{100 * config.stable:g} %")
    return Section("method", "How this is told", (Prose(text),))
