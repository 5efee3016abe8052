"""The comparison's sections as the chapters of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.page.chapters import Chapter, Told
from tasks.page.finding import Finding
from tasks.page.section import Section

CHAPTERS = (
    (Chapter("the-figures", "Every figure", "What belongs to a setting, and what to the run?"), "variance"),
    (Chapter("the-model", "Autoencoders", "How well was learnt?"), "autoencoder"),
    (
        Chapter(
            "the-points",
            "Latent points",
            "How are the latent points distributed in each?",
            ("distributions", "offset", "correlations", "dimension", "normality"),
        ),
        "distributions offset correlations dimension normality",
    ),
    (
        Chapter("the-draws", "Draws", "Which draws make faces, and where do they fail?", ("best", "ladder")),
        "ladder published faces",
    ),
    (Chapter("the-words", "Studies and method", "What was compared, and how?"), "studies method"),
)
"""Each chapter with the anchors of its sections."""


SEED_QUESTION = "How far does a figure hold from one run to the next?"
"""Asked of every figure where all studies are runs of one configuration."""


def chapters_of(sections: Sequence[Section], findings: Sequence[Finding], runs_alone: bool = False) -> list[Told]:
    """The chapters that have sections; each section with the findings that it gives evidence for."""
    first, anchors = CHAPTERS[0]
    begins = ((replace(first, question=SEED_QUESTION) if runs_alone else first, anchors),)
    claims = {section.anchor: tuple(one for one in findings if one.section == section.anchor) for section in sections}
    by_anchor = {section.anchor: replace(section, claims=claims[section.anchor]) for section in sections}
    shown = [
        (chapter, [by_anchor[anchor] for anchor in anchors.split() if anchor in by_anchor])
        for chapter, anchors in (*begins, *CHAPTERS[1:])
    ]
    filled = [(chapter, tuple(own)) for chapter, own in shown if own]
    return [Told(number, chapter, own) for number, (chapter, own) in enumerate(filled, 1)]
