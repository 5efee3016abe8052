"""Findings about samplers: pairs that differ in one thing only, and what the difference is worth."""

from __future__ import annotations

import math

from scipy.stats import spearmanr

from tasks.assessment.tables import Score
from tasks.finished.metrics import metric_named
from tasks.finished.numbers import Numbers, at
from tasks.finished.scores import Comparison
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import probability, short, with_spread
from tasks.reporting.topics.answer import NEW, copies, novelty
from tasks.reporting.topics.planned import planned, swept

Words = tuple[str, str, str]
"""What to say where the first is better, worse, or cannot be told from the second."""


def difference(step: Comparison) -> str:
    """A comparison in words: the multiple, or the gap, and how surely it is none of chance."""
    if math.isnan(step.ratio):
        words = f"{short(abs(step.gain))} {'lower' if step.gain >= 0 else 'higher'}"
    else:
        larger = max(step.ratio, 1 / step.ratio)
        words = f"{'lower' if step.ratio >= 1 else 'higher'} by a factor of {short(larger)}"
    if math.isnan(step.probability):
        return f"{words}, without repeated draws to judge it by"
    adjusted = f", adjusted for {step.among}" if step.among else ""
    return f"{words} ({probability(step.probability)}{adjusted})"


def _worded(numbers: Numbers, key: str, section: str, step: Comparison, words: Words, more: str = "") -> Finding:
    """The one of three sentences that the numbers choose, with the numbers behind it."""
    title = metric_named(numbers.judge.metric).title
    text = words[0] if step.better else words[1] if step.worse else words[2]
    first, second = step.first, step.second
    detail = (
        f"{title} {with_spread(first.value, first.spread)} for {first.name} against "
        f"{with_spread(second.value, second.spread)} for {second.name}: "
    )
    detail += f"{difference(step)}."
    fixed = numbers.scores.judged(numbers.judge, "reconstruction")[:1]
    bars = tuple(Evidence(score.name, score.value, score.spread) for score in (*fixed, first, second))
    unit = f"{title} against {numbers.judge.images}, lower is better"
    return Finding(key, section, text, f"{detail} {more}".strip(), bars, unit, decided=step.decided)


def correlations(numbers: Numbers) -> Finding | None:
    """What correlations are worth: two normal distributions that differ in them alone."""
    step = planned(numbers).get("correlations")
    if step is None:
        return None
    words = (
        f"Correlations matter: leaving them out makes the faces' distance to real ones {short(step.ratio)} times as "
        "large, all else equal.",
        "Keeping the correlations makes it worse here: normal_component, which lacks them, beats multivariate_normal.",
        "No evidence that correlations matter for the images: multivariate_normal and normal_component "
        "cannot be told apart.",
    )
    return _worded(numbers, "correlations", "ladder", step, words)


def intervals(numbers: Numbers) -> Finding | None:
    """One interval for all components against an interval of its own for each."""
    step = planned(numbers).get("intervals")
    if step is None:
        return None
    words = (
        "Each component needs an interval of its own: uniform_component beats the best common interval.",
        "One common interval does better here than an interval for each component.",
        "An interval of its own for each component is not shown to help: the best common one cannot be told from it.",
    )
    return _worded(numbers, "intervals", "ordered", step, words)


def interval_width(numbers: Numbers) -> Finding | None:
    """Quality against ``fact`` in the reference case."""
    scores = swept(numbers.scores.judged(numbers.judge, "uniform_component"))
    if len(scores) < 2:
        return None
    smallest, largest = scores[0], scores[-1]
    best = min(scores, key=lambda score: score.value)
    wider = numbers.compare(best, largest).better
    narrower = numbers.compare(best, smallest).better
    if wider and narrower:
        text = f"Component intervals are best at {best.label}: {smallest.label} and {largest.label} are worse."
    elif wider:
        text = f"Component intervals lose quality as they widen: {best.label} does best, {largest.label} is worse."
    elif narrower:
        text = f"Component intervals gain as they widen: {best.label} does best, {smallest.label} is worse."
    else:
        text = "The width of the component intervals makes no difference that these numbers can show."
    title = metric_named(numbers.judge.metric).title
    values = ", ".join(f"{with_spread(score.value, score.spread)} at {score.label}" for score in scores)
    return Finding(
        "interval_width",
        "ordered",
        text,
        f"{title}: {values}.",
        tuple(Evidence(score.label, score.value, score.spread) for score in scores),
        f"{title} against {numbers.judge.images}, lower is better",
        decided=wider or narrower,
    )


