"""What a section drops, and what a table holds and shows."""

from __future__ import annotations

import pytest

from tasks.page.finding import Finding
from tasks.page.section import Column, Prose, Table, alike, fold, paragraph, section, table

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
