"""The story of the page: its chapters in the order of the science, and what each of them asks."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.reporting.findings.finding import Finding
from tasks.reporting.section import Section


@dataclass(frozen=True)
class Chapter:
    """``told``: keys of the findings that the summary at the top takes from it."""

    anchor: str
    title: str
    question: str
    told: tuple[str, ...] = ()


CHAPTERS = (
    Chapter("the-data", "Data and model", "What was learnt from, and how well?", ("autoencoder",)),
    Chapter("the-distributions", "Distributions", "What values does each component take?", ("kinds",)),
    Chapter("the-core", "The core", "Where do the points lie, and in what shape?", ("offset", "one_by_one")),
    Chapter("the-correlations", "Correlations", "Do the components know of each other?", ("dependence",)),
    Chapter("the-axes", "Main axes", "Along which directions do the points vary, and how do faces?", ("variance",)),
    Chapter("the-samplers", "Samplers", "What do the ways of drawing make of the same decoder?", ("drawing",)),
    Chapter("the-ladder", "The ladder", "Which draw comes closest to real faces?", ("correlations",)),
    Chapter(
        "near-by", "Micro-correlations", "Is there structure that one covariance does not hold, and does it help?",
        ("micro", "local_structure", "correction"),
    ),
    Chapter("in-use", "What to use", "So how should a latent vector be drawn?"),
    Chapter("the-words", "Words and limits", "What do the words mean, and what do the numbers not tell?"),
)  # fmt: skip
"""A section's ``ORDER`` begins with the number of its chapter: 420 is in the fourth."""


@dataclass(frozen=True)
class Told:
    """A chapter with the sections that this study has for it."""

    number: int
    chapter: Chapter
    sections: tuple[Section, ...]

    @property
    def claims(self) -> tuple[Finding, ...]:
        """What the summary takes: the findings of ``told``, else the first claim of the chapter."""
        found = [claim for section in self.sections for claim in section.claims if claim.key != "answer"]
        chosen = [claim for key in self.chapter.told for claim in found if claim.key == key]
        return tuple(chosen or found[:1])


def tell(ordered: list[tuple[int, Section]]) -> list[Told]:
    """The chapters that have sections; each section comes with its ``ORDER``.

    Raises ``ValueError`` for an order whose chapter is not there.
    """
    for order, section in ordered:
        if not 1 <= order // 100 <= len(CHAPTERS):
            raise ValueError(f"section {section.anchor} has ORDER {order}; give it 100 to {100 * len(CHAPTERS) + 99}")
    chapters = []
    for number, chapter in enumerate(CHAPTERS, start=1):
        sections = tuple(section for order, section in ordered if order // 100 == number)
        if sections:
            chapters.append(Told(number, chapter, sections))
    return chapters
