"""The comparison: read every study, judge every figure, write the page, its plots and its tables."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from storage.files import write_bytes, write_text
from tasks.comparing.chapters import chapters_of
from tasks.comparing.config import ComparisonConfig
from tasks.comparing.headline import all_figures
from tasks.comparing.sections import sections_of
from tasks.comparing.seeds import seed_words
from tasks.comparing.sentences import findings_of
from tasks.comparing.studied import Studied
from tasks.comparing.tables import csv_tables
from tasks.comparing.verdict import axis_words, judge, seeds_of, varied
from tasks.compute.progress import Progress, no_progress
from tasks.page.render import render
from tasks.reporting.report import table_csv

TITLE = "What changes from one autoencoder to the next, and what does not?"
SEED_TITLE = "What changes from one run of an autoencoder to the next, and what does not?"


def write_comparison(
    inputs: dict[str, dict[str, Path]],
    samples: dict[str, Path],
    config: ComparisonConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``out/comparison.html``, ``out/figures/*.png`` and ``out/tables/*.csv``.

    ``inputs``: by artifact (dataset, model, statistics, scores) the folder of each study by its name; ``samples``:
    by ``<study>/<sampler>``. Returns the headline sentences. Begun anew after an interruption: it takes seconds.
    """
    for folder in ("figures", "tables"):
        shutil.rmtree(out / folder, ignore_errors=True)
    studies = _studies(inputs, samples, config)
    progress(0, 3, "reading")
    verdicts = judge(all_figures(studies), studies, config.significance, config.stable)
    findings = findings_of(verdicts, studies, config)
    progress(1, 3, "drawing")
    sections = sections_of(studies, verdicts, config)
    pictures = [picture for section in sections for picture in section.pictures()]
    tables = [*(table for section in sections for table in section.tables()), *csv_tables(studies, verdicts)]
    for picture in pictures:
        write_bytes(out / "figures" / f"{picture.name}.png", picture.png)
    for table in tables:
        write_text(out / "tables" / f"{table.name}.csv", table_csv(table))
    progress(2, 3, "writing")
    runs_alone = bool(seeds_of([study.member.values for study in studies]))
    chapters = chapters_of(sections, findings, runs_alone)
    title = SEED_TITLE if runs_alone else TITLE
    page = render(title, subtitle(studies, config), chapters, findings, None, table_csv)
    write_text(out / "comparison.html", page)
    progress(3, 3, "page written")
    return {
        "path": "comparison.html",
        "studies": len(studies),
        "findings": [f"{finding.text} {finding.detail}".strip() for finding in findings],
        "figures": len(pictures),
        "tables": len(tables),
    }


def _studies(inputs: dict[str, dict[str, Path]], samples: dict[str, Path], config: ComparisonConfig) -> list[Studied]:
    return [
        Studied(
            member,
            inputs["dataset"][member.name],
            inputs["model"][member.name],
            inputs["statistics"][member.name],
            inputs["scores"][member.name],
            {
                name.removeprefix(f"{member.name}/"): path
                for name, path in samples.items()
                if name.startswith(f"{member.name}/")
            },
            config.metric,
            config.reference,
        )
        for member in config.members
    ]


def subtitle(studies: list[Studied], config: ComparisonConfig) -> str:
    """One line on what was compared."""
    settings = [study.member.values for study in studies]
    if seeds := seeds_of(settings):
        return f"{config.title}: one configuration, {len(studies)} runs over {seed_words(seeds)}."
    axes = varied(settings)
    cells = len(set(zip(*axes.values(), strict=True))) if axes else 1
    over = f" over {' × '.join(axis_words(name).removeprefix('the ') for name in axes)}" if axes else ""
    runs = f", {len(studies)} runs in all" if len(studies) > cells else ""
    return f"{config.title}: {cells} {'configuration' if cells == 1 else 'configurations'}{over}{runs}."
