"""Which draw a study recommends, and when it does not say.

The rule: of the samplers whose faces are neither broken nor copies, each at its most promising level, the one whose
decoded draws come closest to the reconstructions of the training images; of those whose 95 % intervals overlap with
its own, the one that keeps least of the training points. Nothing is recommended where the autoencoder is not worth
asking, or too few images are there to tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from storage.files import read_json
from tasks.assessment.tables import AUTOENCODER, JUDGED, AtLevel, DrawScore, by_level, read_draws
from tasks.finished.estimates import Contrast, Estimate, estimate
from tasks.page.wording import percent
from tasks.sampling.registry import class_of

FEWEST_REFERENCES = 500
"""Training images below which the distance from them is mostly chance."""

WORST_ERROR = 0.25
"""Share of the held-out pixels' variance above which the reconstruction error leaves nothing to study."""

WORST_DECODER = 0.25
"""Share of the photographs' total variance of features above which reconstructions are not faces any more."""

TRAIN_LONGER = "train the autoencoder for more epochs (train.epochs)"
"""What to change about an autoencoder that is trained here."""

TRAIN_ELSEWHERE = "study images like those it was trained on, or train the autoencoder longer where it was made"
"""What to change about one that was trained elsewhere."""

DISTANCE = "FD∞"
"""What the deciding number is called: the debiased squared Fréchet distance from training reconstructions."""


@dataclass(frozen=True)
class Judged(AtLevel):
    """A sampler at one level, judged by ``n`` fresh faces.

    distance: FD∞ from training reconstructions; kid: the kernel distance; broken, copied: shares of the faces;
    draws: the distance by independent draws, paired with those of all other samplers.
    """

    distance: Estimate
    kid: Estimate
    broken: Estimate
    copied: Estimate
    n: int
    draws: tuple[float, ...]

    def against(self, other: Judged) -> Contrast:
        """How the other's distance compares with this one's, draw by draw."""
        return Contrast(self.draws, other.draws)


class Answer:
    """A verdict's answer: ``pick``, or why there is none, ``withheld``, and the one thing to change, ``remedy``."""

    pick: AtLevel | None
    withheld: str
    remedy: str

    @property
    def refusal(self) -> tuple[str, ...]:
        """Why nothing is recommended, and what to change, a sentence each; empty where there is an answer."""
        if self.pick is not None:
            return ()
        return f"No answer yet: {self.withheld}.", f"{self.remedy[:1].upper()}{self.remedy[1:]}."

    @property
    def no_answer(self) -> str:
        """The ``refusal`` as one text."""
        return " ".join(self.refusal)


Row = TypeVar("Row", bound=AtLevel)


def ties(candidates: Sequence[Row], measure: Callable[[Row], Estimate], kept: Callable[[Row], float]) -> list[Row]:
    """Candidates whose intervals overlap with that of the first, the closest: the simplest first, then by value.

    measure: what is compared, the less the better; kept: how many numbers a draw needs.
    """
    closest = measure(candidates[0])
    tied = (row for row in candidates if measure(row).overlaps(closest))
    return sorted(tied, key=lambda row: (kept(row), measure(row).value))


