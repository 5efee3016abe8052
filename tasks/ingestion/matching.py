"""Which row of a list is about which image, where the two write the name differently."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tasks.ingestion.lists import ImageList


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _base(name: str) -> str:
    return _plain(name).rpartition("/")[2]


def _stem(name: str) -> str:
    return os.path.splitext(_plain(name))[0]  # noqa: PTH122 (a relative POSIX path, whatever the system)


WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("", str),
    ("in another form of slashes or accents", _plain),
    ("without the extension", _stem),
    ("without the folder", _base),
    ("without folder and extension", lambda name: _stem(_base(name))),
)
"""How much of a name counts, in the order in which it is tried, and how that is said."""


def matched(listed: ImageList, names: Sequence[str]) -> ImageList | None:
    """``listed`` with its rows under the names of the images that they are about; None if they are about none.

    The first way of ``WAYS`` that matches most images is taken; images or rows that are alike under it are left out.
    Rows of images that are absent keep their own name.
    """
    if names and all(name in listed.rows for name in names):
        return listed
    best: tuple[str, dict[str, str]] = ("", {})
    for way, shorten in WAYS:
        images, rows = _by_key(shorten, names), _by_key(shorten, listed.rows)
        pairs = {rows[key]: image for key, image in images.items() if key in rows}
        if len(pairs) > len(best[1]):
            best = way, pairs
        if len(pairs) == len(names):
            break
    way, pairs = best
    if not pairs:
        return None
    if not way:
        return listed
    row, image = next(iter(pairs.items()))
    note = f"{listed.name}: rows are matched to images {way}, such as {row} to {image}"
    rows_by_image = {pairs.get(row, row): values for row, values in listed.rows.items()}
    return replace(listed, rows=rows_by_image, notes=(*listed.notes, note))


def _by_key(shorten: Callable[[str], str], names: Iterable[str]) -> dict[str, str]:
    """Names by what counts of them, without those that are alike."""
    keys = {name: shorten(name) for name in names}
    counts = Counter(keys.values())
    return {key: name for name, key in keys.items() if counts[key] == 1}
