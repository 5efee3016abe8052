"""How likely held-out points are under each way of drawing, and whether likelier means better faces."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

from tasks.finished.estimates import Estimate
from tasks.finished.likelihoods import Density
from tasks.finished.numbers import Numbers
from tasks.finished.verdict import DISTANCE, Judged
from tasks.page.drawing import BLUE, GREY, ORANGE, Drawn, picture, subplots
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import listed, short, signed, with_interval
from tasks.reporting.ladder_chart import scale
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topic import Evidence, Finding, topic
from tasks.sampling.registry import SAMPLERS


class Rung(NamedTuple):
    """What one kind of knowledge comes to: its words, the likeliest way that has it, and that sampler's faces."""

    words: str
    density: Density
    judged: Judged | None


class Gain(NamedTuple):
    """A rung over the one before it: in nats per component, and by how much its distance is smaller."""

    rung: Rung
    nats: Estimate
    faces: Estimate | None


def _sign(found: Estimate | None) -> int:
    """1 or −1 where the interval lies on one side of 0, else 0."""
    return 0 if found is None else int(found.low > 0) - int(found.high < 0)


def rungs(numbers: Numbers) -> list[Rung]:
    """The rungs that this study has, from the least knowledge to the most."""
    kinds: dict[tuple[int, str], list[str]] = {}
    for name, kind in SAMPLERS.every().items():
        if kind.rung is not None:
            kinds.setdefault(kind.rung, []).append(name)
    best = ((words, numbers.likelihoods.best(*names)) for (_, words), names in sorted(kinds.items()))
    return [Rung(words, way, numbers.verdict.leader(way.sampler)) for words, way in best if way is not None]


def gains(found: list[Rung]) -> list[Gain]:
    """What each rung adds to the one before it."""
    return [
        Gain(
            rung,
            rung.density.over(before.density),
            rung.judged.against(before.judged).gap if rung.judged is not None and before.judged is not None else None,
        )
        for before, rung in pairwise(found)
    ]


def worth(numbers: Numbers) -> Finding | None:
    """What correlations, several normals and learned structure are worth in nats and in faces."""
    found = rungs(numbers)
    if len(found) < 2:
        return None
    added = gains(found)
    parts = [f"{gain.rung.words} {signed(gain.nats.value, 3)}" for gain in added]
    text = f"Held-out points become likelier, in nats per component: {listed(parts)}."
    lines = [_told(gain) for gain in added]
    lines += _agreement(added)
    bars = tuple(Evidence(rung.density.name, rung.density.nats.value) for rung in found)
    decided = all(_sign(gain.nats) for gain in added)
    return Finding("likelihoods", "likelihoods", text, " ".join(lines), bars, "nats per component", decided)


def _agreement(added: list[Gain]) -> list[str]:
    """Whether faces tell the same of each rung as likelihood does."""
    judged = [gain for gain in added if gain.faces is not None and math.isfinite(gain.faces.value)]
    if not judged:
        return []
    against = [gain.rung.words for gain in judged if _sign(gain.nats) * _sign(gain.faces) < 0]
    one_sided = [gain.rung.words for gain in judged if (_sign(gain.nats) == 0) != (_sign(gain.faces) == 0)]
    said = [f"Likelihood and faces contradict each other on {listed(against)}."] if against else []
    said += [f"Only one of the two tells a difference of {listed(one_sided)}."] if one_sided else []
    return said or ["Likelihood and faces agree on every step."]


def _told(gain: Gain) -> str:
    text = f"{gain.rung.density.name}: {with_interval(*gain.nats)} nats"
    if gain.faces is None or not math.isfinite(gain.faces.value):
        return f"{text}."
    return f"{text}, {DISTANCE} changes by {with_interval(*_negated(gain.faces))}."


def _negated(found: Estimate) -> Estimate:
    return Estimate(-found.value, -found.high, -found.low)