@dataclass(frozen=True)
class Verdict(Answer):
    """What is recommended, or why nothing is.

    judged: every row, those at usual levels too; leaders: each sampler at its best judged level, the closest first;
    candidates: the leaders within the limits; tied: candidates whose intervals overlap with the closest one's, the
    simplest first, ``pick`` among them; pick: None where the answer is withheld.
    withheld: why there is no answer; remedy: the one thing to change; reservations: what must be said first.
    autoencoder: what was found of it, see ``judge_autoencoder``.
    """

    judged: tuple[Judged, ...]
    leaders: tuple[Judged, ...]
    autoencoder: dict[str, Any]
    candidates: tuple[Judged, ...] = ()
    tied: tuple[Judged, ...] = ()
    pick: Judged | None = None
    withheld: str = ""
    remedy: str = ""
    reservations: tuple[str, ...] = ()

    def leader(self, sampler: str) -> Judged | None:
        """A sampler at its best judged level; None where it was not judged."""
        return next((row for row in self.leaders if row.sampler == sampler), None)

    def at(self, sampler: str, label: str) -> Judged | None:
        """A sampler at one level; None where it was not judged there."""
        return next((row for row in self.judged if (row.sampler, row.label) == (sampler, label)), None)

    def breaks(self, row: Judged) -> bool:
        """More of its faces are broken than a recommended draw's may be."""
        return row.broken.value > float(self.autoencoder["most_broken"])

    def copies(self, row: Judged) -> bool:
        """More of its faces are copies than a recommended draw's may be."""
        return row.copied.value > float(self.autoencoder["most_copied"])

    @property
    def narrowly_excluded(self) -> tuple[Judged, ...]:
        """Leaders as close as the tied ones, or closer, whose intervals hold the limits that exclude them."""
        if self.pick is None:
            return ()
        limits = float(self.autoencoder["most_broken"]), float(self.autoencoder["most_copied"])
        closest = self.candidates[0].distance
        return tuple(
            row
            for row in self.leaders
            if (self.breaks(row) or self.copies(row))
            and row.broken.low <= limits[0]
            and row.copied.low <= limits[1]
            and row.distance.low <= closest.high
        )

    def standing(self, row: Judged) -> str:
        """``recommended``, ``tied``, ``broken``, ``copies``, or empty for a candidate that is merely farther off."""
        if self.breaks(row) or self.copies(row):
            return "broken" if self.breaks(row) else "copies"
        if row == self.pick:
            return "recommended"
        return "tied" if row in self.tied else ""

    @property
    def reconstructions(self) -> dict[str, float | None]:
        """The judged numbers of held-out reconstructions, by metric; None where undefined."""
        return dict(self.autoencoder["heldout"])


def read_verdict(scores: Path, training: int, components: int, adopted: bool = False) -> Verdict:
    """The verdict of a ``scores`` artifact of a study of so many training points; ``adopted``: trained elsewhere.

    Raises ``ValueError`` that names the file if the draws' table is another one.
    """
    facts = dict(read_json(scores / AUTOENCODER))
    rows = judged_rows(read_draws(scores / JUDGED))
    return decide(rows, facts, lambda row: numbers_kept(row, training, components), adopted)


def numbers_kept(row: AtLevel, training: int, components: int) -> float:
    """How many numbers of the training points a draw needs; infinite where its sampler does not say."""
    kept = class_of(row.sampler).kept
    level = dict(part.split("=", 1) for part in row.label.split(",") if "=" in part)
    values = {name: float(text) if _is_number(text) else text for name, text in level.items()}
    return (kept.count(training, components, values) or math.inf) if kept is not None else math.inf


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def judged_rows(draws: Sequence[DrawScore]) -> tuple[Judged, ...]:
    """Means and intervals of every sampler and level that was judged, in order of appearance."""
    return tuple(
        Judged(
            sampler,
            label,
            distance=estimate(values["fd_debiased"]),
            kid=estimate(values["kid_decoded"]),
            broken=estimate(values["broken"]),
            copied=estimate(values["copied"]),
            n=n * len(values["fd_debiased"]),
            draws=tuple(values["fd_debiased"]),
        )
        for (sampler, label), (values, n) in by_level(draws).items()
    )


