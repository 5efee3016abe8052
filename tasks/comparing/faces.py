"""Faces side by side: the same samplers' faces, a row a study."""

from __future__ import annotations

import numpy as np

from tasks.comparing.answers import best_sampler
from tasks.comparing.compared import Compared
from tasks.page.images import png_bytes
from tasks.page.section import Files, Picture, Section, section
from tasks.page.thumbnails import grid, jpeg_bytes, labelled_stack
from tasks.page.wording import percent
from tasks.sampling.registry import prior, reference_case

SHOWN = 14
SIDE = 64
"""Pixels to which smaller faces are enlarged, by whole factors."""


def build(compared: Compared) -> Section | None:
    """A sheet for each of the reference samplers and the best, each at its most promising level in every study."""
    best = best_sampler(compared.studies)
    samplers = dict.fromkeys((reference_case(), prior(), *([best] if best else [])))
    sheets = (_sheet(compared, name, " (the best draw in most studies)" * (name == best)) for name in samplers)
    return section("faces", "Faces side by side", *sheets)


def _sheet(compared: Compared, sampler: str, about: str) -> Picture | None:
    sheets, labels = [], []
    for study in compared.studies:
        row = study.verdict.leader(sampler)
        level = study.level(sampler, row.label) if row is not None else None
        if row is not None and level is not None:
            faces = study.samples[sampler].images(level, slice(0, SHOWN))
            factor = max(1, SIDE // faces.shape[1])
            sheets.append(grid(np.repeat(np.repeat(faces, factor, axis=1), factor, axis=2), 1, SHOWN))
            broken = f"{percent(row.broken.value)} broken"
            labels.append("   ".join(part for part in (study.name, row.level, broken) if part))
    if not sheets:
        return None
    stack = labelled_stack(sheets, labels)
    caption = (
        f"{sampler}{about}: the first {SHOWN} faces of its most promising level in each study, and how many are broken."
    )
    alt = f"Faces drawn by {sampler}, a row for each study."
    files = Files(png_bytes(stack), stack.size, jpeg_bytes(stack))
    return Picture(f"faces_{sampler}", lambda: files, caption, alt, photographs=True)
