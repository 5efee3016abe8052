"""What a section of the report is made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup

from tasks.page.finding import Finding


class Files(NamedTuple):
    """A picture as files, and its ``size`` in pixels: ``jpeg``, if given, is what the page embeds in place of ``png``.

    ``svg``: the same drawing, of plots only.
    """

    png: bytes
    size: tuple[int, int]
    jpeg: bytes | None = None
    svg: bytes | None = None


@dataclass(frozen=True)
class Picture:
    """A figure, ``figures/<name>.png`` and ``.svg``; ``make``: returns its files, which may still be at work.

    ``photographs`` are shown as they are; plots take part in the page's dark mode.
    """

    kind: ClassVar[str] = "picture"
    name: str
    make: Callable[[], Files]
    caption: str
    alt: str
    photographs: bool = False

    @cached_property
    def files(self) -> Files:
        """Its files, once they are made."""
        return self.make()


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

    @property
    def csv(self) -> str:
        """The values in full precision, under the columns' machine-readable names."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([repr(float(cell)) if isinstance(cell, float) else cell for cell in row] for row in self.rows)
        return buffer.getvalue()


def as_text(value: Any) -> Cell:
    """``value`` as it is written; markup stays what it is."""
    return value if isinstance(value, Markup) else str(value)


@dataclass(frozen=True)
class Column:
    """A column of a table: its ``name`` in the CSV, its ``heading`` on the page, and how a value is ``shown`` there.

    No heading: the name; ``shown`` None: the column is in the CSV alone; no name: it is on the page alone; ``takes``:
    how many columns, from this one on, are shown together here.
    """

    name: str
    heading: str = ""
    shown: Callable[..., Cell] | None = as_text
    takes: int = 1


def alike(shown: Callable[[Any], Cell] | None, *names: str, **headings: str) -> tuple[Column, ...]:
    """Columns ``shown`` alike: those with their ``names`` as headings, then those with ``headings`` of their own."""
    return tuple(Column(name, heading, shown) for name, heading in (dict.fromkeys(names, "") | headings).items())


def table(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | None] | Mapping[str, Any]],
    caption: str = "",
    marked: Collection[int] = (),
) -> Table:
    """A table of ``rows``, each with a value for every column, in their order or by the columns' names.

    A value that is None is empty in the CSV and a dash on the page. ``marked``: numbers of the rows that stand out.
    """
    values: list[list[Any]] = [
        [row[one.name] for one in columns] if isinstance(row, Mapping) else list(row) for row in rows
    ]
    kept = [place for place, column in enumerate(columns) if column.name]
    seen = [(place, place + column.takes, column.shown) for place, column in enumerate(columns) if column.shown]
    return Table(
        name,
        tuple(column.name for column in columns if column.name),
        tuple(tuple("" if row[place] is None else row[place] for place in kept) for row in values),
        caption,
        tuple(column.heading or column.name for column in columns if column.shown is not None),
        tuple(
            tuple("–" if row[place] is None else show(*row[place:end]) for place, end, show in seen) for row in values
        ),
        frozenset(marked),
    )


@dataclass(frozen=True)
class Prose:
    """A piece of HTML of our own making; values inside must be escaped already."""

    kind: ClassVar[str] = "prose"
    html: Markup


def paragraph(html: str, *values: Any) -> Prose:
    """A paragraph of our own HTML with ``values`` in its braces, which are escaped unless they are Markup."""
    return Prose(Markup(f"<p>{html}</p>").format(*values))


def caution(titles: Sequence[str], where: str, text: str) -> Prose:
    """What must be known of the metrics called ``titles``."""
    words = Markup('<p class="caution"><b>Beware of {} {}.</b> {}</p>')
    return Prose(words.format(", ".join(titles), where, text))


def bullets(lines: Iterable[str]) -> Prose:
    """``lines`` as a list."""
    return Prose(Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)))


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


def fold(summary: str, *blocks: Block | None) -> Fold | None:
    """Those of ``blocks`` that there are, folded; None where there are none."""
    there = _there(blocks)
    return Fold(summary, there) if there else None


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


def section(anchor: str, title: str, *blocks: Block | None, claims: Sequence[Finding | None] = ()) -> Section | None:
    """A section of those ``blocks`` and ``claims`` that there are; None where it has no blocks."""
    there = _there(blocks)
    return Section(anchor, title, there, tuple(claim for claim in claims if claim is not None)) if there else None


def _there(blocks: Iterable[Block | None]) -> tuple[Block, ...]:
    """Neither what is None nor tables without a row."""
    return tuple(one for one in blocks if one is not None and not (isinstance(one, Table) and not one.rows))


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Row):
            yield from block.pictures
        elif isinstance(block, Fold | Part):
            yield from _walk(block.blocks)
