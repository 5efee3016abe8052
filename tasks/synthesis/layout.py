"""CelebA's own files: the names of the pictures and the spacing of the official lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage import files
from tasks.synthesis.attributes import ATTRIBUTES

IMAGES = "img_align_celeba"
ATTRIBUTE_LIST = "list_attr_celeba.txt"
PARTITION_LIST = "list_eval_partition.txt"
LANDMARK_LIST = "list_landmarks_align_celeba.txt"
LISTS = (ATTRIBUTE_LIST, PARTITION_LIST, LANDMARK_LIST)

LANDMARKS = tuple(
    f"{part}_{axis}" for part in ("lefteye", "righteye", "nose", "leftmouth", "rightmouth") for axis in "xy"
)


def image_name(index: int) -> str:
    """The name of picture ``index``, which counts from 0 where CelebA's names count from 1."""
    return f"{index + 1:06d}.jpg"


def attribute_line(name: str, values: Sequence[int]) -> str:
    """A row such as ``000001.jpg -1  1 -1``."""
    return f"{name} " + " ".join(f"{value:2d}" for value in values)


def partition_line(name: str, partition: int) -> str:
    """A row such as ``000001.jpg 0``."""
    return f"{name} {partition}"


def landmark_line(name: str, values: Sequence[int]) -> str:
    """A row such as ``000001.jpg 69  109  106  113   77  142   73  152  108  154``."""
    return f"{name} {values[0]}" + "".join(f"{value:5d}" for value in values[1:])


def write_lists(folder: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    """Write the three lists from every picture's attribute, partition and landmark lines."""
    attribute_rows, partition_rows, landmark_rows = zip(*rows, strict=True)
    _write(folder / ATTRIBUTE_LIST, [str(len(rows)), " ".join(ATTRIBUTES) + " ", *attribute_rows])
    _write(folder / PARTITION_LIST, partition_rows)
    _write(folder / LANDMARK_LIST, [str(len(rows)), " ".join(LANDMARKS) + " ", *landmark_rows])


def _write(path: Path, lines: Sequence[str]) -> None:
    files.write_text(path, "\n".join(lines) + "\n")
