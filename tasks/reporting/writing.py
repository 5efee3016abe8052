"""Writing a report: its sections one after another, then the page with its figures and tables beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.files import write_text
from tasks.compute.garbage import rarely_searched
from tasks.compute.progress import Progress
from tasks.page.beside import write_beside
from tasks.page.chapters import Chapter, tell
from tasks.page.finding import Finding
from tasks.page.render import render
from tasks.page.section import Picture, Section
from tasks.reporting.topics import Entry

HEADLINES = 6


def build_sections(study: Any, entries: Sequence[Entry], progress: Progress) -> list[tuple[int, Section]]:
    """The sections that ``study`` has, each with its place."""
    ordered = []
    # Figures are many small objects, and most of the time to build them went into searching those of the libraries.
    with rarely_searched():
        for done, entry in enumerate(entries):
            progress(done, len(entries), entry.name.replace("_", " "))
            section = entry.build(study)
            if section is not None:
                ordered.append((entry.order, section))
    return ordered


def write_page(
    out: Path,
    title: str,
    subtitle: str,
    ordered: list[tuple[int, Section]],
    chapters: Sequence[Chapter],
    findings: tuple[Finding, ...],
    hero: Picture | None = None,
) -> dict[str, Any]:
    """Write ``report.html``, last, ``figures`` and ``tables``; the facts of the stage. ``hero``: beside the answer."""
    top = [Section("answer", "", (hero,))] if hero is not None else []
    pictures, tables = write_beside(out, [*top, *(section for _, section in ordered)])
    write_text(out / "report.html", render(title, subtitle, tell(ordered, chapters), findings, hero))
    return {
        "path": "report.html",
        "findings": [finding.text for finding in findings][:HEADLINES],
        "sections": len(ordered),
        "figures": len(pictures),
        "tables": len(tables),
    }
