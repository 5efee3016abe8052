"""What data the study looked at."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.page.images import columns_for, contact_sheet
from tasks.page.section import Column, Fold, Picture, Prose, Table, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.wording import counted
from tasks.reporting.topic import Finding, ReportedStudy, topic

PARTITIONS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}
SPLITS = {
    "official": "The split into partitions is the official one.",
    "metadata": "The split into partitions is that of the metadata file.",
    "folders": "The split into partitions is that of the folders.",
    "seeded": "The data brings no split, so a seeded one was drawn.",
    "seeded by person": "The data brings no split, so a seeded one was drawn, with each person on one side.",
}
PARTITION = (
    Column("partition"),
    Column("images", shown="{:,}".format),
    Column("share", shown=lambda share: f"{100 * share:.1f} %"),
)
LISTED = 200


def _claim(study: ReportedStudy) -> Finding:
    learnt = int(np.sum(study.partition == TRAIN))
    skipped = len(study.skipped.get("name", []))
    text = f"{learnt:,} images to learn from, {len(study.partition) - learnt:,} held out to judge by."
    return Finding("data", "data", text, f"{counted(skipped, 'file')} could not be used." if skipped else "")


def _faces(study: ReportedStudy) -> Picture:
    """The first images, as the autoencoder sees them."""
    columns = study.config.grid_columns
    rows = np.arange(min(2 * columns, len(study.partition)))
    sheet = contact_sheet(study.photographs(rows), columns_for(len(rows), columns))
    alt = f"The first {len(rows)} images of the data."
    return photograph("data", sheet, f"The first {len(rows)} images, cropped and resized.", alt)


def _words(study: ReportedStudy) -> Prose:
    attributes = study.images.attrs
    size = attributes.get("image_size")
    source = ", in CelebA's layout" if attributes.get("source_kind") == "celeba" else ""
    split = SPLITS.get(str(attributes.get("partition_source")), SPLITS["seeded"])
    named = len(study.attribute_names)
    facts = f"{named} attributes are given with them." if named else "No attributes come with them."
    return paragraph("{:,} images of {}×{} pixels{}. {} {}", len(study.partition), size, size, source, split, facts)


def _partitions(study: ReportedStudy) -> Fold | None:
    images = {name: int(np.sum(study.partition == code)) for code, name in PARTITIONS.items()}
    rows = [(name, count, count / len(study.partition)) for name, count in images.items()]
    caption = (
        "Moments, axes and every fitted sampler come from the training partition; validation and test are held out."
    )
    return fold("The partitions in numbers", table("partitions", PARTITION, rows, caption))


def _skipped(study: ReportedStudy) -> Fold | Prose:
    rows = tuple(zip(study.skipped.get("name", []), study.skipped.get("reason", []), strict=True))
    if not rows:
        return paragraph("No file was skipped.")
    caption = f"The first {LISTED}; all are in tables/skipped.csv." if len(rows) > LISTED else ""
    listed = Table("skipped", ("name", "reason"), rows, caption, shown=rows[:LISTED])
    return Fold(f"{counted(len(rows), 'file was', 'files were')} skipped", (listed,))


def _notes(study: ReportedStudy) -> Fold | None:
    if not study.warnings:
        return None
    items = Markup("").join(Markup("<li>{}</li>").format(text) for text in study.warnings)
    title = f"{counted(len(study.warnings), 'note')} on what was read and what was not"
    return fold(title, Prose(Markup("<ul>{}</ul>").format(items)))


ORDER = 110
build = topic("data", "The data", _words, _faces, _partitions, _skipped, _notes, _claim)
