"""The report stage: read every artifact, write the page, its figures and its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.compute.progress import Progress, no_progress
from tasks.finished.artifacts import Artifacts
from tasks.page.section import Picture
from tasks.page.sheets import photograph
from tasks.page.thumbnails import enlarged
from tasks.page.wording import counted
from tasks.reporting.chapters import CHAPTERS
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics import sections as registered
from tasks.reporting.writing import build_sections, write_page

TITLE = "How must a latent vector be drawn to decode to a new face?"
ROWS, COLUMNS, SIDE = 4, 8, 128
"""Of the sheet beside the answer; the side of a face in pixels, at least."""


def write_report(
    artifacts: Artifacts, config: ReportConfig, out: Path, store: str, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``out/report.html``, ``out/figures`` (PNG, plots as SVG too) and ``out/tables/*.csv``.

    ``artifacts``: their samples in the order of the page; ``store``: the folder or URL that the page's commands name.
    Returns the headline findings. The page is written last and begun anew after an interruption, as it takes less than
    a minute.
    """
    study = ReportedStudy(artifacts, config, store)
    entries = registered()
    ordered = build_sections(study, entries, progress)
    facts = write_page(out, TITLE, subtitle(study), ordered, CHAPTERS, study.findings, hero(study))
    progress(len(entries), len(entries), "page written")
    return facts


def subtitle(study: ReportedStudy) -> str:
    """One line on what was studied."""
    samplers = len(study.samples)
    levels = sum(len(draws.labels) for draws in study.samples.values())
    drawn = f" at {levels} levels" if levels > samplers else ""
    return (
        f"{len(study.partition):,} images, a {study.family} with {counted(study.dimension, 'latent component')}, "
        f"{counted(samplers, 'sampler')} compared{drawn}."
    )


def hero(study: ReportedStudy) -> Picture | None:
    """Many faces of the recommended draw, large enough to judge each; None where there is none."""
    pick = study.verdict.pick
    level = study.level(pick.sampler, pick.label) if pick is not None else None
    if pick is None or level is None:
        return None
    images = study.samples[pick.sampler].images(level, slice(ROWS * COLUMNS))
    return photograph(
        "answer",
        enlarged(images, COLUMNS, SIDE),
        f"The first {len(images)} stored faces of {pick.name} as they came.",
        f"{len(images)} faces drawn with {pick.name}.",
    )
