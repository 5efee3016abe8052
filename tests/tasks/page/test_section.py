import pytest
from markupsafe import Markup

from tasks.page.beside import write_beside
from tasks.page.section import Column, Picture, Section, Table, bullets, caution, section, table


def test_a_column_is_declared_once_for_the_csv_and_the_page():
    columns = (Column("size", "how large", "{:.1f}".format), Column("key", shown=None), Column("", "beside"))
    made = table("sizes", columns, [(1 / 3, "a", Markup("<b>x</b>")), (2.0, "b", "<b>")], marked=[1])
    assert made.csv == "size,key\n0.3333333333333333,a\n2.0,b\n"
    assert made.headings == ("how large", "beside")
    assert made.shown == (("0.3", Markup("<b>x</b>")), ("2.0", "<b>"))
    assert isinstance(made.shown[0][1], Markup)
    assert made.marked == {1}


def test_a_section_drops_what_is_not_there():
    rows = Table("rows", ("a",), ((1,),))
    made = section("here", "Here", None, rows, None)
    assert made is not None
    assert made.blocks == (rows,)
    assert section("here", "Here", None) is None


def test_words_of_others_are_escaped():
    assert bullets(["a < b"]).html == "<ul><li>a &lt; b</li></ul>"
    told = caution(["FD", "KID"], "against held-out images", "n < 10.").html
    assert told == '<p class="caution"><b>Beware of FD, KID against held-out images.</b> n &lt; 10.</p>'


def test_files_beside_a_page_are_written_anew(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "old.csv").write_text("old")
    picture, rows = Picture("dots", b"png", "", ""), Table("rows", ("a",), ((1,),))
    pictures, tables = write_beside(tmp_path, [Section("here", "Here", (picture, rows))], [Table("more", ("b",), ())])
    assert (list(pictures), list(tables)) == (["dots"], ["rows", "more"])
    assert (tmp_path / "figures" / "dots.png").read_bytes() == b"png"
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {"rows.csv", "more.csv"}
    with pytest.raises(ValueError, match=r"make a table called \['rows'\]"):
        write_beside(tmp_path, [Section("here", "Here", (rows,))], [rows])
