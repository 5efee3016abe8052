"""What a section drops, and what a table holds and shows."""

from __future__ import annotations

import pytest

from tasks.page.beside import write_beside
from tasks.page.finding import Finding
from tasks.page.section import (
    Column,
    Files,
    Picture,
    Prose,
    Section,
    Table,
    alike,
    bullets,
    caution,
    fold,
    paragraph,
    section,
    table,
)

COLUMNS = (
    Column("name"),
    *alike("{:.1f}".format, "mean", std="deviation"),
    *alike(None, "kept"),
    Column("", "on the page"),
)


def test_a_column_is_declared_once():
    made = table("numbers", COLUMNS, [("a", 1.25, None, 7, "here")], marked={0})
    assert made.columns == ("name", "mean", "std", "kept")
    assert made.headings == ("name", "mean", "deviation", "on the page")
    assert made.rows == (("a", 1.25, "", 7),)
    assert made.shown == (("a", "1.2", "–", "here"),)
    assert made.marked == {0}


def test_rows_by_name_may_hold_more_than_the_columns():
    made = table("numbers", COLUMNS[:2], [{"mean": 2.0, "name": "b", "other": 1}])
    assert made.rows == (("b", 2.0),)


def test_what_is_not_there_is_dropped():
    empty, full = table("empty", COLUMNS, []), Table("full", ("a",), ((1,),))
    claim = Finding("key", "anchor", "Text.")
    made = section("anchor", "Title", None, empty, full, fold("Nothing", empty, None), claims=(None, claim))
    assert made is not None
    assert (made.blocks, made.claims) == ((full,), (claim,))
    assert section("anchor", "Title", empty, None, claims=(claim,)) is None


@pytest.mark.parametrize(("value", "html"), [("<b>", "<p>A &lt;b&gt;</p>"), (1234, "<p>A 1234</p>")])
def test_values_in_a_paragraph_are_escaped(value, html):
    assert paragraph("A {}", value) == Prose(html)


def test_words_of_others_are_escaped():
    assert bullets(["a < b"]).html == "<ul><li>a &lt; b</li></ul>"
    told = caution(["FD", "KID"], "against held-out images", "n < 10.").html
    assert told == '<p class="caution"><b>Beware of FD, KID against held-out images.</b> n &lt; 10.</p>'


def test_files_beside_a_page_are_written_anew(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "old.csv").write_text("old")
    picture, rows = Picture("dots", lambda: Files(b"png", (1, 1), svg=b"svg"), "", ""), Table("rows", ("a",), ((1,),))
    pictures, tables = write_beside(tmp_path, [Section("here", "Here", (picture, rows))], [Table("more", ("b",), ())])
    assert (list(pictures), list(tables)) == (["dots"], ["rows", "more"])
    assert {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()} == {
        "dots.png": b"png",
        "dots.svg": b"svg",
    }
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {"rows.csv", "more.csv"}
    with pytest.raises(ValueError, match=r"make a table called \['rows'\]"):
        write_beside(tmp_path, [Section("here", "Here", (rows,))], [rows])
