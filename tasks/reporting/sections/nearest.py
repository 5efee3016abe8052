"""The best draw's faces beside the real faces nearest to them in latent space."""

from __future__ import annotations

import numpy as np

from tasks.pictures import contact_sheet
from tasks.reporting.section import Section
from tasks.reporting.sheets import photograph
from tasks.reporting.study import Study

ORDER = 70
RANKS = 3


def build(study: Study) -> Section | None:
    """Drawn faces in the first row, their nearest training photographs in the rows below."""
    if study.answer is None or study.answer.pick is None:
        return None
    sampler, label = study.answer.pick
    level = study.level(sampler, label)
    neighbour = study.samples[sampler].values("neighbour", level) if level is not None else None
    if level is None or neighbour is None:
        return None
    draws = study.samples[sampler]
    columns = min(study.config.grid_columns, neighbour.shape[0])
    ranks = min(RANKS, neighbour.shape[1])
    rows = [draws.images(level, slice(columns))]
    rows += [study.photographs(neighbour[:columns, rank]) for rank in range(ranks)]
    picture = photograph(
        "nearest",
        contact_sheet(np.concatenate(rows), columns),
        f"First row: drawn with {sampler}, {draws.title(level)}. Below each: the photographs of the {ranks} training "
        "images whose z-points are nearest to it, nearest first.",
        f"{columns} drawn faces, each above its {ranks} nearest training photographs.",
    )
    return Section("nearest", "Are they new?", (picture,), study.claims("nearest"))
