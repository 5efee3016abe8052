import dataclasses
from pathlib import Path

import pytest

from tasks.assessment.gather import gather_scores
from tasks.assessment.rows import Score, read_scores, write_scores


def score(sampler: str, label: str = "all", metric: str = "fd", reference: str = "train", n: int = 30) -> Score:
    return Score(sampler, label, metric, "random", reference, 1.5, 0.25, n, 0)


def write_parts(folder: Path, *parts: list[Score]) -> list[Path]:
    for index, rows in enumerate(parts):
        write_scores(folder / str(index) / "scores.csv", rows)
    return [folder / str(index) for index in range(len(parts))]


def test_the_rows_of_all_parts_in_their_order(tmp_path):
    parts = [
        [score("real", ""), score("reconstruction", "")],
        [score("zebra", "k=10"), score("zebra", "k=9"), score("zebra", "k=10", "swd")],
        [score("ant")],
    ]
    gather_scores(write_parts(tmp_path, *parts), tmp_path / "out")
    assert read_scores(tmp_path / "out" / "scores.csv") == [row for part in parts for row in part]


def test_rows_measured_on_different_numbers_of_images_cannot_be_compared(tmp_path):
    parts = write_parts(tmp_path, [score("real")], [score("ant", n=20)])
    with pytest.raises(ValueError, match=r"different n .*20, 30"):
        gather_scores(parts, tmp_path / "out")


def test_nor_can_those_measured_in_different_features(tmp_path):
    other = dataclasses.replace(score("ant"), features="attributes")
    with pytest.raises(ValueError, match="fd was measured in different features: attributes, random"):
        gather_scores(write_parts(tmp_path, [score("real")], [other]), tmp_path / "out")
