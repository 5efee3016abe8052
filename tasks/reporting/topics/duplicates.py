"""Near-duplicate images and people on both sides of the split."""

from __future__ import annotations

from typing import Any

from tasks.page.section import Column, Fold, Picture, Prose, alike, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet
from tasks.page.wording import counted, percent, short
from tasks.reporting.topic import Facts, Finding, Numbers, ReportedStudy, measured, topic

SHOWN = 8
WORDS = {"train": "training", "validation": "validation", "test": "test"}
PAIR = (
    *alike(str, "first", first_partition="partition"),
    *alike(str, "second", second_partition="partition"),
    Column("correlation", "correlation of pixels", "{:.4f}".format),
)
PERSON = (
    *alike(str, identity="person", training_images="training images", heldout_images="held-out images"),
    *alike(str, training_example="training, such as", heldout_example="held-out, such as"),
)


@measured("duplicates")
def leaks(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether held-out images have near-duplicates among the training images."""
    of = f"{facts['images']:,} images"
    if facts["looked_at"] != facts["images"]:
        of = f"{facts['looked_at']:,} of {of}, a seeded choice"
    detail = (
        f"{counted(facts['found'], 'near-duplicate pair')} in all among {of}; {facts['verified']:,} of "
        f"{facts['candidates']:,} candidate pairs, the closest, were compared pixel by pixel."
    )
    if facts["across"]:
        images = counted(facts["heldout_images_across"], "held-out image is", "held-out images are")
        text = f"The split leaks: {images} all but the same as a training image."
    elif not facts["verified"]:
        text = "Whether images are in the data twice cannot be told: no pair could be compared."
    elif facts["found"]:
        text = "Some images are in the data twice, but no such pair was found across training and held-out images."
    else:
        text = "No near-duplicate images were found."
    return Finding("duplicates", "duplicates", text, detail, decided=bool(facts["verified"]))


@measured("duplicates", "people")
def people(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether people in training images appear in held-out ones."""
    if not facts["known"]:
        return None
    if not facts["in_both"]:
        text = "No person appears in both training and held-out images."
        detail = f"{facts['known']:,} people are known."
    else:
        found = counted(facts["in_both"], "person appears", "people appear")
        text = f"{found} in both training and held-out images."
        share = facts["heldout_images"] / facts["heldout_total"]
        detail = (
            f"Of {facts['known']:,} people; {percent(share)} of the held-out images show someone who is in the "
            "training images too."
        )
    if facts["images_unknown"]:
        detail += f" Of {facts['images_unknown']:,} images it is not known whom they show."
    return Finding("people", "duplicates", text, detail)


@measured("duplicates")
def _words(study: ReportedStudy, facts: Facts) -> Prose:
    looked = f"{facts['looked_at']:,} of {facts['images']:,} images, a seeded choice,"
    if facts["looked_at"] == facts["images"]:
        looked = f"All {facts['images']:,} images"
    axes, cells = counted(facts["axes"], "main axis", "main axes"), ""
    if facts.get("cells", 1) > 1:
        cells = f", looked for in the {facts['probed']} nearest of {facts['cells']:,} cells"
    reach = "all of them" if facts["verified"] == facts["candidates"] else f"the closest {facts['verified']:,}"
    return paragraph(
        "Two images count as near-duplicates when their pixels correlate by {:g} or more, over all channels: a change "
        "of brightness or contrast does not matter. {} were looked at. Candidates are the {} nearest latent points of "
        "each along the first {}{}, {:,} pairs; {} were compared pixel by pixel. {}",
        *(facts["threshold"], looked, facts["nearest"], axes, cells, facts["candidates"], reach, _completeness(facts)),
    )


def _completeness(facts: Facts) -> str:
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


@measured("duplicates", "pairs", arrays=("duplicate_pair",))
def _picture(study: ReportedStudy, listed: list[Facts], pairs: Any) -> Picture:
    listed = listed[:SHOWN]
    names = [one[end]["name"] for end in ("first", "second") for one in listed]
    # The end of a long name, as much as fits below its thumbnail.
    short_names = [name if len(name) <= 15 else "…" + name[-14:] for name in names]
    return photograph(
        "duplicates",
        captioned_sheet(study.photographs(pairs[: len(listed)].T.ravel()), short_names, len(listed), 112),
        f"The first {len(listed)} pairs, one above the other; those across training and held-out images come first, "
        "the most alike before others.",
        f"{len(listed)} pairs of all but the same images.",
    )


def _named(image: dict[str, str]) -> tuple[str, str]:
    return image["name"], WORDS[image["partition"]]


def _listed(rows: int, found: int) -> str:
    return f"The first {rows} of {found:,}." if found > rows else ""


@measured("duplicates")
def _pairs(study: ReportedStudy, facts: Facts) -> Fold | None:
    rows = [(*_named(one["first"]), *_named(one["second"]), one["similarity"]) for one in facts["pairs"]]
    title = f"{counted(facts['found'], 'pair')}, {facts['across']:,} across training and held-out images"
    return fold(title, table("duplicates", PAIR, rows, _listed(len(rows), facts["found"])))


@measured("duplicates", "people")
def _people(study: ReportedStudy, facts: Facts) -> Fold | None:
    rows = facts["listed"]
    title = f"{counted(facts['in_both'], 'person', 'people')} in both training and held-out images"
    return fold(title, table("people", PERSON, rows, _listed(len(rows), facts["in_both"])))


ORDER, RANK = 120, 97
FINDERS = (leaks, people)
build = topic("duplicates", "Near-duplicates", _words, _picture, _pairs, _people)
