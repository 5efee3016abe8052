"""The headline: which sampler to use, and why."""

from __future__ import annotations

import math

from tasks.assessment.tables import Score
from tasks.finished.numbers import NEW, Numbers
from tasks.finished.scores import FIXED_ROWS, Comparison
from tasks.page.finding import Finding
from tasks.page.wording import listed, probability, short, with_spread
from tasks.reporting.topics.planned import planned
from tasks.reporting.words import evidence


def answer(numbers: Numbers) -> Finding | None:
    """The best sampler among those that do not copy, with the ones that cannot be told from it."""
    ranked = sorted(numbers.scores.leaders(numbers.criterion), key=lambda score: score.value)
    if not ranked:
        text = f"No sampler has been scored by {numbers.criterion.title}, so none can be recommended."
        return Finding("answer", "use", text, decided=False)
    fresh = numbers.scores.fresh(numbers.criterion)
    if not fresh:
        text = (
            f"None of the samplers can be recommended: all {len(ranked)} stay below a novelty of "
            f"{numbers.criterion.minimum_novelty:.2f}, so they repeat training faces."
        )
        return Finding("answer", "use", text, decided=False)
    pick, rest = fresh[0], fresh[1:]
    tied = [score for score in rest if not numbers.compare(pick, score).decided]
    return Finding(
        "answer",
        "use",
        _claim(pick, tied),
        " ".join(part for part in _reasons(numbers, pick, tied, rest, ranked) if part),
        evidence(*_fixed(numbers), pick, *rest[:2], *(rest[-1:] if len(rest) > 2 else [])),
        numbers.criterion.unit,
        decided=not tied,
        pick=(pick.sampler, pick.label),
    )


def _fixed(numbers: Numbers) -> list[Score]:
    """The rows of real images and of reconstructions."""
    return [row for name in FIXED_ROWS for row in numbers.judged(name)[:1]]


def _claim(pick: Score, tied: list[Score]) -> str:
    level = f" at {pick.level}" if pick.level else ""
    claim = f"Draw z with {pick.sampler}{level}: it comes closest to real faces"
    if not tied:
        return f"{claim}."
    others = f"{len(tied)} other samplers"
    if len(tied) <= 3:
        others = listed([score.sampler for score in tied])
    return f"{claim}, though {others} {'is' if len(tied) == 1 else 'are'} not significantly worse."


def _reasons(numbers: Numbers, pick: Score, tied: list[Score], rest: list[Score], ranked: list[Score]) -> list[str]:
    over = numbers.repeated(pick)
    reasons = [
        f"Its {numbers.criterion.title}, the distance to {numbers.criterion.images}, is "
        f"{with_spread(pick.value, pick.spread)}{f' (± over {over})' if over else ''}, where lower is better."
    ]
    for fixed in _fixed(numbers):
        real = fixed.sampler == "real"
        reasons.append(_below_real(numbers, pick, fixed) if real else _reconstructed(numbers.compare(pick, fixed)))
    beaten = next((score for score in rest if score not in tied), None)
    if beaten is not None:
        reasons.append(
            f"The best of the significantly worse ones is {beaten.name}, {with_spread(beaten.value, beaten.spread)}."
        )
    if tied:
        reasons += _planned(numbers, pick)
    value = numbers.novelty(pick)
    if value is None:
        reasons.append("Its novelty was not measured, so copying is not ruled out.")
    else:
        claim = "Its faces are new" if value >= NEW else "Its faces are nearer to training faces than unseen faces are"
        reasons.append(f"{claim}: novelty {value:.2f}, where 0 is a copy and 1 is as new as an unseen face.")
    passed = [score for score in ranked if score.value < pick.value]
    if passed:
        names = ", ".join(f"{score.name} ({short(score.value)})" for score in passed)
        reasons.append(f"Lower, but excluded because they copy: {names}.")
    if numbers.criterion.features == "random":
        reasons.append("The features are those of an untrained network, which orders samplers only roughly.")
    return reasons


def _below_real(numbers: Numbers, pick: Score, real: Score) -> str:
    """What to make of a draw that lies below real images of the other partition; nothing where it does not."""
    gap = real.value - pick.value
    if gap <= 0:
        return ""
    text = f"That is below what other real images reach ({with_spread(real.value, real.spread)})"
    spreads = [one for one in (pick.spread, real.spread) if math.isfinite(one) and one > 0]
    if len(spreads) < 2:
        return f"{text}, without repeated draws to judge it by."
    if gap <= math.hypot(*spreads):
        return f"{text}, but by no more than the spread of the draws."
    sharp, photographs = (numbers.scores.beside(one, "sharpness", numbers.criterion.reference) for one in (pick, real))
    if sharp and photographs and sharp.value < photographs.value:
        return (
            f"{text} by more than the spread of the draws: the measure favours smoother images, and these have "
            f"{short(sharp.value / photographs.value)} of the photographs' sharpness."
        )
    return f"{text} by more than the spread of the draws; this low, the metric no longer shows how real a set is."


def _planned(numbers: Numbers, pick: Score) -> list[str]:
    """Planned comparisons that find the draw better than a row from which the ranking of all pairs cannot tell it."""
    found = []
    for step in planned(numbers).values():
        won = step.better and step.first.key == pick.key
        if won and not numbers.compare(step.first, step.second).decided:
            found.append(
                f"In the planned comparison with {step.second.name} alone it is significantly better "
                f"({probability(step.probability)}); the ranking is adjusted for all pairs and overlooks such "
                "differences."
            )
    return found


def _reconstructed(step: Comparison) -> str:
    floor = with_spread(step.second.value, step.second.spread)
    if step.better:
        return f"It is lower than that of reconstructions of real faces ({floor})."
    if step.worse and step.second.value > 0:
        return f"It is {short(step.first.value / step.second.value)} times that of reconstructions ({floor})."
    return f"It does not differ significantly from that of reconstructions of real faces ({floor})."


FINDERS = (answer,)
RANK = 0
