import json
from pathlib import Path

import pytest

from storage.layout import LAYOUT, MARKER
from storage.opening import find_store, open_store


def test_a_new_store_notes_its_layout_and_is_opened_again(tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    assert json.loads((tmp_path / "store" / MARKER).read_text()) == {"layout": LAYOUT}
    open_store(tmp_path / "store")


def test_looking_for_a_store_makes_none(tmp_path: Path) -> None:
    find_store(tmp_path / "store")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("noted", "words"), [(0, "an older version"), (LAYOUT + 1, "another version")])
def test_another_layout_is_refused_before_anything_is_read_or_written(tmp_path: Path, noted: int, words: str) -> None:
    (tmp_path / MARKER).write_text(json.dumps({"layout": noted}))
    for use in (find_store, open_store):
        with pytest.raises(ValueError, match=f"{words} of this program \\(layout {noted}, this one reads layout 1\\)"):
            use(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MARKER]


def test_a_damaged_marker_is_named(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("{")
    with pytest.raises(ValueError, match=MARKER):
        find_store(tmp_path)
