"""What data the study looked at."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.reporting.section import Block, Fold, Prose, Section, Table
from tasks.reporting.study import TEST, TRAIN, VALIDATION, Study

ORDER = 10
PARTITIONS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}
LISTED = 200


def build(study: Study) -> Section:
    """Counts, where they come from, and what was left out."""
    return Section("data", "The data", (Prose(_words(study)), _partitions(study), *_left_out(study)))


def _words(study: Study) -> Markup:
    attributes = study.images.attrs
    size = attributes.get("image_size")
    kind = {"celeba": "in CelebA's layout", "zip": "from a ZIP file", "folder": "from a folder"}
    source = kind.get(str(attributes.get("source_kind")), "from a source of another kind")
    split = (
        "The split into partitions is the official one."
        if attributes.get("partition_source") == "official"
        else "The data brings no split, so a seeded one was drawn."
    )
    named = len(study.attribute_names)
    facts = f"{named} attributes are given with them." if named else "No attributes come with them."
    return Markup("<p>{:,} images of {}×{} pixels, {}. {} {}</p>").format(
        len(study.partition), size, size, source, split, facts
    )


def _partitions(study: Study) -> Table:
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


def _left_out(study: Study) -> tuple[Block, ...]:
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
        noun = "warning" if len(study.warnings) == 1 else "warnings"
        blocks.append(
            Fold(f"{len(study.warnings)} {noun} while reading", (Prose(Markup("<ul>{}</ul>").format(items)),))
        )
    return tuple(blocks)
