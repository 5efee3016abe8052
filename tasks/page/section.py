"""What a section of the report is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup

from tasks.page.finding import Finding


@dataclass(frozen=True)
class Picture:
    """A figure: ``png`` is the file ``figures/<name>.png``; ``jpeg``, if given, is what the page embeds instead.

    ``photographs`` are shown as they are; plots take part in the page's dark mode.
    """

    kind: ClassVar[str] = "picture"
    name: str
    png: bytes
    caption: str
    alt: str
    jpeg: bytes | None = None
    photographs: bool = False
    size: tuple[int, int] = (0, 0)


Cell = str | int | float | Markup
"""Numbers are written out in full in the CSV and rounded on the page."""


@dataclass(frozen=True)
class Table:
    """Rows of cells: ``tables/<name>.csv`` holds ``rows`` as they are; the page shows ``shown`` where given."""

    kind: ClassVar[str] = "table"
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    headings: tuple[str, ...] | None = None
    shown: tuple[tuple[Cell, ...], ...] | None = None
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Prose:
    """A piece of HTML of our own making; values inside must be escaped already."""

    kind: ClassVar[str] = "prose"
    html: Markup


@dataclass(frozen=True)
class Row:
    """Pictures side by side where there is room for it."""

    kind: ClassVar[str] = "row"
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Fold:
    """Blocks that unfold when asked for."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Part:
    """Blocks under a subheading."""

    kind: ClassVar[str] = "part"
    title: str
    anchor: str
    blocks: tuple[Block, ...]


Block = Picture | Table | Prose | Row | Fold | Part


@dataclass(frozen=True)
class Section:
    """One chapter of the page: its title, the findings it gives evidence for, and its blocks."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    claims: tuple[Finding, ...] = field(default=())

    def pictures(self) -> Iterator[Picture]:
        """All pictures, however deep."""
        return (block for block in _walk(self.blocks) if isinstance(block, Picture))

    def tables(self) -> Iterator[Table]:
        """All tables, however deep."""
        return (block for block in _walk(self.blocks) if isinstance(block, Table))


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Row):
            yield from block.pictures
        elif isinstance(block, Fold | Part):
            yield from _walk(block.blocks)
