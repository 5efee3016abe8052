"""What points the study looked at."""

from __future__ import annotations

import numpy as np

from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.page.section import Column, Section, fold, paragraph, section, table
from tasks.page.wording import counted
from tasks.reporting.points_study import ReportedPoints
from tasks.reporting.topic import Finding

PARTITIONS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}
COLUMNS = (
    Column("partition"),
    Column("points", shown="{:,}".format),
    Column("share", shown=lambda share: f"{100 * share:.1f} %"),
)
ORDER = 110


def build(study: ReportedPoints) -> Section | None:
    """How many points on either side, where they came from, and what came with them."""
    partition, about = study.partition, study.images.attrs
    training, whole = int(np.sum(partition == TRAIN)), len(partition)
    split = "The split came with them." if about.get("partition_source") == "given" else "The split is a seeded one."
    labels = study.attribute_names
    beside = f"{counted(len(labels), 'category', 'categories')} of labels are given with them." if labels else ""
    claim = Finding(
        "data",
        "data",
        f"{training:,} points to learn from, {whole - training:,} held out to judge by.",
        "Nothing is known of the images, or whatever else, that they stand for.",
    )
    counts = {name: int(np.sum(partition == code)) for code, name in PARTITIONS.items()}
    rows = [(name, count, count / whole) for name, count in counts.items()]
    caption = "Moments, axes and every fitted sampler come from the training points; the others are held out."
    return section(
        "data",
        "The points",
        paragraph(
            "{:,} points of {} from <code>{}</code>, kept as float32. {} {}",
            whole,
            counted(study.dimension, "component"),
            about.get("source"),
            split,
            beside,
        ),
        fold("The partitions in numbers", table("partitions", COLUMNS, rows, caption)),
        claims=(claim,),
    )
