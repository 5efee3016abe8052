"""The files that lie beside a page: its figures and its tables."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from storage.files import write_bytes, write_text
from tasks.page.section import Picture, Section, Table

Named = TypeVar("Named", Picture, Table)


def write_beside(
    out: Path, sections: Sequence[Section], more: Iterable[Table] = ()
) -> tuple[dict[str, Picture], dict[str, Table]]:
    """Write ``out/figures`` (PNG, plots as SVG too) and ``out/tables/*.csv`` anew.

    Returns pictures and tables by their names. ``more``: tables that the page does not show. Raises ``ValueError``
    where two of a kind share a name.
    """
    for folder in ("figures", "tables"):
        shutil.rmtree(out / folder, ignore_errors=True)
    pictures = _by_name("figure", [picture for section in sections for picture in section.pictures()])
    tables = _by_name("table", [*(table for section in sections for table in section.tables()), *more])
    for name, picture in pictures.items():
        write_bytes(out / "figures" / f"{name}.png", picture.files.png)
        if picture.files.svg is not None:
            write_bytes(out / "figures" / f"{name}.svg", picture.files.svg)
    for name, table in tables.items():
        write_text(out / "tables" / f"{name}.csv", table.csv)
    return pictures, tables


def _by_name(kind: str, found: list[Named]) -> dict[str, Named]:
    named = {one.name: one for one in found}
    if len(named) < len(found):
        names = [one.name for one in found]
        raise ValueError(f"two sections make a {kind} called {sorted({n for n in names if names.count(n) > 1})}")
    return named