def local_structure(numbers: Numbers) -> Finding | None:
    """Noise shaped by a point's neighbours against one normal distribution for all."""
    step = planned(numbers).get("local_structure")
    if step is None:
        return None
    value = novelty(numbers, step.first)
    more = ""
    if step.better and value is not None:
        more = f"Its novelty is {value:.2f}, so the gain is "
        more += (
            "not memory." if value >= NEW else "partly memory." if copies(numbers, step.first) else "perhaps memory."
        )
    words = (
        "Local structure matters: noise shaped by a point's neighbours beats one normal distribution for all.",
        "Local structure does not help: one normal distribution beats noise shaped by a point's neighbours.",
        "No evidence that local structure helps beyond one normal distribution.",
    )
    return _worded(numbers, "local_structure", "neighbourhoods", step, words, more)


def trimming(numbers: Numbers) -> Finding | None:
    """The moments of the core against those of all points."""
    step = planned(numbers).get("trimming")
    if step is None or at(numbers.summary, "core", "defined") is False:
        return None
    words = (
        "Drawing from the core alone helps: its moments beat those of all points.",
        "Drawing from the core alone hurts: the moments of all points do better.",
        "Whether the moments come from the core or from all points makes no difference that can be shown.",
    )
    return _worded(numbers, "trimming", "ladder", step, words)


def correction(numbers: Numbers) -> Finding | None:
    """Moving points toward their neighbours, against the same draw left alone."""
    step = planned(numbers).get("correction")
    if step is None:
        return None
    best, still = step.first, step.second
    words = (
        "Moving points toward their nearest real neighbours helps.",
        "Moving points toward their nearest real neighbours makes the set worse, even at the best strength tried.",
        "Moving points toward their nearest real neighbours makes no difference that can be shown.",
    )
    more = []
    blurred = [score for score in swept(numbers.scores.judged(numbers.judge, best.sampler)) if "lost" in score.label]
    lost = blurred[-1] if blurred else None
    if lost is not None and numbers.compare(lost, still).worse:
        more.append(
            "Moved without giving the set its spread back, the faces only blur: "
            f"{with_spread(lost.value, lost.spread)} at {lost.level}."
        )
    value = novelty(numbers, best)
    if step.better and value is not None:
        more.append(f"Novelty {value:.2f} after, {novelty(numbers, still) or math.nan:.2f} before.")
    return _worded(numbers, "correction", "correction", step, words, " ".join(more))


def copies_among(numbers: Numbers) -> list[tuple[Score, float]]:
    """Every sampler's best level with its novelty, where that was measured."""
    best = (numbers.scores.best(numbers.judge, name) for name in numbers.scores.samplers)
    return [(score, value) for score in best if score and (value := novelty(numbers, score)) is not None]


def copying(numbers: Numbers) -> Finding | None:
    """Which samplers repeat training faces."""
    known = copies_among(numbers)
    if not known:
        return None
    limit = numbers.judge.minimum_novelty
    low = [(score, value) for score, value in known if value < limit]
    least = min(known, key=lambda pair: pair[1])
    if low:
        names = ", ".join(f"{score.name} ({value:.2f})" for score, value in low)
        text = f"{len(low)} of {len(known)} samplers {'copies' if len(low) == 1 else 'copy'} training faces: {names}."
        detail = "A low distance there is memory, not generation."
    else:
        text = f"No sampler copies training faces: the lowest novelty is {least[1]:.2f}, of {least[0].name}."
        detail = ""
    detail += f" Novelty is 0 for a copy and 1 for a face as new as an unseen one; below {limit:.2f} is a copy."
    ordered = sorted(known, key=lambda pair: pair[1])
    bars = tuple(Evidence(score.name, value, text=f"{value:.2f}") for score, value in (*ordered[:3], *ordered[-1:]))
    return Finding("copies", "nearest", text, detail.strip(), bars, "novelty")