def decide(
    judged: tuple[Judged, ...], autoencoder: dict[str, Any], kept: Callable[[Judged], float], adopted: bool = False
) -> Verdict:
    """Apply the rule.

    autoencoder: what ``judge_autoencoder`` found; kept: how many numbers a draw needs; adopted: whether the
    autoencoder was trained elsewhere, where no setting of the study changes it.
    """
    bare = Verdict(judged, (), autoencoder)

    def allowed(row: Judged) -> bool:
        return math.isfinite(row.distance.value) and not bare.breaks(row) and not bare.copies(row)

    def distance(row: Judged) -> float:
        return row.distance.value if math.isfinite(row.distance.value) else math.inf

    best: dict[str, Judged] = {}
    for row in sorted(judged, key=lambda row: (not allowed(row), distance(row))):
        best.setdefault(row.sampler, row)
    leaders = tuple(sorted(best.values(), key=distance))
    candidates = tuple(row for row in leaders if allowed(row))
    reservations = _reservations(autoencoder)
    why, remedy = _not_worth_asking(autoencoder, adopted)
    if not why and not candidates:
        why, remedy = _no_candidate(bare, leaders, adopted)
    if why:
        return Verdict(judged, leaders, autoencoder, candidates, (), None, why, remedy, reservations)
    tied = ties(candidates, lambda row: row.distance, kept)
    by_kernel = min(candidates, key=lambda row: row.kid.value)
    if not any(row.kid.overlaps(by_kernel.kid) for row in tied):
        reservations += (f"The kernel distance (KID) disagrees with {DISTANCE}: it prefers {by_kernel.name}.",)
    return Verdict(judged, leaders, autoencoder, candidates, tuple(tied), tied[0], reservations=reservations)


def _reservations(autoencoder: dict[str, Any]) -> tuple[str, ...]:
    said = []
    if autoencoder["features"] == "random":
        said.append("Faces are compared in the features of an untrained network, which orders draws only roughly.")
    if not autoencoder["alike"]:
        said.append(
            "The held-out faces differ from the training faces, so the held-out figures are no measure of new draws."
        )
    return tuple(said)


def _no_candidate(verdict: Verdict, leaders: Sequence[Judged], adopted: bool) -> tuple[str, str]:
    if not leaders:
        return "no sampler was judged", "add samplers (sample.samplers)"
    if not any(math.isfinite(row.distance.value) for row in leaders):
        return (
            f"too few faces were drawn to tell their distance ({DISTANCE}) from chance",
            "draw more of each sampler (assess.judge.count)",
        )
    broken, copied = (
        sum(verdict.breaks(row) for row in leaders),
        sum(verdict.copies(row) and not verdict.breaks(row) for row in leaders),
    )
    limits = verdict.autoencoder
    why = (
        f"no sampler makes faces that are both intact and new: {broken} of {len(leaders)} have more than "
        f"{percent(limits['most_broken'])} broken faces, and {copied} of the others more than "
        f"{percent(limits['most_copied'])} copies"
    )
    return why, TRAIN_ELSEWHERE if adopted else f"{TRAIN_LONGER}, or on more images"


def _not_worth_asking(autoencoder: dict[str, Any], adopted: bool) -> tuple[str, str]:
    """Why no draw through this autoencoder can be judged, and what to change; empty where it can."""
    references, error, decoder = (autoencoder[name] for name in ("references", "error_share", "decoder_share"))
    if references < FEWEST_REFERENCES:
        return (
            f"{references} training images are too few to tell a good draw from a bad one",
            f"use at least {FEWEST_REFERENCES} training images",
        )
    remedy, linear = TRAIN_LONGER, autoencoder.get("pca_share")
    if adopted:
        remedy = TRAIN_ELSEWHERE
    elif linear is not None and linear > WORST_ERROR:
        remedy = (
            f"use more latent components (train.latent_dim), as even a PCA with as many leaves {percent(linear)}, or "
            "images that have more in common"
        )
    if error is None or not math.isfinite(error):
        return "the images do not differ from one another", "use images of different faces"
    if error > WORST_ERROR:
        return (
            f"the autoencoder does not reconstruct held-out faces: its squared error is {percent(error)} of the "
            f"variance of their pixels (limit {percent(WORST_ERROR)})",
            remedy,
        )
    if decoder is None or decoder > WORST_DECODER:
        share = "at an undefined distance from" if decoder is None else f"{percent(decoder)} of the variance away from"
        return (
            f"the autoencoder's reconstructions do not look like photographs: in features they are {share} them "
            f"(limit {percent(WORST_DECODER)})",
            remedy,
        )
    return "", ""
