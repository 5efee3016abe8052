"""The comparison: read every study, judge every figure, write the page, its plots and its tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from storage.files import write_text
from tasks.comparing import answers, faces, ladder, published, seeds, shares, studies, topics
from tasks.comparing.axes import axis_title, seed_words
from tasks.comparing.compared import Compared
from tasks.comparing.config import ComparisonConfig, Member
from tasks.comparing.headline import TOPICS
from tasks.comparing.study import ComparedStudy
from tasks.compute.progress import Progress, no_progress
from tasks.finished.artifacts import Artifacts
from tasks.page.beside import write_beside
from tasks.page.chapters import Chapter, tell
from tasks.page.finding import Finding
from tasks.page.render import render
from tasks.page.section import Section
from tasks.page.wording import counted

TITLE = "What changes from one autoencoder to the next, and what does not?"
SEED_TITLE = "What changes from one run of an autoencoder to the next, and what does not?"

LATENT = ("distributions", "offset", "correlations", "dimension", "normality")
CHAPTERS = (
    Chapter("the-figures", "Every figure", "What belongs to a setting, and what to the run?"),
    Chapter("the-model", "Autoencoders", "How well was the autoencoder trained?"),
    Chapter("the-points", "Latent points", "How are the latent points distributed in each?", LATENT),
    Chapter("the-draws", "Draws", "Which draws make faces, and where do they fail?", ("best", "ladder")),
    Chapter("the-words", "Studies and method", "What was compared, and how?"),
)
SEED_QUESTION = "How far does a figure hold from one run to the next?"
"""Asked of every figure where all studies are runs of one configuration."""


def write_comparison(
    inputs: Mapping[str, Mapping[str, Path]],
    samples: Mapping[str, Path],
    config: ComparisonConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``out/comparison.html``, ``out/figures`` (PNG, plots as SVG too) and ``out/tables/*.csv``.

    ``inputs``: by artifact (dataset, model, statistics, scores) the folder of each study by its name; ``samples``:
    by ``<study>/<sampler>``. Returns the headline sentences. Begun anew after an interruption: it takes seconds.
    """
    compared = Compared([_study(member, inputs, samples) for member in config.members], config)
    progress(0, 3, "reading")
    findings = findings_of(compared)
    progress(1, 3, "drawing")
    ordered = [
        (order, replace(section, claims=tuple(one for one in findings if one.section == section.anchor)))
        for order, section in _sections(compared)
    ]
    pictures, tables = write_beside(out, [section for _, section in ordered], studies.long_tables(compared))
    progress(2, 3, "writing")
    runs_alone = bool(compared.seeds)
    first = replace(CHAPTERS[0], question=SEED_QUESTION) if runs_alone else CHAPTERS[0]
    chapters = tell(ordered, (first, *CHAPTERS[1:]))
    page = render(SEED_TITLE if runs_alone else TITLE, subtitle(compared), chapters, findings)
    write_text(out / "comparison.html", page)
    progress(3, 3, "page written")
    return {
        "path": "comparison.html",
        "studies": len(compared.studies),
        "findings": [f"{finding.text} {finding.detail}".strip() for finding in findings],
        "figures": len(pictures),
        "tables": len(tables),
    }


def _study(member: Member, inputs: Mapping[str, Mapping[str, Path]], samples: Mapping[str, Path]) -> ComparedStudy:
    folders: dict[str, Any] = {artifact: of[member.name] for artifact, of in inputs.items()}
    own = f"{member.name}/"
    artifacts = Artifacts(
        **folders,
        # The comparison reads no latent points, which are large to fetch.
        latents=Path(os.devnull),
        samples={name.removeprefix(own): folder for name, folder in samples.items() if name.startswith(own)},
    )
    return ComparedStudy(artifacts, member)


def _sections(compared: Compared) -> list[tuple[int, Section]]:
    """The sections that there are, each with its place: 310 is in the third chapter."""
    about = seeds if compared.seeds else shares
    found = [
        (100, about.build(compared)),
        (200, topics.build(compared, "autoencoder")),
        *((300, topics.build(compared, topic)) for topic in LATENT),
        (400, answers.build(compared)),
        (400, ladder.build(compared)),
        (400, published.build(compared)),
        (400, faces.build(compared)),
        (500, studies.build(compared)),
        (500, about.method(compared)),
    ]
    return [(order, section) for order, section in found if section is not None]


def findings_of(compared: Compared) -> tuple[Finding, ...]:
    """The answer first, then a finding a topic, then the best draw."""
    answer = (seeds if compared.seeds else shares).answer(compared)
    others = (*(topics.claim(compared, topic) for topic in TOPICS), answers.best_draw(compared))
    return answer, *(finding for finding in others if finding is not None)


def subtitle(compared: Compared) -> str:
    """One line on what was compared."""
    count, title = len(compared.studies), compared.config.title
    if compared.seeds:
        return f"{title}: one configuration, {count} runs over {seed_words(compared.seeds)}."
    axes, cells = compared.scheme.axes, len(compared.scheme.cells)
    over = f" over {' × '.join(map(axis_title, axes))}" if axes else ""
    runs = f", {count} runs in all" if count > cells else ""
    return f"{title}: {counted(cells, 'configuration')}{over}{runs}."
