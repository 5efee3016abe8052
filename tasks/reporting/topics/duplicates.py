"""Near-duplicate images and people on both sides of the split."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from tasks.page.section import Block, Fold, Picture, Prose, Section, Table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import counted, short
from tasks.reporting.study import ReportedStudy

ORDER = 120
SHOWN = 8
WORDS = {"train": "training", "validation": "validation", "test": "test"}


def build(study: ReportedStudy) -> Section | None:
    """What was looked at and found, the first pairs side by side, and lists of pairs and people."""
    facts = study.summary.get("duplicates")
    if not facts:
        return None
    blocks: list[Block] = [Prose(_words(facts))]
    picture = _picture(study, facts["pairs"][:SHOWN])
    blocks += [picture] if picture else []
    blocks += [fold for fold in (_pairs(facts), _people(facts.get("people"))) if fold]
    return Section("duplicates", "Near-duplicates", tuple(blocks), study.claims("duplicates"))


def _words(facts: dict[str, Any]) -> Markup:
    looked = f"{facts['looked_at']:,} of {facts['images']:,} images, a seeded choice,"
    if facts["looked_at"] == facts["images"]:
        looked = f"All {facts['images']:,} images"
    axes = counted(facts["axes"], "main axis", "main axes")
    reach = "all of them" if facts["verified"] == facts["candidates"] else f"the closest {facts['verified']:,}"
    return Markup(
        "<p>Two images count as near-duplicates when their pixels correlate by {:g} or more, over all channels: a "
        "change of brightness or contrast does not matter. {} were looked at. Candidates are the {} nearest latent "
        "points of each along the first {}{}, {:,} pairs; {} were compared pixel by pixel. {}</p>"
    ).format(
        facts["threshold"], looked, facts["nearest"], axes, _cells(facts), facts["candidates"], reach,
        _completeness(facts),
    )  # fmt: skip


def _completeness(facts: dict[str, Any]) -> str:
    """What became of the farthest pairs that were compared: were there still near-duplicates among them?"""
    last, found = facts["last_tenth"], facts["found_in_last_tenth"]
    if not last or facts["smallest_similarity"] is None:
        return ""
    text = f"Those pairs are up to {short(facts['largest_distance'])} apart in latent space"
    if facts["verified"] == facts["candidates"]:
        return f"{text}; a near-duplicate that the encoder puts elsewhere is missed."
    if found:
        some = "is one near-duplicate" if found == 1 else f"are {found:,} near-duplicates"
        return f"{text}; among the farthest {last:,} there {some}, so that more may lie beyond."
    most = short(facts["largest_similarity_in_last_tenth"])
    return f"{text}; the most alike of the farthest {last:,} correlate by {most}, so that few should lie beyond."


def _cells(facts: dict[str, Any]) -> str:
    """Where neighbours were looked for, if not everywhere."""
    if facts.get("cells", 1) == 1:
        return ""
    return f", looked for in the {facts['probed']} nearest of {facts['cells']:,} cells"


def _picture(study: ReportedStudy, listed: list[dict[str, Any]]) -> Picture | None:
    pairs = study.statistic("duplicate_pair")
    if pairs is None or not listed:
        return None
    rows = np.asarray(pairs, np.int64)[: len(listed)].T.ravel()
    ends = [[_short_name(one[end]["name"]) for one in listed] for end in ("first", "second")]
    sheet = captioned_sheet(study.photographs(rows), [*ends[0], *ends[1]], len(listed), 112)
    return photograph(
        "duplicates",
        sheet,
        f"The first {len(listed)} pairs, one above the other; those across training and held-out images come first, "
        "the most alike before others.",
        f"{len(listed)} pairs of all but the same images.",
    )


def _short_name(name: str) -> str:
    """The end of a name, as much as fits below its thumbnail."""
    return name if len(name) <= 15 else "…" + name[-14:]


def _pairs(facts: dict[str, Any]) -> Fold | None:
    listed = facts["pairs"]
    if not listed:
        return None
    rows = tuple(
        (one["first"]["name"], WORDS[one["first"]["partition"]], one["second"]["name"],
         WORDS[one["second"]["partition"]], one["similarity"])
        for one in listed
    )  # fmt: skip
    shown = tuple((*row[:4], f"{row[4]:.4f}") for row in rows)
    columns = ("first", "first_partition", "second", "second_partition", "correlation")
    headings = ("first", "partition", "second", "partition", "correlation of pixels")
    caption = f"The first {len(rows)} of {facts['found']:,}." if facts["found"] > len(rows) else ""
    noun = "pair" if facts["found"] == 1 else "pairs"
    table = Table("duplicates", columns, rows, caption, headings, shown)
    return Fold(f"{facts['found']:,} {noun}, {facts['across']:,} across training and held-out images", (table,))


def _people(facts: dict[str, Any] | None) -> Fold | None:
    if not facts or not facts["listed"]:
        return None
    columns = ("identity", "training_images", "heldout_images", "training_example", "heldout_example")
    rows = tuple(tuple(one[column] for column in columns) for one in facts["listed"])
    shown = tuple((str(row[0]), *row[1:]) for row in rows)
    headings = ("person", "training images", "held-out images", "training, such as", "held-out, such as")
    caption = f"The first {len(rows)} of {facts['in_both']:,}." if facts["in_both"] > len(rows) else ""
    noun = "person" if facts["in_both"] == 1 else "people"
    table = Table("people", columns, rows, caption, headings, shown)
    return Fold(f"{facts['in_both']:,} {noun} in both training and held-out images", (table,))