@picture
def _chart(study: ReportedStudy) -> Drawn | None:
    """The gain of each sampler over the normal distribution, and the distance of its faces."""
    leaders = study.likelihoods.leaders
    if not leaders:
        return None
    figure, (left, right) = subplots(0.36 * len(leaders) + 1.1, 1, 2, sharey=True)
    _intervals(left, [way.gain for way in leaders], BLUE)
    left.axvline(0, color=GREY, linewidth=1, zorder=0)
    left.set_yticks(range(len(leaders)), [way.name for way in leaders])
    left.invert_yaxis()
    left.set(xlabel="nats per component above one normal distribution", title="Held-out likelihood (more is better)")
    judged = [study.verdict.leader(way.sampler) for way in leaders]
    distances = [Estimate(math.nan, math.nan, math.nan) if row is None else row.distance for row in judged]
    _intervals(right, distances, ORANGE)
    scale(right, distances, study.verdict.reconstructions.get("fd_debiased"))
    right.set(xlabel=f"{DISTANCE} from training reconstructions", title="Faces (less is better)")
    for axis in (left, right):
        axis.grid(axis="y", visible=False)
    return Drawn(
        "likelihoods",
        figure,
        f"Mean log density of {study.likelihoods.points:,} held-out points, each sampler at its likeliest level, less "
        "that of the normal distribution with the training points' mean and covariance; beside it the faces of the "
        f"same sampler at its most promising level, by {DISTANCE}. Bars: 95 % intervals.",
        "Points with intervals: " + "; ".join(f"{way.name} {with_interval(*way.gain)}" for way in leaders) + ".",
    )


def _intervals(axis: Any, found: list[Estimate], colour: str) -> None:
    for place, (value, low, high) in enumerate(found):
        if math.isfinite(value):
            reach = [[value - low], [high - value]] if math.isfinite(low) else None
            axis.errorbar(value, place, xerr=reach, fmt="o", markersize=5, color=colour, elinewidth=1.4, capsize=3)


COLUMNS = (
    Column("sampler"),
    Column("label", "level"),
    Column("nats", "nats per component ↑", with_interval, takes=3),
    Column("nats_low", shown=None),
    Column("nats_high", shown=None),
    Column("gain", "above one normal ↑", with_interval, takes=3),
    Column("gain_low", shown=None),
    Column("gain_high", shown=None),
)


def _table(study: ReportedStudy) -> Fold | None:
    ways = study.likelihoods.ways
    if not ways:
        return None
    ranked = sorted(ways, key=lambda way: -way.nats.value)
    rows = [(way.sampler, way.label, *way.nats, *way.gain) for way in ranked]
    caption = (
        "log density of held-out points in nats, divided by the number of components that vary; with respect to "
        "Lebesgue measure in latent space. Intervals: 95 %, over the points; the difference from the normal "
        "distribution is taken point by point. A level that is likelier than another was not chosen by these points "
        "unless it leads the figure."
    )
    return fold(f"All densities in numbers: {len(rows)}", table("likelihoods", COLUMNS, rows, caption))


def _fits(study: ReportedStudy) -> Fold | None:
    """The curves of learned samplers."""
    found = {name: drawn.facts.get("curve") for name, drawn in study.samples.items()}
    curves = {name: curve for name, curve in found.items() if isinstance(curve, list)}
    rows = [(name, *point) for name, curve in curves.items() for point in curve]
    if not rows:
        return None
    columns = (Column("sampler"), Column("steps"), *alike(short, training="training", held_out="held-out"))
    caption = "The fit of each learned sampler: its loss on the points it was fitted to, and on those left out of it."
    return fold(f"The fits of learned samplers: {len(curves)}", table("fits", columns, rows, caption))


def absent(numbers: Numbers) -> Finding | None:
    """Which samplers' densities are left off the ladder, and why."""
    missing = numbers.likelihoods.absent
    if not missing or (len({why for _, why in missing}) == 1 and not numbers.likelihoods.ways):
        return None
    text = f"{listed([sampler for sampler, _ in missing])} {'is' if len(missing) == 1 else 'are'} left off the ladder "
    text += "of likelihoods."
    detail = " ".join(f"{sampler}: {why}." for sampler, why in missing)
    return Finding("no_density", "likelihoods", text, detail)


ORDER, RANK = 725, (14, 97)
FINDERS = (worth, absent)
build = topic("likelihoods", "Likelihood of held-out points", _chart, _table, _fits)
