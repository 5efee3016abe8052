"""To whom each figure belongs: to an axis of the comparison, to the run, or to nobody because it is stable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from tasks.comparing.axes import axis_words, varied
from tasks.comparing.headline import Figure
from tasks.comparing.study import ComparedStudy
from tasks.comparing.variance import Decomposition, Effect, Floats, decompose
from tasks.finished.ranking import holm
from tasks.page.wording import percent, short

Kind = Literal["stable", "axis", "cells", "run", "undecided", "unreplicated", "seed"]
"""``seed``: it varies, and all studies that have it are runs of one configuration."""

ALIKE = 0.5
"""Intraclass correlation from which runs of one configuration have more in common than they differ."""

CELLS = "cells"


@dataclass(frozen=True)
class Verdict:
    """``values``: (study,), NaN where undefined; ``parts`` splits their variance, None for runs of one configuration.

    ``spread``: their standard deviation, relative to the figure's scale; ``probability``: of each axis and of all
    cells together, adjusted over all figures; ``axis``: whose the figure is, if an axis's.
    """

    figure: Figure
    values: Floats
    parts: Decomposition | None
    spread: float
    probability: dict[str, float]
    kind: Kind
    axis: str = ""

    @cached_property
    def known(self) -> Floats:
        """The finite values."""
        return self.values[np.isfinite(self.values)]

    @cached_property
    def effects(self) -> dict[str, Effect]:
        """The axes' effects and that of all cells together, by name; none for runs of one configuration."""
        return {effect.name: effect for effect in (*self.parts.axes, self.parts.between)} if self.parts else {}

    @property
    def sentence(self) -> str:
        """The verdict in words with its numbers."""
        return _sentence(self)

    @property
    def belongs(self) -> str:
        """To whom, in two words."""
        words = {"stable": "stable", "cells": "the configuration", "run": "the run", "seed": "the seed"}
        return axis_words(self.axis) if self.kind == "axis" else words.get(self.kind, "undecided")


def judge(
    figures: Sequence[Figure], studies: Sequence[ComparedStudy], significance: float, stable: float
) -> tuple[Verdict, ...]:
    """A verdict on each figure; p-values are adjusted over all figures and axes together (Holm)."""
    values = [np.array([figure.read(study) for study in studies], np.float64) for figure in figures]
    axes = varied([study.settings for study in studies])
    split = [_split(found, axes) for found in values]
    tests = [
        (place, effect.name, effect.probability)
        for place, parts in enumerate(split)
        if parts is not None
        for effect in (*parts.axes, *((parts.between,) if len(parts.axes) > 1 else ()))
        if math.isfinite(effect.probability)
    ]
    adjusted: list[dict[str, float]] = [{} for _ in figures]
    for (place, name, _), p in zip(tests, holm(np.array([p for *_, p in tests])), strict=True):
        adjusted[place][name] = float(p)
    return tuple(_verdict(*found, significance, stable) for found in zip(figures, values, split, adjusted, strict=True))


def _split(values: Floats, axes: dict[str, list[Any]]) -> Decomposition | None:
    known = np.isfinite(values)
    levels = {name: [level for level, use in zip(of, known, strict=True) if use] for name, of in axes.items()}
    differing = {name: of for name, of in levels.items() if len(set(of)) > 1}
    return decompose(values[known], differing) if differing else None


def relative_spread(values: Floats, scale: float | None) -> float:
    """Standard deviation (ddof 1) of the finite values over ``scale``, or over their absolute mean; NaN for one."""
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return math.nan
    unit = abs(float(known.mean())) if scale is None else scale
    deviation = float(known.std(ddof=1))
    return deviation / unit if unit > 0 else (0.0 if deviation == 0 else math.inf)


def _verdict(
    figure: Figure,
    values: Floats,
    parts: Decomposition | None,
    probability: dict[str, float],
    significance: float,
    stable: float,
) -> Verdict:
    spread = relative_spread(values, figure.scale)

    def said(kind: Kind, axis: str = "") -> Verdict:
        return Verdict(figure, values, parts, spread, probability, kind, axis)

    if np.isfinite(values).sum() < 2:
        return said("unreplicated")
    if spread < stable:
        return said("stable")
    if parts is None:
        return said("seed")
    if not parts.replicated:
        return said("unreplicated")
    sure = [axis for axis in parts.axes if probability.get(axis.name, math.nan) < significance]
    if sure:
        return said("axis", max(sure, key=lambda axis: axis.squares).name)
    if probability.get(CELLS, math.nan) < significance:
        return said("cells")
    return said("undecided" if parts.intraclass >= ALIKE else "run")


def _sentence(verdict: Verdict) -> str:
    known, parts, name = verdict.known, verdict.parts, _capital(verdict.figure.title)
    across = f"{short(float(known.min()))} to {short(float(known.max()))}"
    if len(known) < 2:
        return f"{name} cannot be compared: fewer than two studies have it."
    if verdict.kind == "seed":
        spread = f", a spread of {percent(verdict.spread)}" if math.isfinite(verdict.spread) else ""
        return f"{name} varies with the seed: {across}{spread} over {len(known)} runs."
    if verdict.kind == "stable":
        return f"{name} is stable: {across} over all studies, a spread of {percent(verdict.spread)}."
    if verdict.kind == "unreplicated":
        return f"{name} varies ({across}), but with one run of each configuration nobody can tell whose that is."
    assert parts is not None
    run = f"{percent(parts.share(parts.within))} of the variance lies between runs"
    if verdict.kind == "undecided":
        return (
            f"{name} is undecided: {across}; runs of one configuration are alike (intraclass correlation "
            f"{parts.intraclass:.2f}), but so few runs do not prove that an axis decides it."
        )
    if verdict.kind == "run":
        return (
            f"{name} belongs to the run: {across}, and runs of one configuration differ about as much as "
            f"configurations do ({run}; intraclass correlation {_signed(parts.intraclass)})."
        )
    if verdict.kind == "cells":
        share = percent(parts.share(parts.between))
        return f"{name} belongs to the configuration, to no single axis: {share} of the variance ({across})."
    shares = {axis.name: parts.share(axis) for axis in parts.axes}
    others = [
        f"{axis_words(axis)} {percent(share)}"
        for axis, share in sorted(shares.items(), key=lambda one: -one[1])
        if axis != verdict.axis and share >= 0.01
    ]
    rest = f"; {', '.join(others)}" if others else ""
    between = percent(parts.share(parts.within))
    return (
        f"{name} belongs to {axis_words(verdict.axis)}: {percent(shares[verdict.axis])} of the variance{rest}; "
        f"{between} lies between runs ({across})."
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _capital(text: str) -> str:
    """With a capital where the text begins with a plain word."""
    return text[0].upper() + text[1:] if text[:2].isalpha() and text[:2].islower() and "_" not in text else text
