"""The report stage: read every artifact, write the page, its figures and its tables."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

from storage.files import write_bytes, write_text
from tasks.compute.progress import Progress, no_progress
from tasks.page.chapters import tell
from tasks.page.render import render
from tasks.page.section import Picture, Section, Table
from tasks.page.wording import counted
from tasks.reporting.chapters import CHAPTERS
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics import sections as registered
from tasks.reporting.topics.faces import file_name

TITLE = "How must a latent vector be drawn to decode to a new face?"
HEADLINES = 6


def write_report(
    dataset: Path,
    model: Path,
    latents: Path,
    statistics: Path,
    samples: dict[str, Path],
    features: Path,
    scores: Path,
    config: ReportConfig,
    out: Path,
    store: str,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``out/report.html``, ``out/figures/*.png`` and ``out/tables/*.csv``.

    ``samples``: each sampler's artifact by its name, in the order of the page; ``store``: the folder or URL that the
    page's commands name. Returns the headline findings. The page is written last and begun anew after an interruption,
    as it takes less than a minute.
    """
    study = ReportedStudy(dataset, model, latents, statistics, samples, features, scores, config, store)
    for folder in ("figures", "tables"):
        shutil.rmtree(out / folder, ignore_errors=True)
    entries = registered()
    ordered: list[tuple[int, Section]] = []
    for done, entry in enumerate(entries):
        progress(done, len(entries), entry.name.replace("_", " "))
        section = entry.build(study)
        if section is not None:
            ordered.append((entry.order, section))
    sections = [section for _, section in ordered]
    pictures = _distinct([picture for section in sections for picture in section.pictures()], "figure")
    tables = _distinct([table for section in sections for table in section.tables()], "table")
    for name, picture in pictures.items():
        write_bytes(out / "figures" / f"{name}.png", picture.png)
    for name, table in tables.items():
        write_text(out / "tables" / f"{name}.csv", table_csv(table))
    page = render(TITLE, subtitle(study), tell(ordered, CHAPTERS), study.findings, hero(study, pictures), table_csv)
    write_text(out / "report.html", page)
    progress(len(entries), len(entries), "page written")
    return {
        "path": "report.html",
        "findings": [finding.text for finding in study.findings][:HEADLINES],
        "sections": len(sections),
        "figures": len(pictures),
        "tables": len(tables),
    }


def _distinct(found: list[Any], kind: str) -> dict[str, Any]:
    """By name; two of one name would overwrite each other's file."""
    named = {one.name: one for one in found}
    if len(named) < len(found):
        names = [one.name for one in found]
        raise ValueError(f"two sections make a {kind} called {sorted({n for n in names if names.count(n) > 1})}")
    return named


def table_csv(table: Table) -> str:
    """The table's values in full precision, with its machine-readable column names."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return buffer.getvalue()


def _plain(cell: Any) -> Any:
    return repr(float(cell)) if isinstance(cell, float) else cell


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
