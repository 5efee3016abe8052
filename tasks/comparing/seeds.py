"""Runs of one configuration: what the seed changes, and nothing of configurations."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from tasks.comparing.axes import seed_words
from tasks.comparing.compared import Compared
from tasks.comparing.shares import FIGURE, counts, figure_cells, hidden, stable_rows
from tasks.comparing.verdict import Verdict
from tasks.page.drawing import BLACK, GREY, Drawn, new_figure, picture
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Cell, Column, Prose, Section, Table, section, table
from tasks.page.wording import percent, short

SPREAD = "standard deviation over the runs, as a share of the mean (of 1 for shares and figures about zero)"


def build(compared: Compared) -> Section | None:
    """The spread of every figure over the runs, drawn and in a table."""
    return section("variance", "What the seed changes", _figure(compared), _table(compared))


def answer(compared: Compared) -> Finding:
    """How many figures hold over the runs, and how many do not."""
    count, stable = len(compared.verdicts), len(stable_rows(compared))
    varying = count - stable
    text = (
        f"Of {count} figures, {varying} var{'ies' if varying == 1 else 'y'} with {seed_words(compared.seeds)} and "
        f"{stable} {'is' if stable == 1 else 'are'} stable."
    )
    detail = (
        f"Stable: a {SPREAD}, below {percent(compared.config.stable)}. All studies are runs of one configuration: what "
        "settings change, they cannot tell."
    )
    bars = counts((("vary with the seed", varying), ("stable", stable)))
    return Finding("answer", "variance", text, detail, bars, "figures")


def spreads(verdicts: Sequence[Verdict]) -> tuple[Evidence, ...]:
    """The spread of each figure, where it is defined."""
    return tuple(
        Evidence(verdict.figure.title, verdict.spread, text=percent(verdict.spread))
        for verdict in verdicts
        if math.isfinite(verdict.spread)
    )


def method(compared: Compared) -> Section | None:
    """What is computed."""
    text = Markup(
        "<p>All studies are <em>runs</em> of one configuration: they differ in nothing but a seed. A figure is called "
        "<em>stable</em> where its {} is below {}; otherwise it <em>varies with the seed</em>. So much a figure of a "
        "single study is uncertain by. To learn what a setting changes, give it as an axis of the grid beside the "
        "seed.</p>"
    ).format(SPREAD, f"{100 * compared.config.stable:g} %")
    return section("method", "How this is told", Prose(text))


@picture
def _figure(compared: Compared) -> Drawn:
    shown = [verdict for verdict in compared.verdicts if math.isfinite(verdict.spread)]
    figure = new_figure(0.235 * len(shown) + 1.0)
    axes = figure.subplots()
    for row, verdict in enumerate(shown):
        colour = GREY if verdict.kind == "stable" else BLACK
        axes.barh(row, 100 * verdict.spread, color=colour, height=0.72, linewidth=0)
    axes.axvline(100 * compared.config.stable, color=GREY, linestyle="--", linewidth=1.0)
    axes.set_yticks(range(len(shown)), [verdict.figure.title for verdict in shown])
    axes.set(xlabel="spread over the runs, %", xlim=(0, None))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    return Drawn(
        "spreads",
        figure,
        f"How much each figure varies with the seed: its {SPREAD}. Grey: stable, below the dashed line.",
        "; ".join(f"{bar.label}: {bar.text}" for bar in spreads(shown)),
    )


def _table(compared: Compared) -> Table:
    columns = (
        *FIGURE,
        Column("mean", shown=short),
        Column("standard_deviation", "±", short),
        Column("relative_spread", "spread", lambda spread: percent(spread) if math.isfinite(spread) else "–"),
        Column("minimum", "lowest", short),
        Column("maximum", "highest", short),
        Column("runs"),
        hidden("belongs"),
        Column("", "varies with"),
    )
    caption = f"Every figure over the runs. ±: standard deviation; spread: {SPREAD}."
    return table("variance", columns, map(_row, compared.verdicts), caption, stable_rows(compared))


def _row(verdict: Verdict) -> list[Cell]:
    known = verdict.known
    numbers = map(float, (known.mean(), known.std(ddof=1), verdict.spread, known.min(), known.max()))
    varies = "the seed" if verdict.kind == "seed" else "– (stable)"
    return [*figure_cells(verdict), *numbers, len(known), verdict.belongs, varies]
