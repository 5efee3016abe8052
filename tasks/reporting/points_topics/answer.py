"""The headline of points alone: which draw to use, how sure that is, and why; or why there is no answer."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.assessment.copies import NEAREST
from tasks.finished.estimates import Estimate, share_words
from tasks.finished.numbers import NEW
from tasks.finished.points import PointsNumbers
from tasks.finished.points_verdict import CLASSIFIERS, PointsVerdict, Rated
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import with_interval
from tasks.reporting.words import limit, names
from tasks.sampling.registry import class_of

TIES = 4
UNIT = "AUC of the better classifier, 95 % intervals; 0.5 is the best"


def answer(numbers: PointsNumbers) -> Finding:
    """The recommended draw with what must be said of it at once; where there is none: why, and what to change."""
    verdict = numbers.verdict
    if verdict.pick is None:
        text, *more = verdict.refusal
        return Finding("answer", "use", text, "\n".join((*more, *verdict.reservations)), decided=False)
    pick = verdict.pick
    others = [row for row in verdict.tied if row != pick]
    beaten = [row for row in verdict.candidates if row not in verdict.tied]
    return Finding(
        "answer",
        "use",
        _claim(verdict, pick, others),
        "\n".join(_reasons(verdict, pick, beaten)),
        (*map(bar, (pick, *others[:TIES], *beaten[:1])), bar(verdict.training, "training points")),
        UNIT,
        decided=not others,
        pick=(pick.sampler, pick.label),
    )


def bar(row: Rated, label: str = "") -> Evidence:
    """A row's AUC with its interval."""
    found = row.auc
    return Evidence(label or row.name, found.value, (found.high - found.low) / 2, with_interval(*found))


def _claim(verdict: PointsVerdict, pick: Rated, others: Sequence[Rated]) -> str:
    closest, kept = verdict.candidates[0], class_of(pick.sampler).kept
    rest = [row for row in others if row != closest]
    if not others:
        claim = "of the samplers that do not repeat training points, its draws are told least from held-out points"
    elif pick == closest:
        claim = f"its draws are told least from held-out points, in a tie with {names(rest)}"
    else:
        claim = f"it ties with {closest.sampler}, whose draws are told least from held-out points"
        claim += f", and with {names(rest)}" if rest else ""
    if others and kept is not None:
        claim += f"; none of these needs less of the training points than {kept.what}"
    against = [text[:1].lower() + text[1:].rstrip(".") for text in verdict.reservations]
    if verdict.told(pick):
        against.insert(0, "it can still be told from them")
    level = f" at {pick.level}" if pick.level else ""
    return f"Draw z with {pick.sampler}{level}: {claim}{', but ' if against else ''}{', and '.join(against)}."


def _reasons(verdict: PointsVerdict, pick: Rated, beaten: Sequence[Rated]) -> list[str]:
    reasons = [
        f"By {CLASSIFIERS[pick.by]}, the better of two classifiers, a draw is told from held-out points with an AUC "
        f"of {with_interval(*pick.auc)} (95 % interval, {len(pick.draws)} fresh draws of {pick.n // len(pick.draws)} "
        f"points), right in {share_words(pick.accuracy)}. Training points have {with_interval(*verdict.training.auc)}, "
        "which no draw can be expected to beat; 0.5 is chance."
    ]
    if beaten:
        reasons.append(f"The next candidate is {beaten[0].name}, {with_interval(*beaten[0].auc)}.")
    if pick.copied is not None:
        reasons.append(
            f"{share_words(pick.copied)} of its points are copies (limit "
            f"{limit(float(verdict.truth['most_copied']))}); {limit(NEAREST)} of training points are copies of one "
            "another, by definition."
        )
    if pick.novelty is not None and pick.novelty.value == pick.novelty.value:
        told = "" if pick.novelty.value >= NEW else ", nearer to training points than unseen points are"
        reasons.append(f"Novelty {pick.novelty.value:.2f}{told}, where 0 is a copy and 1 as new as a held-out point.")
    passed = [row for row in verdict.rows if verdict.copies(row) and row.auc.value < pick.auc.value]
    if passed:
        found = [f"{row.name} ({_copies(row.copied)})" for row in passed]
        reasons.append(f"Told apart less, but excluded for its copies: {'; '.join(found)}.")
    reasons.append("How draws look once decoded is not known here: decode some of either and compare.")
    return reasons


def _copies(share: Estimate | None) -> str:
    return f"{100 * share.value:.0f} %" if share is not None else "–"


FINDERS = (answer,)
RANK = 0
