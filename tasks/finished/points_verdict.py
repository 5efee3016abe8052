"""Which draw a study of points alone recommends, and when it does not say.

The rule: of the samplers whose draws are not copies, each at its most promising level, the one whose fresh draws two
classifiers tell least from held-out points; of those whose 95 % intervals overlap with its own, the one that keeps
least of the training points. Nothing is recommended where too few points are there to tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.files import read_json
from tasks.assessment.tables import JUDGED, AtLevel, DrawScore, by_level, read_draws
from tasks.finished.estimates import Estimate, estimate
from tasks.finished.verdict import FEWEST_REFERENCES, Answer, numbers_kept, ties
from tasks.page.wording import percent
from tasks.rating.config import TRAINING
from tasks.rating.rate import TRUTH

FEWEST_HELD_OUT = 200
"""Held-out points below which an AUC is mostly chance: its standard error is then 0.03."""

SURE_SHIFT = 0.55
"""AUC of training points from which on held-out points are said to differ from them, if its interval lies above it."""

CLASSIFIERS = {"trees": "boosted trees", "neighbours": "nearest neighbours"}


@dataclass(frozen=True)
class Rated(AtLevel):
    """A sampler at one level, or the training points, beside held-out points, by ``n`` fresh points.

    auc: of the better classifier, ``by``: 0.5 where nothing tells the points apart; trees, neighbours: of both;
    accuracy: its share of points told rightly; energy, swd: distances in units of the points' spread; coverage;
    copied, novelty, nats: None where there is none; draws: the AUC by independent draws.
    """

    auc: Estimate
    by: str
    trees: Estimate
    neighbours: Estimate
    accuracy: Estimate
    energy: Estimate
    swd: Estimate
    coverage: Estimate
    copied: Estimate | None
    novelty: Estimate | None
    nats: Estimate | None
    n: int
    draws: tuple[float, ...]


@dataclass(frozen=True)
class PointsVerdict(Answer):
    """What is recommended, or why nothing is.

    rows: every sampler at its most promising level, the closest first; training: the fixed row; truth: what is known of
    the points; candidates: rows without too many copies; tied: candidates whose intervals overlap with the closest
    one's, the simplest first, ``pick`` among them. withheld, remedy: why there is no answer, and what to change.
    """

    rows: tuple[Rated, ...]
    training: Rated
    truth: Mapping[str, Any]
    candidates: tuple[Rated, ...] = ()
    tied: tuple[Rated, ...] = ()
    pick: Rated | None = None
    withheld: str = ""
    remedy: str = ""
    reservations: tuple[str, ...] = ()

    def copies(self, row: Rated) -> bool:
        """More of its points are copies than a recommended draw's may be."""
        return row.copied is not None and row.copied.value > float(self.truth["most_copied"])

    def told(self, row: Rated) -> bool:
        """Its draws are told from held-out points better than training points are, and than by chance."""
        return row.auc.low > max(self.training.auc.high, 0.5)

    def standing(self, row: Rated) -> str:
        """``recommended``, ``tied``, ``copies``, or empty for a candidate that is told apart more easily."""
        if self.copies(row):
            return "copies"
        if row == self.pick:
            return "recommended"
        return "tied" if row in self.tied else ""


def read_points_verdict(ratings: Path) -> PointsVerdict:
    """The verdict of a ``ratings`` artifact. Raises ``ValueError`` that names the file if it is another table."""
    truth = dict(read_json(ratings / TRUTH))
    rows = rated_rows(read_draws(ratings / JUDGED))
    training, components = int(truth["training"]), int(truth["components"])
    return decide(rows, truth, lambda row: numbers_kept(row, training, components))


def rated_rows(draws: Sequence[DrawScore]) -> tuple[Rated, ...]:
    """Means and intervals of everything that was rated, in order of appearance."""
    return tuple(_rated(*place, values, n) for place, (values, n) in by_level(draws).items())


def _rated(sampler: str, label: str, values: Mapping[str, Sequence[float]], n: int) -> Rated:
    found = {name: estimate(each) for name, each in values.items()}
    by = max(CLASSIFIERS, key=lambda name: found[f"auc_{name}"].value)
    auc = found[f"auc_{by}"]
    return Rated(
        sampler,
        label,
        auc=auc._replace(high=min(auc.high, 1.0)) if math.isfinite(auc.high) else auc,
        by=by,
        trees=found["auc_trees"],
        neighbours=found["auc_neighbours"],
        accuracy=found[f"accuracy_{by}"],
        energy=found["energy"],
        swd=found["swd"],
        coverage=found["coverage"],
        copied=found.get("copied"),
        novelty=found.get("novelty"),
        nats=found.get("nats"),
        n=n * len(values[f"auc_{by}"]),
        draws=tuple(values[f"auc_{by}"]),
    )


def decide(rated: Sequence[Rated], truth: Mapping[str, Any], kept: Callable[[Rated], float]) -> PointsVerdict:
    """Apply the rule. ``truth``: what is known of the points; ``kept``: how many numbers a draw needs."""
    training = next(row for row in rated if row.sampler == TRAINING)
    rows = tuple(sorted((row for row in rated if row.sampler != TRAINING), key=lambda row: row.auc.value))
    bare = PointsVerdict(rows, training, truth)
    candidates = tuple(row for row in rows if not bare.copies(row))
    reservations = _reservations(training)
    why, remedy = _withheld(truth, rows, candidates)
    if why:
        return PointsVerdict(rows, training, truth, candidates, (), None, why, remedy, reservations)
    tied = ties(candidates, lambda row: row.auc, kept)
    return PointsVerdict(rows, training, truth, candidates, tuple(tied), tied[0], reservations=reservations)


def _reservations(training: Rated) -> tuple[str, ...]:
    if not training.auc.low > SURE_SHIFT:
        return ()
    return (
        "The held-out points differ from the training points, so that no draw fitted to these can match them: AUC "
        f"{training.auc.value:.2f}.",
    )


def _withheld(truth: Mapping[str, Any], rows: Sequence[Rated], candidates: Sequence[Rated]) -> tuple[str, str]:
    """Why no draw can be recommended, and what to change; empty where one can."""
    known, held_out = int(truth["training"]), int(truth["held_out"])
    if known < FEWEST_REFERENCES:
        return (
            f"{known} training points are too few to tell a good draw from a bad one",
            f"give at least {FEWEST_REFERENCES} training points",
        )
    if held_out < FEWEST_HELD_OUT:
        return (
            f"{held_out} held-out points are too few to compare draws with",
            f"hold out at least {FEWEST_HELD_OUT} (--split, or read.validation_share and read.test_share)",
        )
    if not rows:
        return "no sampler was rated", "add samplers (sample.samplers)"
    if not candidates:
        most = percent(float(truth["most_copied"]))
        return f"all samplers repeat training points: more than {most} copies", "add samplers (sample.samplers)"
    if all(math.isnan(row.auc.value) for row in candidates):
        return "no draw could be compared", "give more held-out points"
    return "", ""
