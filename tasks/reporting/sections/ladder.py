"""Which sampler is best: each at its best level."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from tasks.reporting.drawing import BLACK, GREY, REAL, RECONSTRUCTION, SKY, new_figure, plot, style
from tasks.reporting.findings.answer import copies
from tasks.reporting.findings.finding import short
from tasks.reporting.metrics import metric_named
from tasks.reporting.scores import Score
from tasks.reporting.section import Block, Picture, Prose, Section
from tasks.reporting.study import Study

ORDER = 30


def build(study: Study) -> Section | None:
    """A bar per sampler, beside what real images and reconstructions reach."""
    if not study.scores.rows:
        return None
    blocks: tuple[Block, ...] = (Prose(_words(study)), *_ladder(study))
    return Section("ladder", "Which draw is best", blocks, study.claims("ladder"))


def _words(study: Study) -> Markup:
    network = study.feature_network
    kind = study.judge.features or str(network.get("features", ""))
    if kind == "random":
        space = "an untrained network with fixed random weights, which orders samplers only roughly"
    elif kind == "attributes":
        accuracy = network.get("accuracy")
        space = "a small classifier trained on the data's own attributes"
        if isinstance(accuracy, int | float):
            space += f" ({100 * accuracy:.1f} % accurate)"
    else:
        space = f"the network “{kind}”"
    return Markup(
        "<p>Every sampler's decoded images are compared with real ones in the features of {}. Two fixed rows belong to "
        "every table: <em>real</em>, the floor that other real images reach, and <em>reconstruction</em>, the honest "
        "yardstick of a plain draw. The ± is the standard deviation over repeated draws; a difference counts from {} "
        "standard deviations on.</p>"
    ).format(space, f"{study.config.evidence:g}")


def _ladder(study: Study) -> list[Picture]:
    judge = study.judge
    best = [score for name in study.scores.samplers if (score := study.scores.best(judge, name))]
    if not best:
        return []
    best.sort(key=lambda score: score.value)
    copied = [copies(study.numbers, score) for score in best]
    title = metric_named(judge.metric).title
    with style():
        figure = new_figure(0.34 * len(best) + 1.1)
        axes = figure.subplots()
        _bars(axes, best, copied)
        _fixed_lines(axes, study)
        axes.set_yticks(range(len(best)), [score.sampler for score in best])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.margins(x=0.16)
        axes.set_xlabel(f"{title} against {judge.images} ({judge.features} features; lower is better)")
        figure.legend(loc="outside upper right", ncols=2)
        caption = f"Each sampler at its best level by {title}."
        if any(copied):
            caption += " Hatched: its novelty is so low that it copies training faces."
        return [plot("ladder", figure, study.config.dpi, caption, _described(title, best))]


def _bars(axes: Any, best: list[Score], copied: list[bool]) -> None:
    spreads = [max(score.spread, 0.0) if math.isfinite(score.spread) else 0.0 for score in best]
    values = [score.value for score in best]
    axes.barh(
        range(len(best)),
        values,
        xerr=spreads,
        color=["#ffffff" if copy else SKY for copy in copied],
        edgecolor=[GREY if copy else SKY for copy in copied],
        hatch=["////" if copy else "" for copy in copied],
        height=0.66,
        error_kw={"elinewidth": 1.2, "capsize": 2.5, "ecolor": BLACK},
    )
    axes.set_xscale("log" if max(values) > 30 * min(values) > 0 else "linear")
    for place, (score, spread) in enumerate(zip(best, spreads, strict=True)):
        axes.annotate(
            f"{short(score.value)}   {score.level}",
            (score.value + spread, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color="#444444",
        )


def _fixed_lines(axes: Any, study: Study) -> None:
    for name, colour, dashes in (("real", REAL, ":"), ("reconstruction", RECONSTRUCTION, "--")):
        for score in study.scores.judged(study.judge, name)[:1]:
            axes.axvline(score.value, color=colour, linestyle=dashes, linewidth=1.6, label=name)


def _described(title: str, best: list[Score]) -> str:
    listed = "; ".join(f"{score.name} {short(score.value)}" for score in best)
    return f"Bar chart of {title} per sampler, lower is better: {listed}."
