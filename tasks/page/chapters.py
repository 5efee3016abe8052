"""Chapters of a page: a title, the question it answers, its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.page.finding import Finding
from tasks.page.section import Section


@dataclass(frozen=True)
class Chapter:
    """``told``: keys of the findings that the summary at the top takes from it."""

    anchor: str
    title: str
    question: str
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChapterView:
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


def tell(ordered: list[tuple[int, Section]], chapters: Sequence[Chapter]) -> list[ChapterView]:
    """Those of ``chapters`` that have sections; each section comes with its ``ORDER``, 420 is in the fourth chapter.

    Raises ``ValueError`` for an order whose chapter is not there.
    """
    for order, section in ordered:
        if not 1 <= order // 100 <= len(chapters):
            raise ValueError(f"section {section.anchor} has ORDER {order}; give it 100 to {100 * len(chapters) + 99}")
    told = []
    for number, chapter in enumerate(chapters, start=1):
        sections = tuple(section for order, section in ordered if order // 100 == number)
        if sections:
            told.append(ChapterView(number, chapter, sections))
    return told
