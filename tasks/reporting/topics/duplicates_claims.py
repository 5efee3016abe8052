"""Findings about leaks: near-duplicate images and people on both sides of the split."""

from __future__ import annotations

from tasks.finished.numbers import Numbers
from tasks.page.finding import Finding
from tasks.page.wording import percent

RANK = 97


def leaks(numbers: Numbers) -> Finding | None:
    """Whether held-out images have near-duplicates among the training images."""
    facts = numbers.summary.get("duplicates")
    if not facts:
        return None
    across, heldout = facts["across"], facts["heldout_images_across"]
    of = f"{facts['images']:,} images" if facts["looked_at"] == facts["images"] else _some(facts)
    detail = (
        f"{facts['found']:,} {_pairs(facts['found'])} in all among {of}; {facts['verified']:,} of "
        f"{facts['candidates']:,} candidate pairs, the closest, were compared pixel by pixel."
    )
    if across:
        noun = "image is" if heldout == 1 else "images are"
        text = f"The split leaks: {heldout:,} held-out {noun} all but the same as a training image."
    elif not facts["verified"]:
        text = "Whether images are in the data twice cannot be told: no pair could be compared."
    elif facts["found"]:
        text = "Some images are in the data twice, but no such pair was found across training and held-out images."
    else:
        text = "No near-duplicate images were found."
    return Finding("duplicates", "duplicates", text, detail, decided=bool(facts["verified"]))


def people(numbers: Numbers) -> Finding | None:
    """Whether people in training images appear in held-out ones."""
    facts = (numbers.summary.get("duplicates") or {}).get("people")
    if not facts or not facts["known"]:
        return None
    if not facts["in_both"]:
        text = "No person appears in both training and held-out images."
        detail = f"{facts['known']:,} people are known."
    else:
        noun = "person appears" if facts["in_both"] == 1 else "people appear"
        text = f"{facts['in_both']:,} {noun} in both training and held-out images."
        share = facts["heldout_images"] / facts["heldout_total"]
        detail = (
            f"Of {facts['known']:,} people; {percent(share)} of the held-out images show someone who is in the "
            "training images too."
        )
    if facts["images_unknown"]:
        detail += f" Of {facts['images_unknown']:,} images it is not known whom they show."
    return Finding("people", "duplicates", text, detail)


def _some(facts: dict[str, int]) -> str:
    return f"{facts['looked_at']:,} of {facts['images']:,} images, a seeded choice"


def _pairs(count: int) -> str:
    return "near-duplicate pair" if count == 1 else "near-duplicate pairs"


FINDERS = (leaks, people)
