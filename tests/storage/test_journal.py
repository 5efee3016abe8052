from pathlib import Path

from storage.journal import Journal


def test_marks_survive(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "artifact")
    assert journal.kept == frozenset()
    journal.mark("chunk 0")
    journal.mark("chunk 1")
    assert Journal(tmp_path / "artifact").kept == {"chunk 0", "chunk 1"}


def test_a_line_cut_off_by_a_crash_does_not_count(tmp_path: Path) -> None:
    Journal(tmp_path).mark("chunk 10")
    with open(tmp_path / "journal.txt", "ab") as file:
        file.write(b"chunk 1")
    journal = Journal(tmp_path)
    assert journal.kept == {"chunk 10"}
    journal.mark("chunk 11")
    assert Journal(tmp_path).kept == {"chunk 10", "chunk 11"}


def test_closing_removes_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.mark("a")
    journal.close()
    assert list(tmp_path.iterdir()) == []
