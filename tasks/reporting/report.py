"""The report stage: read every artifact, write the page, its figures and its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storage.files import write_text
from tasks.compute.progress import Progress, no_progress
from tasks.finished.artifacts import Artifacts
from tasks.page.beside import write_beside
from tasks.page.chapters import tell
from tasks.page.render import render
from tasks.page.section import Picture, Section
from tasks.page.wording import counted
from tasks.reporting.chapters import CHAPTERS
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics import sections as registered
from tasks.reporting.topics.faces import file_name

TITLE = "How must a latent vector be drawn to decode to a new face?"
HEADLINES = 6


def write_report(
    artifacts: Artifacts, config: ReportConfig, out: Path, store: str, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``out/report.html``, ``out/figures`` (PNG, plots as SVG too) and ``out/tables/*.csv``.

    ``artifacts``: their samples in the order of the page; ``config``: also decides by what samplers are judged;
    ``store``: the folder or URL that the page's commands name. Returns the headline findings. The page is written last
    and begun anew after an interruption, as it takes less than a minute.
    """
    study = ReportedStudy(artifacts, config, store)
    entries = registered()
    ordered: list[tuple[int, Section]] = []
    for done, entry in enumerate(entries):
        progress(done, len(entries), entry.name.replace("_", " "))
        section = entry.build(study)
        if section is not None:
            ordered.append((entry.order, section))
    pictures, tables = write_beside(out, [section for _, section in ordered])
    page = render(TITLE, subtitle(study), tell(ordered, CHAPTERS), study.findings, hero(study, pictures))
    write_text(out / "report.html", page)
    progress(len(entries), len(entries), "page written")
    return {
        "path": "report.html",
        "findings": [finding.text for finding in study.findings][:HEADLINES],
        "sections": len(ordered),
        "figures": len(pictures),
        "tables": len(tables),
    }


def subtitle(study: ReportedStudy) -> str:
    """One line on what was studied."""
    samplers = len(study.samples)
    levels = sum(len(draws.labels) for draws in study.samples.values())
    drawn = f" in {levels} draws of all their levels" if levels > samplers else ""
    return (
        f"{len(study.partition):,} images, a {study.family} with {counted(study.dimension, 'latent component')}, "
        f"{counted(samplers, 'sampler')} compared{drawn}."
    )


def hero(study: ReportedStudy, pictures: dict[str, Picture]) -> Picture | None:
    """The faces of the recommended draw, where there is one."""
    if study.answer is None or study.answer.pick is None:
        return None
    return pictures.get(file_name("grid", *study.answer.pick))
