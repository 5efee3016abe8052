"""The headline: which sampler to use, how sure that is, and why; or why there is no answer."""

from __future__ import annotations

import math
from statistics import median

from tasks.assessment.broken import FLAGGED
from tasks.assessment.copies import NEAREST
from tasks.finished.estimates import share_words
from tasks.finished.numbers import NEW, Numbers
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import with_interval
from tasks.reporting.aspects import disagreements
from tasks.reporting.words import UNIT, distances, excess, limit, names, rough
from tasks.sampling.registry import class_of

TIES = 4
"""Bars of tied draws at most."""


def answer(numbers: Numbers) -> Finding:
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
        _claim(numbers, verdict, pick, others, beaten),
        "\n".join(_reasons(numbers, verdict, pick, beaten)),
        (*distances(pick, *others[:TIES], *beaten[:1]), *_reconstructions(verdict)),
        UNIT,
        decided=not others and not verdict.narrowly_excluded,
        pick=(pick.sampler, pick.label),
    )


def _claim(numbers: Numbers, verdict: Verdict, pick: Judged, others: list[Judged], beaten: list[Judged]) -> str:
    closest, kept = verdict.candidates[0], class_of(pick.sampler).kept
    rest = [row for row in others if row != closest]
    if not others:
        claim = "of the samplers whose faces are intact and new, it comes closest to training reconstructions"
    elif pick == closest:
        claim = f"it comes closest to training reconstructions, in a tie with {names(rest)}"
    else:
        claim = f"it ties with {closest.sampler}, the closest" + (f", and with {names(rest)}" if rest else "")
    if others and kept is not None:
        claim += f"; none of these needs less of the training points than {kept.what}"
    if verdict.narrowly_excluded:
        left_out = verdict.narrowly_excluded
        claim += f"; {names(left_out)} {'is' if len(left_out) == 1 else 'are'} excluded only narrowly"
    against = [text[:1].lower() + text[1:].rstrip(".") for text in verdict.reservations]
    against += disagreements(numbers, pick, others, beaten)
    level = f" at {pick.level}" if pick.level else ""
    return f"Draw z with {pick.sampler}{level}: {claim}{', but ' if against else ''}{', and '.join(against)}."


def _reasons(numbers: Numbers, verdict: Verdict, pick: Judged, beaten: list[Judged]) -> list[str]:
    limits = verdict.autoencoder
    reasons = [
        f"Its {DISTANCE} from training reconstructions is {with_interval(*pick.distance)} (95 % interval, "
        f"{len(pick.draws)} fresh draws of {pick.n // len(pick.draws)} faces); it has no bias of finite draws, so 0 is "
        "the best."
    ]
    if beaten:
        reasons.append(
            f"The closest sampler outside the tie is {beaten[0].name}, {with_interval(*beaten[0].distance)}."
            if len(verdict.tied) > 1
            else f"The second closest is {beaten[0].name}, {with_interval(*beaten[0].distance)}."
        )
    reasons.append(
        f"{share_words(pick.broken)} of its faces are broken (limit {limit(limits['most_broken'])}); "
        f"{limit(FLAGGED)} of reconstructions are, by definition. {share_words(pick.copied)} are copies (limit "
        f"{limit(limits['most_copied'])}); {limit(NEAREST)} of training faces are copies of one another, by "
        "definition."
    )
    novelty = numbers.novelty(pick.sampler, pick.label)
    if novelty is not None:
        told = "" if novelty >= NEW else ", nearer to training faces than unseen faces are"
        reasons.append(
            f"Novelty of its stored draws {novelty:.2f}{told}, where 0 is a copy and 1 as new as an unseen face."
        )
    if left_out := verdict.narrowly_excluded:
        reasons.append(
            f"Excluded so narrowly that another seed may name {'it' if len(left_out) == 1 else 'them'}: "
            f"{'; '.join(_excluded(verdict, row) for row in left_out)}."
        )
    if passed := _passed(verdict, pick):
        reasons.append(f"Closer, but excluded: {'; '.join(passed)}.")
    return [*reasons, *_resolution(verdict)]


def _passed(verdict: Verdict, pick: Judged) -> list[str]:
    """The closer draws that the limits exclude, and by which numbers."""
    return [
        _excluded(verdict, row)
        for row in verdict.leaders
        if (verdict.breaks(row) or verdict.copies(row))
        and row not in verdict.narrowly_excluded
        and row.distance.value < pick.distance.value
    ]


def _excluded(verdict: Verdict, row: Judged) -> str:
    """A sampler with its distance and the shares that exclude it."""
    return f"{row.name} ({DISTANCE} {with_interval(*row.distance)}), as {' and '.join(excess(verdict, row))}"


def _resolution(verdict: Verdict) -> list[str]:
    """What differences the study can tell."""
    reach = [(row.distance.high - row.distance.low) / 2 for row in verdict.candidates]
    reach = [one for one in reach if math.isfinite(one)]
    if not reach:
        return []
    half = median(reach)
    return [
        f"With {verdict.candidates[0].n:,} faces a sampler the intervals reach ± {half:.2g} in the median: differences "
        f"below about {2 * half:.2g} are not resolved."
    ]


def _reconstructions(verdict: Verdict) -> tuple[Evidence, ...]:
    value = verdict.reconstructions.get("fd_debiased")
    return () if value is None else (Evidence("held-out reconstructions", max(0.0, value), text=rough(value)),)


FINDERS = (answer,)
RANK = 0
