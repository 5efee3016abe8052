"""Single faces along the steps of the correction, with and without the spread that it takes from the set."""

from __future__ import annotations

import numpy as np

from tasks.page.images import contact_sheet
from tasks.page.section import Section, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.sampling.registry import correcting

ORDER = 820
FACES = 8
TITLES = {"kept": "mean and covariance of the set restored after the move", "lost": "moved, and nothing else"}


def build(study: ReportedStudy) -> Section | None:
    """A row per strength, the same faces in every row, once with the spread kept and once with it lost."""
    draws = study.samples.get(correcting())
    strength = draws.swept.get("strength") if draws is not None else None
    if draws is None or strength is None:
        return None
    spread = draws.swept.get("spread")
    kinds = ["kept"] if spread is None else [str(one) for one in dict.fromkeys(spread)]
    stacks, labels = [], []
    for kind in kinds:
        rows = [level for level in np.argsort(strength, kind="stable") if spread is None or spread[level] == kind]
        for level in map(int, rows):
            stacks.append(contact_sheet(draws.images(level, slice(FACES)), FACES))
            what = TITLES.get(kind, kind) if strength[level] else "the draw as it is"
            scores = study.scores.by(study.criterion, draws.name, draws.labels[level])[:1]
            worth = "".join(f", {study.criterion.title} {short(score.value)}" for score in scores)
            labels.append(f"strength {strength[level]:g}{worth}: {what}")
    sheet = photograph(
        "correction",
        labelled_stack(stacks, labels),
        f"Each column is one draw of {draws.facts.get('base', 'the base')}, moved further from row to row toward the "
        f"affine hull of its {draws.facts.get('neighbours_taken', 'k')} nearest training points; strength 0 leaves it "
        "alone. Moving alone draws the set together; restoring the set's mean and covariance keeps its variety.",
        f"{FACES} faces along the steps of the correction.",
    )
    title = "Moved toward the neighbours, step by step"
    return section("correction", title, sheet, claims=study.claims("correction"))
