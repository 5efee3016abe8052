"""What data the study looked at."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.page.finding import Finding
from tasks.page.images import columns_for, contact_sheet
from tasks.page.section import Block, Fold, Picture, Prose, Section, Table
from tasks.page.sheets import photograph
from tasks.reporting.study import ReportedStudy

ORDER = 110
PARTITIONS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}
SPLITS = {
    "official": "The split into partitions is the official one.",
    "metadata": "The split into partitions is that of the metadata file.",
    "folders": "The split into partitions is that of the folders.",
    "seeded": "The data brings no split, so a seeded one was drawn.",
    "seeded by person": "The data brings no split, so a seeded one was drawn, with each person on one side.",
}
LISTED = 200


def build(study: ReportedStudy) -> Section:
    """Counts, where they come from, and what was left out."""
    numbers = Fold("The partitions in numbers", (_partitions(study),))
    return Section(
        "data", "The data", (Prose(_words(study)), *_faces(study), numbers, *_left_out(study)), (_claim(study),)
    )


def _claim(study: ReportedStudy) -> Finding:
    learnt = int(np.sum(study.partition == TRAIN))
    skipped = len(study.skipped.get("name", []))
    text = f"{learnt:,} images to learn from, {len(study.partition) - learnt:,} held out to judge by."
    detail = f"{skipped:,} {'file' if skipped == 1 else 'files'} could not be used." if skipped else ""
    return Finding("data", "data", text, detail)


def _faces(study: ReportedStudy) -> tuple[Picture, ...]:
    """The first images, as the autoencoder sees them."""
    columns = study.config.grid_columns
    rows = np.arange(min(2 * columns, len(study.partition)))
    sheet = contact_sheet(study.photographs(rows), columns_for(len(rows), columns))
    alt = f"The first {len(rows)} images of the data."
    return (photograph("data", sheet, f"The first {len(rows)} images, cropped and resized.", alt),)


def _words(study: ReportedStudy) -> Markup:
    attributes = study.images.attrs
    size = attributes.get("image_size")
    source = ", in CelebA's layout" if attributes.get("source_kind") == "celeba" else ""
    split = SPLITS.get(str(attributes.get("partition_source")), SPLITS["seeded"])
    named = len(study.attribute_names)
    facts = f"{named} attributes are given with them." if named else "No attributes come with them."
    return Markup("<p>{:,} images of {}×{} pixels{}. {} {}</p>").format(
        len(study.partition), size, size, source, split, facts
    )


def _partitions(study: ReportedStudy) -> Table:
    count = len(study.partition)
    rows = []
    for code, name in PARTITIONS.items():
        images = int(np.sum(study.partition == code))
        rows.append((name, images, images / count))
    shown = tuple((name, f"{images:,}", f"{100 * share:.1f} %") for name, images, share in rows)
    return Table(
        "partitions",
        ("partition", "images", "share"),
        tuple(rows),
        "Moments, axes and every fitted sampler come from the training partition; validation and test are held out.",
        shown=shown,
    )


def _left_out(study: ReportedStudy) -> tuple[Block, ...]:
    blocks: list[Block] = []
    names, reasons = study.skipped.get("name", []), study.skipped.get("reason", [])
    rows = tuple(zip(names, reasons, strict=True))
    if rows:
        table = Table(
            "skipped",
            ("name", "reason"),
            rows,
            f"The first {LISTED}; all are in tables/skipped.csv." if len(rows) > LISTED else "",
            shown=rows[:LISTED],
        )
        noun = "file was" if len(rows) == 1 else "files were"
        blocks.append(Fold(f"{len(rows):,} {noun} skipped", (table,)))
    else:
        blocks.append(Prose(Markup("<p>No file was skipped.</p>")))
    if study.warnings:
        items = Markup("").join(Markup("<li>{}</li>").format(text) for text in study.warnings)
        noun = "note" if len(study.warnings) == 1 else "notes"
        title = f"{len(study.warnings)} {noun} on what was read and what was not"
        blocks.append(Fold(title, (Prose(Markup("<ul>{}</ul>").format(items)),)))
    return tuple(blocks)
