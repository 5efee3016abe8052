"""The reference case's individuals, from near the centre to far away, and what the width of its intervals is worth."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.finished.numbers import Numbers
from tasks.finished.samples import SampleSet
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Picture, Prose, Section, fold, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import short, with_spread
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.faces import file_name
from tasks.reporting.topics.planned import swept
from tasks.sampling.registry import reference_case

ORDER = 620
RANK = 14
ROWS = 2


def build(study: ReportedStudy) -> Section | None:
    """Per level, individuals evenly spread over the ranks of their distance from the centre."""
    draws = study.samples.get(reference_case())
    if draws is None:
        return None
    best = study.verdict.leader(draws.name)
    order = sorted(range(len(draws.labels)), key=lambda level: best is None or draws.labels[level] != best.label)
    # The best first; the others are folded.
    first, *others = (_level(study, draws, level) for level in order)
    if not any((first, *others)):
        return None
    text = Markup(
        "<p>The reference case, <code>{}</code>: each component uniform in its own interval, independently of the "
        "others. Individuals are ordered by their Euclidean distance |z − centre|, written below each; the first is "
        "the nearest of its level, the last the farthest, the others evenly between by rank.</p>"
    ).format(draws.name)
    blocks = Prose(text), first, fold("Its other levels", *others)
    title = "The reference case, from the centre outwards"
    return section("ordered", title, *blocks, claims=study.claims("ordered", "intervals"))


def interval_width(numbers: Numbers) -> Finding | None:
    """Quality against ``fact`` in the reference case."""
    scores = swept(numbers.levels(reference_case()))
    if len(scores) < 2:
        return None
    smallest, largest = scores[0], scores[-1]
    best = min(scores, key=lambda score: score.value)
    wider, narrower = (numbers.compare(best, end).better for end in (largest, smallest))
    if wider and narrower:
        text = f"Component intervals are best at {best.label}: {smallest.label} and {largest.label} are worse."
    elif wider:
        text = f"Component intervals lose quality as they widen: {best.label} does best, {largest.label} is worse."
    elif narrower:
        text = f"Component intervals gain as they widen: {best.label} does best, {smallest.label} is worse."
    else:
        text = "The width of the component intervals makes no difference that these numbers can show."
    values = ", ".join(f"{with_spread(score.value, score.spread)} at {score.label}" for score in scores)
    bars = tuple(Evidence(score.level, score.value, score.spread) for score in scores)
    detail, decided = f"{numbers.criterion.title}: {values}.", wider or narrower
    return Finding("interval_width", "ordered", text, detail, bars, numbers.criterion.unit, decided=decided)


FINDERS = (interval_width,)


def _level(study: ReportedStudy, draws: SampleSet, level: int) -> Picture | None:
    distance = draws.values("euclidean", level)
    if distance is None:
        return None
    columns = study.config.grid_columns
    order = np.argsort(distance, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), ROWS * columns)).astype(int))]
    captions = [short(float(distance[sample])) for sample in chosen]
    label = draws.title(level)
    return photograph(
        file_name("ordered", draws.name, draws.labels[level]),
        captioned_sheet(draws.images(level, [int(sample) for sample in chosen]), captions, columns),
        f"{label}: distance from the centre {short(float(distance.min()))} to {short(float(distance.max()))}.",
        f"Faces drawn at {label} with growing distance from the centre, {captions[0]} to {captions[-1]}.",
    )
