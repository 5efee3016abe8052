from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.ingestion.lists import ListFile, read_attributes, read_identity, read_partition
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

GOOD = "3\nBald Young \nb.jpg -1  1\na b.jpg  0 -1\nc.jpg 1 1\n"


def written(tmp_path: Path, name: str, text: str | bytes) -> ListFile:
    return ListFile(name, str(tmp_path / name), text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize("text", [GOOD, GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD + "\n\n", GOOD.rstrip()])
def test_attributes_by_name(tmp_path: Path, text: str) -> None:
    listed = read_attributes(written(tmp_path, "list_attr_celeba.txt", text))
    assert listed.columns == ("Bald", "Young")
    assert listed.notes == ()
    names = ["a b.jpg", "b.jpg", "unlisted.jpg"]
    values = listed.values(names)
    assert values.dtype == np.int8
    np.testing.assert_array_equal(values, [[0, -1], [-1, 1], [0, 0]])
    assert listed.missing(names) == ["unlisted.jpg"]
    assert listed.extra(names) == ["c.jpg"]


def test_csv_variants(tmp_path: Path) -> None:
    listed = read_attributes(written(tmp_path, "list_attr_celeba.csv", "image_id,Bald,Young\nb.jpg,-1,1\na.jpg,1,-1\n"))
    assert listed.columns == ("Bald", "Young")
    np.testing.assert_array_equal(listed.values(["a.jpg", "b.jpg"]), [[1, -1], [-1, 1]])
    listed = read_partition(written(tmp_path, "list_eval_partition.csv", "image_id,partition\na.jpg,0\nb.jpg,2\n"))
    np.testing.assert_array_equal(listed.values(["b.jpg", "a.jpg"]), [[2], [0]])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("identity_CelebA.txt", "b.jpg 2880\na b.jpg  10177\r\n\nc.jpg 3\n"),
        ("identity_CelebA.csv", "image_id,identity\nb.jpg,2880\na b.jpg,10177\nc.jpg,3\n"),
    ],
)
def test_persons_by_name(tmp_path: Path, name: str, text: str) -> None:
    listed = read_identity(written(tmp_path, name, text))
    names = ["a b.jpg", "unlisted.jpg", "b.jpg"]
    values = listed.values(names)
    assert values.dtype == np.int64
    assert values.tolist() == [[10177], [-1], [2880]]
    assert (listed.missing(names), listed.extra(names)) == (["unlisted.jpg"], ["c.jpg"])


@pytest.mark.parametrize(
    "row", ["b.jpg", "b.jpg x", "b.jpg -1", "b.jpg 1.5", "b.jpg 1 2", "a.jpg 2", "b.jpg " + "9" * 19]
)
def test_malformed_persons_name_file_and_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match=r"identity_CelebA.txt, line 2: "):
        read_identity(written(tmp_path, "identity_CelebA.txt", f"a.jpg 1\n{row}\n"))


def test_wrong_count_is_harmless(tmp_path: Path) -> None:
    listed = read_attributes(written(tmp_path, "list_attr_celeba.txt", "202599" + GOOD[1:]))
    assert listed.notes == ("list_attr_celeba.txt: line 1 states 202599 images, it has 3 rows",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("Bald Young\nb.jpg 1 1\n", 1),
        ("1\n\nb.jpg 1\n", 2),
        ("1\nBald Bald\nb.jpg 1 1\n", 2),
        (GOOD.replace("c.jpg 1 1", "c.jpg 1"), 5),
        (GOOD.replace("c.jpg 1 1", "c.jpg 1 1 1"), 5),
        (GOOD.replace("c.jpg 1 1", "c.jpg"), 5),
        (GOOD.replace("c.jpg 1 1", "c.jpg 1 2"), 5),
        (GOOD.replace("c.jpg 1 1", "c.jpg 1 x"), 5),
        (GOOD.replace("c.jpg 1 1", "b.jpg 1 1"), 5),
        (GOOD.encode().replace(b"c.jpg", b"\xff.jpg"), 5),
    ],
)
def test_malformed_attributes_name_file_and_line(tmp_path: Path, text: str | bytes, line: int) -> None:
    path = written(tmp_path, "list_attr_celeba.txt", text)
    with pytest.raises(InputError, match=rf"list_attr_celeba.txt, line {line}: "):
        read_attributes(path)


@pytest.mark.parametrize(
    ("text", "line"), [("a.jpg 0\nb.jpg 3\n", 2), ("a.jpg 0\nb.jpg\n", 2), ("a.jpg 0 1\n", 1), ("a.jpg 0\na.jpg 1", 2)]
)
def test_malformed_partition_names_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"list_eval_partition.txt, line {line}: "):
        read_partition(written(tmp_path, "list_eval_partition.txt", text))


@pytest.mark.parametrize(("text", "line"), [("", 1), ("id,partition,more\na.jpg,0,1", 1), ("id,partition\na.jpg", 2)])
def test_malformed_csv(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"list_eval_partition.csv, line {line}: "):
        read_partition(written(tmp_path, "list_eval_partition.csv", text))


def test_first_names() -> None:
    assert first_names(["a", "b"]) == "a, b"
    assert first_names(list("abcdefg")) == "a, b, c, d, e and 2 more"
