"""Which draws differ, by repeated draws and with care for how many pairs are compared.

With three draws or so a row's own standard deviation says little, so each is moderated by those of all rows (Smyth
2004, Statistical Applications in Genetics and Molecular Biology 3(1), article 3), and p-values are adjusted for how
many are looked at together (Holm 1979): all pairs of the ladder, or the few questions that were planned.
"""

from __future__ import annotations

import string
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import t as student

from tasks.statistics.heldout import holm

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moderated:
    """variance: (k,) each row's own and what all rows have, weighed by their degrees of freedom; freedom: of each."""

    variance: Floats
    freedom: float


class Mean(NamedTuple):
    """The mean of a row's draws, or of their logarithms, and the moderated variance of that mean."""

    value: float
    variance: float


@dataclass(frozen=True)
class Ranking:
    """Rows from the best to the worst. probability: (k, k) Holm-adjusted p-values; letters: who shares one ties.

    ladder: each name's key among ``rows``, which holds all rows, those outside the ladder too; raw: the p-values of
    the ladder's pairs before they were adjusted; freedom: degrees of each row; repeats: draws behind each.
    """

    names: tuple[str, ...]
    probability: Floats
    letters: tuple[str, ...]
    significance: float
    ladder: Mapping[str, Hashable]
    rows: Mapping[Hashable, Mean]
    raw: Floats
    freedom: float
    repeats: int = 0

    def between(self, first: Hashable, second: Hashable) -> float:
        """The adjusted p-value of two rows by their keys; NaN where the draws of one are not known.

        Two rows outside the ladder are adjusted as one pair more than it has.
        """
        if first not in self.rows or second not in self.rows:
            return float("nan")
        place = {key: self.names.index(name) for name, key in self.ladder.items()}
        if first in place and second in place:
            return float(self.probability[place[first], place[second]])
        return float(holm(np.append(self.raw, self.alone(first, second)))[-1])

    def alone(self, first: Hashable, second: Hashable) -> float:
        """The p-value of two rows by their keys, as if no others were compared; NaN where one's draws are not known."""
        if first not in self.rows or second not in self.rows:
            return float("nan")
        mean, variance = np.array([self.rows[first], self.rows[second]]).T
        return float(student_test(mean, variance, self.freedom)[0, 1])

    def tied(self, first: str, second: str) -> bool:
        """The two cannot be told apart."""
        places = self.names.index(first), self.names.index(second)
        return not self.probability[places] < self.significance

    def letter(self, name: str) -> str:
        """The letters of a row; empty if it is not ranked."""
        return self.letters[self.names.index(name)] if name in self.names else ""

    @property
    def pairs(self) -> tuple[int, int]:
        """How many pairs differ, and how many there are."""
        upper = self.probability[np.triu_indices(len(self.names), 1)]
        return int((upper < self.significance).sum()), len(upper)


def rank(
    draws: Mapping[Hashable, Sequence[float]], ladder: Mapping[str, Hashable], significance: float
) -> Ranking | None:
    """Rank the rows of the ladder by the mean of their draws, the lowest first.

    draws: of every row by its key; ladder: names and keys of those to rank, where the others only tell how much draws
    vary. Positive values are compared by their logarithms, as the spread of a distance grows with it. None for fewer
    than two rows or draws.
    """
    rows = [np.asarray(row, np.float64) for row in draws.values()]
    count = len(rows[0]) if rows else 0
    if len(rows) < 2 or count < 2 or any(len(row) != count or not np.isfinite(row).all() for row in rows):
        return None
    values = np.stack(rows)
    if (values > 0).all():
        values = np.log(values)
    moderated = moderate(values.var(axis=1, ddof=1), count - 1)
    if moderated is None:
        return None
    means = {
        key: Mean(float(mean), float(variance) / count)
        for key, mean, variance in zip(draws, values.mean(axis=1), moderated.variance, strict=True)
    }
    names = tuple(sorted(ladder, key=lambda name: means[ladder[name]].value))
    mean, variance = np.array([means[ladder[name]] for name in names]).T
    probability = pairwise(mean, variance, moderated.freedom)
    raw = student_test(mean, variance, moderated.freedom)[np.triu_indices(len(names), 1)]
    found = letters(probability < significance)
    return Ranking(names, probability, found, significance, ladder, means, raw, moderated.freedom, count)


def moderate(variance: Floats, freedom: int) -> Moderated | None:
    """Smyth 2004, section 6.2: prior variance and degrees of freedom from the spread of log variances.

    variance: (k,), of ``freedom`` degrees each. None where all are zero.
    """
    positive = variance[variance > 0]
    if len(positive) == 0:
        return None
    logs = np.log(positive) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = (np.var(logs, ddof=1) if len(logs) > 1 else 0.0) - float(polygamma(1, freedom / 2))
    if excess <= 0:
        return Moderated(np.full(len(variance), np.exp(logs.mean())), freedom * len(positive))
    prior = 2 * brentq(lambda half: float(polygamma(1, half)) - excess, 1e-6, 1e9)
    common = np.exp(logs.mean() + digamma(prior / 2) - np.log(prior / 2))
    # No more is known of the common variance than all rows together tell.
    total = min(prior + freedom, float(freedom * len(positive)))
    return Moderated((prior * common + freedom * variance) / (prior + freedom), total)


def student_test(mean: Floats, variance: Floats, freedom: float) -> Floats:
    """Two-sided p-values (k, k) of all differences.

    variance: (k,) of the means, each of ``freedom`` degrees, joined by Welch & Satterthwaite's rule.
    """
    total = variance[:, None] + variance
    joint = total**2 / ((variance[:, None] ** 2 + variance**2) / freedom)
    return np.asarray(2 * student.sf(np.abs(mean[:, None] - mean) / np.sqrt(total), joint))


def pairwise(mean: Floats, variance: Floats, freedom: float) -> Floats:
    """The p-values (k, k) of ``student_test``, adjusted by Holm for all pairs; 1 on the diagonal."""
    raw = student_test(mean, variance, freedom)
    upper = np.triu_indices(len(mean), 1)
    adjusted = np.ones((len(mean), len(mean)))
    adjusted[upper] = holm(raw[upper])
    return np.minimum(adjusted, adjusted.T)


def letters(different: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """Letters for rows such that two share one exactly if they are not ``different`` (k, k), symmetric.

    The insert-and-absorb algorithm (Piepho 2004, J. Comput. Graph. Stat. 13, 456–466).
    """
    columns = [frozenset(range(len(different)))]
    for first, second in zip(*np.nonzero(np.triu(different, 1)), strict=True):
        split = [
            part
            for column in columns
            for part in ((column - {first}, column - {second}) if {first, second} <= column else (column,))
        ]
        columns = [one for place, one in enumerate(split) if not any(
            one < other or (one == other and place > later) for later, other in enumerate(split)
        )]  # fmt: skip
    columns.sort(key=sorted)
    names = [_name(place) for place in range(len(columns))]
    return tuple(
        "".join(name for name, column in zip(names, columns, strict=True) if row in column)
        for row in range(len(different))
    )


def _name(place: int) -> str:
    alphabet = string.ascii_lowercase
    return alphabet[place] if place < len(alphabet) else f"{alphabet[place % 26]}{place // 26}"
