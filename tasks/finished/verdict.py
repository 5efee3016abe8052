"""Which draw a study recommends, and when it does not say.

The rule: of the samplers whose faces are neither broken nor copies, each at its most promising level, the one whose
decoded draws come closest to the reconstructions of the training images; of those that cannot be told apart from it,
the simplest. Nothing is recommended where the autoencoder is not worth asking, or too few images are there to tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from storage.files import read_json
from tasks.assessment.tables import AUTOENCODER, JUDGED, DrawScore, level_words, read_draws
from tasks.finished.ranking import moderate

FEWEST_REFERENCES = 500
"""Training images below which the distance from them is mostly chance."""

WORST_ERROR = 0.25
"""Share of the held-out pixels' variance above which the reconstruction error leaves nothing to study."""

WORST_DECODER = 0.25
"""Share of the photographs' total variance of features above which reconstructions are not faces any more."""

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean over independent draws and its 95 % interval; the ends are NaN where there is one draw."""

    value: float
    low: float
    high: float

    def overlaps(self, other: Interval) -> bool:
        """Whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Judged:
    """A sampler at its most promising level, judged by ``n`` fresh faces.

    distance: debiased FD from training reconstructions; kid: the kernel distance; broken, copied: shares of the faces.
    """

    sampler: str
    label: str
    distance: Interval
    kid: Interval
    broken: Interval
    copied: Interval
    n: int

    @property
    def name(self) -> str:
        """Sampler and level."""
        level = level_words(self.label)
        return f"{self.sampler} at {level}" if level else self.sampler


@dataclass(frozen=True)
class Verdict:
    """What is recommended, or why nothing is.

    pick: None where the answer is withheld; tied: candidates that cannot be told apart from the closest one, the
    simplest first, ``pick`` among them; candidates: all within the limits, the closest first.
    withheld: why there is no answer; remedy: the one thing to change; reservations: what must be said first.
    """

    judged: tuple[Judged, ...]
    candidates: tuple[Judged, ...] = ()
    tied: tuple[Judged, ...] = ()
    pick: Judged | None = None
    withheld: str = ""
    remedy: str = ""
    reservations: tuple[str, ...] = ()


def read_verdict(scores: Path, simplest: Sequence[str]) -> Verdict:
    """The verdict of a ``scores`` artifact. ``simplest``: all samplers, those that keep least of the points first."""
    return decide(judged_rows(read_draws(scores / JUDGED)), dict(read_json(scores / AUTOENCODER)), simplest)


def judged_rows(draws: Sequence[DrawScore]) -> tuple[Judged, ...]:
    """Means and intervals of every judged sampler.

    With few draws a row's own deviation says little, so each is moderated by those of all rows (see ``ranking``).
    """
    lines = list(dict.fromkeys((row.sampler, row.label) for row in draws))
    metrics = ("fd_debiased", "kid_decoded", "broken", "copied")
    values = {
        metric: np.array([
            [row.value for row in draws if (row.sampler, row.label) == line and row.metric == metric] for line in lines
        ])
        for metric in metrics
    }  # fmt: skip
    found = {metric: intervals(values[metric]) for metric in metrics} if lines else {}
    return tuple(
        Judged(
            sampler,
            label,
            distance=found["fd_debiased"][place],
            kid=found["kid_decoded"][place],
            broken=found["broken"][place],
            copied=found["copied"][place],
            n=sum(row.n for row in draws if row.metric == "broken" and (row.sampler, row.label) == (sampler, label)),
        )
        for place, (sampler, label) in enumerate(lines)
    )


def intervals(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[Interval]:
    """Mean and 95 % interval of each row of ``values`` (k, repeats) by Student's t with moderated variances."""
    count = values.shape[1]
    moderated = moderate(values.var(axis=1, ddof=1), count - 1) if count > 1 and np.isfinite(values).all() else None
    means = values.mean(axis=1)
    if moderated is None:
        return [Interval(float(mean), float(mean), float(mean)) for mean in means]
    reach = student.ppf((1 + CONFIDENCE) / 2, moderated.freedom) * np.sqrt(moderated.variance / count)
    return [Interval(float(mean), float(mean - r), float(mean + r)) for mean, r in zip(means, reach, strict=True)]


def decide(judged: tuple[Judged, ...], autoencoder: dict[str, Any], simplest: Sequence[str]) -> Verdict:
    """Apply the rule. ``autoencoder``: what ``judge_autoencoder`` found; ``simplest``: see ``read_verdict``."""
    reservations = _reservations(autoencoder)
    why, remedy = _not_worth_asking(autoencoder)
    if why:
        return Verdict(judged, withheld=why, remedy=remedy, reservations=reservations)
    broken, copied = autoencoder["most_broken"], autoencoder["most_copied"]
    allowed = [one for one in judged if one.broken.value <= broken and one.copied.value <= copied]
    candidates = tuple(sorted(allowed, key=lambda one: one.distance.value))
    if not candidates:
        many = sum(one.broken.value > broken for one in judged)
        why = (
            f"no draw is both unbroken and new: of {len(judged)}, {many} have more than {100 * broken:g} % broken "
            f"faces, {sum(one.copied.value > copied for one in judged)} more than {100 * copied:g} % copies"
        )
        remedy = "train the autoencoder longer (train.epochs), or give it more images"
        return Verdict(judged, withheld=why, remedy=remedy, reservations=reservations)
    best = candidates[0]
    order = {name: place for place, name in enumerate(simplest)}
    tied = sorted(
        (one for one in candidates if one.distance.overlaps(best.distance)),
        key=lambda one: order.get(one.sampler, len(order)),
    )
    closest_by_kernel = min(candidates, key=lambda one: one.kid.value)
    if closest_by_kernel not in tied:
        reservations += (f"the kernel distance prefers {closest_by_kernel.name}",)
    return Verdict(judged, candidates, tuple(tied), tied[0], reservations=reservations)


def _reservations(autoencoder: dict[str, Any]) -> tuple[str, ...]:
    said = []
    if autoencoder["features"] == "random":
        said.append("faces are compared in the features of an untrained network, which orders draws only roughly")
    if not autoencoder["alike"]:
        said.append("the held-out faces are not like the training faces, so held-out figures do not tell of new draws")
    return tuple(said)


def _not_worth_asking(autoencoder: dict[str, Any]) -> tuple[str, str]:
    """Why no draw through this autoencoder can be judged, and what to change; empty where it can."""
    references, error, decoder = (autoencoder[name] for name in ("references", "error_share", "decoder_share"))
    if references < FEWEST_REFERENCES:
        return (
            f"{references} training images are too few to tell a good draw from a bad one",
            f"give at least {FEWEST_REFERENCES} training images",
        )
    longer = "train the autoencoder longer (train.epochs)"
    if error is None or not math.isfinite(error) or error > WORST_ERROR:
        share = "–" if error is None else f"{100 * error:.0f} %"
        return (
            "the autoencoder does not reconstruct held-out faces: its error is "
            f"{share} of the variance of their pixels",
            longer,
        )
    if decoder is not None and decoder > WORST_DECODER:
        return (
            f"the autoencoder's reconstructions are not faces: they lie {100 * decoder:.0f} % of the photographs' own "
            "variance of features away from them",
            longer,
        )
    return "", ""