def agreement(numbers: Numbers) -> Finding | None:
    """Whether the sliced Wasserstein distance, which needs no network, orders the samplers alike."""
    pairs = []
    for name in numbers.scores.samplers:
        score = numbers.scores.best(numbers.judge, name)
        other = numbers.scores.beside(score, "swd", numbers.judge.reference) if score else None
        if score and other:
            pairs.append((score.value, other.value))
    if len(pairs) < 5 or numbers.judge.metric == "swd":
        return None
    order = float(spearmanr(*zip(*pairs, strict=True)).statistic)
    title = metric_named(numbers.judge.metric).title
    if order >= 0.8:
        text = f"A second opinion agrees: SWD, which needs no network, orders the samplers as {title} does."
    elif order >= 0.4:
        text = f"A second opinion agrees in part: SWD orders the samplers somewhat like {title}."
    else:
        text = f"SWD and {title} do not agree on the order of the samplers: take the ranking with caution."
    detail = f"Rank correlation {order:.2f} over {len(pairs)} samplers, each at its best level by {title}."
    return Finding("agreement", "scores", text, detail, decided=order >= 0.8 or order < 0.4)


def drawing(numbers: Numbers) -> Finding | None:
    """What the way of drawing is worth, with one decoder: the best sampler that does not copy against the worst."""
    best = [score for name in numbers.scores.samplers if (score := numbers.scores.best(numbers.judge, name))]
    fresh = numbers.scores.fresh(numbers.judge)
    if len(fresh) < 2:
        return None
    step = numbers.compare(fresh[0], fresh[-1])
    title = metric_named(numbers.judge.metric).title
    left_out = ", ".join(score.sampler for score in best if copies(numbers, score))
    ways = f"{len(fresh)} ways of drawing" + (f" ({left_out} left out, as it copies)" if left_out else "")
    if not step.better:
        text = "The way of drawing makes no difference that these numbers can show."
    elif math.isnan(step.ratio):
        text = f"One decoder, {ways}: how z is drawn decides what becomes of the faces."
    else:
        text = (
            f"One decoder, {ways}: how z is drawn changes {title} by a factor of {short(step.ratio)}, each way at "
            "its best level."
        )
    detail = (
        f"From {with_spread(step.first.value, step.first.spread)} ({step.first.name}) to "
        f"{with_spread(step.second.value, step.second.spread)} ({step.second.name})."
    )
    middle = fresh[len(fresh) // 2]
    fixed = numbers.scores.judged(numbers.judge, "reconstruction")[:1]
    shown = dict.fromkeys((*fixed, fresh[0], middle, fresh[-1]))
    bars = tuple(Evidence(score.name, score.value, score.spread) for score in shown)
    unit = f"{title} against {numbers.judge.images}, lower is better"
    return Finding("drawing", "faces", text, detail, bars, unit, decided=step.decided)


def levels(numbers: Numbers) -> Finding | None:
    """How much depends on the level of a swept sampler: its worst against its best."""
    steps = []
    for name in numbers.scores.samplers:
        rows = sorted(numbers.scores.judged(numbers.judge, name), key=lambda score: score.value)
        if len(rows) > 1:
            steps.append(numbers.compare(rows[0], rows[-1]))
    told = [step for step in steps if step.better and math.isfinite(step.ratio)]
    if not steps:
        return None
    if not told:
        text = "No sampler's level makes a difference that these numbers can show."
        return Finding("levels", "quality", text, decided=False)
    most = max(told, key=lambda step: step.ratio)
    text = (
        f"The level matters in {len(told)} of {len(steps)} samplers that have several, most in {most.first.sampler}: "
        f"its worst is {short(most.ratio)} times its best."
    )
    title = metric_named(numbers.judge.metric).title
    detail = (
        f"{title} {with_spread(most.first.value, most.first.spread)} at {most.first.level}, "
        f"{with_spread(most.second.value, most.second.spread)} at {most.second.level}."
    )
    return Finding("levels", "quality", text, detail)


RANK = 10
FINDERS = (
    correlations,
    drawing,
    levels,
    intervals,
    interval_width,
    local_structure,
    trimming,
    correction,
    copying,
    agreement,
)
