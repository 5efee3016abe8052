from __future__ import annotations

import pytest

from tasks.ingestion.lists import ImageList
from tasks.ingestion.matching import matched


def listed(*rows: str) -> ImageList:
    return ImageList("list.txt", "list.txt", ("partition",), {row: bytes([number]) for number, row in enumerate(rows)})


@pytest.mark.parametrize(
    ("rows", "names", "how"),
    [
        (("a.jpg", "b.jpg"), ("a.jpg", "b.jpg"), None),
        (("a.jpg", "b.jpg"), ("a.png", "b.png"), "without the extension"),
        (("a", "b"), ("a.png", "b.png"), "without the extension"),
        (("x/a.jpg", "x/b.jpg"), ("a.jpg", "b.jpg"), "without the folder"),
        (("a.jpg", "b.jpg"), ("x/a.jpg", "y/b.jpg"), "without the folder"),
        (("x/a.jpg", "b"), ("y/a.png", "z/b.png"), "without folder and extension"),
    ],
)
def test_rows_follow_the_images(rows: tuple[str, ...], names: tuple[str, ...], how: str | None) -> None:
    found = matched(listed(*rows), names)
    assert found is not None
    assert found.values(names)[:, 0].tolist() == [0, 1]
    assert found.extra(names) == []
    expected = () if how is None else (f"list.txt: rows are matched to images {how}, such as {rows[0]} to {names[0]}",)
    assert found.notes == expected


def test_what_is_ambiguous_is_not_matched() -> None:
    """Two images or two rows that are alike but for what is left out of their names."""
    assert matched(listed("a.jpg"), ("x/a.jpg", "y/a.jpg")) is None
    assert matched(listed("a.jpg", "a.png"), ("a.webp",)) is None
    assert matched(listed("c.jpg"), ("a.jpg",)) is None


def test_the_way_that_matches_most_is_taken() -> None:
    names = ("a.jpg", "b.png", "c.png")
    found = matched(listed("a.jpg", "b.jpg", "c.jpg"), names)
    assert found is not None
    assert found.missing(names) == []
    names = ("a.jpg", "b.jpg", "c.jpg")
    exact = matched(listed("a.jpg", "b.jpg", "gone.jpg"), names)
    assert exact is not None
    assert (exact.missing(names), exact.extra(names)) == (["c.jpg"], ["gone.jpg"])
