"""Whose is the variance of a figure: an axis's, or the run's?

Studies of the same settings but for the seed are *runs* of one *cell*. The variance of a figure over all studies is
split into what lies between cells and what lies between the runs of a cell (one-way analysis of variance, Fisher
1925), and what lies between cells into the axes' main effects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import f as fisher

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A part of the sum of squares, with its degrees of freedom; F and p against the runs', NaN without any."""

    name: str
    squares: float
    freedom: int
    statistic: float = math.nan
    probability: float = math.nan


@dataclass(frozen=True)
class Decomposition:
    """``between``: all cells; ``axes``: their main effects; ``within``: the runs.

    intraclass: ICC(1), the share of the variance that runs of one cell have in common; NaN without two runs of any.
    """

    total: float
    between: Effect
    within: Effect
    axes: tuple[Effect, ...]
    intraclass: float

    def share(self, effect: Effect) -> float:
        """Of the total sum of squares (eta squared); NaN where nothing varies."""
        return effect.squares / self.total if self.total > 0 else math.nan

    @property
    def together(self) -> float:
        """The share that lies between cells but is no axis's alone: interactions, in a balanced design."""
        if self.total <= 0:
            return math.nan
        return max(0.0, (self.between.squares - sum(axis.squares for axis in self.axes)) / self.total)

    @property
    def replicated(self) -> bool:
        """Whether any cell was run twice."""
        return self.within.freedom > 0


def decompose(values: Floats, axes: Mapping[str, Sequence[Any]]) -> Decomposition:
    """Split the sum of squares of ``values`` (n,) by ``axes``, each with n levels; equal levels of all axes: one cell.

    Between and within: F = MSB / MSW. ICC(1) = (MSB − MSW) / (MSB + (m − 1) MSW) with m = (n − Σ n_i²/n) / (k − 1)
    runs a cell (Shrout & Fleiss 1979, Psychological Bulletin 86, case 1; Donner 1986 for unequal cells). An axis's
    sum of squares is what the additive model of all axes loses without it (type II, Yates 1934), tested against MSW;
    in a balanced design that is its main effect of the usual table. Raises ``ValueError`` for fewer than two values.
    """
    if len(values) < 2:
        raise ValueError(f"there is no variance in {len(values)} values")
    cells = _numbered(list(zip(*axes.values(), strict=True)) if axes else [()] * len(values))
    sizes = np.bincount(cells)
    means = np.bincount(cells, values) / sizes
    total = _squares(values - values.mean())
    within = Effect("run", _squares(values - means[cells]), len(values) - len(sizes))
    error = within.squares / within.freedom if within.freedom else math.nan
    between = _tested("cells", max(0.0, total - within.squares), len(sizes) - 1, error, within.freedom)
    return Decomposition(
        total, between, within, _main_effects(values, axes, error, within.freedom), _intraclass(between, error, sizes)
    )


def _numbered(keys: Sequence[Any]) -> npt.NDArray[np.int64]:
    """A number for each distinct key, in order of appearance."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], np.int64)


def _squares(values: Floats) -> float:
    return float(values @ values)


def _tested(name: str, squares: float, freedom: int, error: float, error_freedom: int) -> Effect:
    if freedom < 1 or not error_freedom:
        return Effect(name, squares, freedom)
    if error <= 0:
        return Effect(name, squares, freedom, math.inf if squares > 0 else math.nan, 0.0 if squares > 0 else math.nan)
    statistic = squares / freedom / error
    return Effect(name, squares, freedom, statistic, float(fisher.sf(statistic, freedom, error_freedom)))


def _intraclass(between: Effect, error: float, sizes: npt.NDArray[np.int64]) -> float:
    if between.freedom < 1 or not math.isfinite(error):
        return math.nan
    count = int(sizes.sum())
    runs = (count - float(np.sum(sizes**2)) / count) / (len(sizes) - 1)
    mean_square = between.squares / between.freedom
    whole = mean_square + (runs - 1) * error
    return (mean_square - error) / whole if whole > 0 else math.nan


def _main_effects(values: Floats, axes: Mapping[str, Sequence[Any]], error: float, freedom: int) -> tuple[Effect, ...]:
    columns = {name: _indicators(_numbered([*levels])) for name, levels in axes.items()}
    whole, rank = _residual(values, list(columns.values()))
    effects = []
    for name in columns:
        left, smaller = _residual(values, [part for other, part in columns.items() if other != name])
        effects.append(_tested(name, max(0.0, left - whole), rank - smaller, error, freedom))
    return tuple(effects)


def _indicators(levels: npt.NDArray[np.int64]) -> Floats:
    return np.eye(int(levels.max()) + 1)[levels]


def _residual(values: Floats, parts: list[Floats]) -> tuple[float, int]:
    """Sum of squares that a least-squares fit of a constant and ``parts`` leaves, and the fit's rank."""
    design = np.column_stack([np.ones(len(values)), *parts])
    fitted, _, rank, _ = np.linalg.lstsq(design, values - values.mean(), rcond=None)
    return _squares(values - values.mean() - design @ fitted), int(rank)
