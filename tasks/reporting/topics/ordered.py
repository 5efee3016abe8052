"""The reference case's individuals, from near the centre to far away."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.finished.samples import SampleSet
from tasks.page.section import Picture, Prose, Section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.faces import file_name

ORDER = 620
REFERENCE_CASE = "uniform_component"
ROWS = 2


def build(study: ReportedStudy) -> Section | None:
    """Per level, individuals evenly spread over the ranks of their distance from the centre."""
    draws = study.samples.get(REFERENCE_CASE)
    if draws is None:
        return None
    pictures = [picture for level in range(len(draws.labels)) if (picture := _level(study, draws, level))]
    if not pictures:
        return None
    text = Markup(
        "<p>The reference case, <code>{}</code>: each component uniform in its own interval, independently of the "
        "others. Individuals are ordered by their Euclidean distance |z − centre|, written below each; the first is "
        "the nearest of its level, the last the farthest, the others evenly between by rank.</p>"
    ).format(REFERENCE_CASE)
    return Section(
        "ordered",
        "The reference case, from the centre outwards",
        (Prose(text), *pictures),
        study.claims("ordered", "intervals"),
    )


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
