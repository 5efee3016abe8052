"""The report on points alone: the same page without what needs images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.compute.progress import Progress, no_progress
from tasks.finished.points import PointsArtifacts
from tasks.page.chapters import Chapter
from tasks.page.wording import counted
from tasks.reporting.config import ReportConfig
from tasks.reporting.points_study import ReportedPoints, topics
from tasks.reporting.topics import sections
from tasks.reporting.writing import build_sections, write_page

TITLE = "How must new latent points be drawn?"

CHAPTERS = (
    Chapter("the-data", "The points", "What points were studied?", ("data",)),
    Chapter("the-distributions", "Distributions", "What values does each component take?", ("kinds",)),
    Chapter("the-core", "The core", "Where do the points lie, and in what shape?", ("offset", "one_by_one")),
    Chapter("the-correlations", "Correlations", "Are the components correlated?", ("dependence",)),
    Chapter("the-axes", "Main axes", "Along which directions do points vary?", ("variance",)),
    Chapter("the-samplers", "Samplers", "Where do the draws of each sampler lie?", ("radii",)),
    Chapter("the-ladder", "The ladder", "Which draw is told least from held-out points?", ("ranking",)),
    Chapter("near-by", "Micro-correlations", "Is there structure that a single covariance misses?", ("micro",)),
    Chapter("in-use", "What to use", "So how should a latent point be drawn?"),
    Chapter("the-words", "Terms and limits", "What do the terms mean, and what do the numbers not show?"),
)
"""The chapters of a study with images, so that shared sections find their place."""


def write_points_report(
    artifacts: PointsArtifacts, config: ReportConfig, out: Path, store: str, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``out/report.html``, ``out/figures`` (PNG and SVG) and ``out/tables/*.csv``.

    ``artifacts``: their samples in the order of the page; ``store``: the folder or URL that the page's commands name.
    Returns the headline findings.
    """
    study = ReportedPoints(artifacts, config, store)
    entries = sections(topics())
    ordered = build_sections(study, entries, progress)
    levels = sum(len(draws.labels) for draws in study.samples.values())
    subtitle = (
        f"{len(study.partition):,} points of {counted(study.dimension, 'component')}, "
        f"{counted(len(study.samples), 'sampler')} compared at {counted(levels, 'level')}, in latent space alone."
    )
    facts = write_page(out, TITLE, subtitle, ordered, CHAPTERS, study.findings)
    progress(len(entries), len(entries), "page written")
    return facts
