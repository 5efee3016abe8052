"""Ladders of studies whose scores are written here."""

from pathlib import Path

import pytest

from storage.files import write_json
from tasks.assessment.tables import COLUMNS, Score, write_table
from tasks.comparing.compared import Compared
from tasks.comparing.config import ComparisonConfig, Member
from tasks.comparing.ladder import best_sampler, cautions_of
from tasks.comparing.study import ComparedStudy
from tasks.finished.artifacts import Artifacts

CAUTION = {"metric": "novelty", "features": "random", "reference": "train", "text": "All are copies."}


def study(root: Path, name: str, values: dict[str, float], cautions: list[dict[str, str]], novelty: float = 1.0):
    rows = [Score(sampler, "", "fd", "random", "heldout", value) for sampler, value in values.items()]
    rows += [Score("best", "", "novelty", "random", "train", novelty)]
    write_table(root / name / "scores.csv", COLUMNS, rows)
    write_json(root / name / "cautions.json", cautions)
    member = Member(name=name, values={"train.seed": len(name)})
    return ComparedStudy(Artifacts(Path(), Path(), Path(), Path(), scores=root / name), member)


def test_multiples_are_of_the_studys_own_reconstructions(tmp_path: Path) -> None:
    found = study(tmp_path, "a", {"reconstruction": 2.0, "best": 3.0, "worst": 8.0}, [])
    assert (found.reconstruction(), found.multiple("best"), found.multiple("worst")) == (2.0, 1.5, 4.0)
    assert not found.copies("best")


@pytest.mark.parametrize(("novelty", "expected"), [(1.0, "best"), (0.2, "worst")])
def test_the_best_sampler_copies_in_no_study(tmp_path: Path, novelty: float, expected: str) -> None:
    values = {"reconstruction": 2.0, "best": 3.0, "worst": 8.0}
    studies = [study(tmp_path, "a", values, []), study(tmp_path, "bb", values, [], novelty)]
    assert best_sampler(studies) == expected


def test_what_must_be_known_of_a_metric_is_said_once_with_the_studies(tmp_path: Path) -> None:
    values = {"reconstruction": 2.0, "best": 3.0}
    other = {**CAUTION, "metric": "recall"}  # which the comparison does not show
    pixels = {"metric": "fd", "features": "random", "reference": "heldout", "text": "Few images."}
    studies = [
        study(tmp_path, "a", values, [CAUTION, pixels, other]),
        study(tmp_path, "bb", values, [pixels]),
        study(tmp_path, "ccc", values, [CAUTION, pixels, {**pixels, "features": "inception"}]),
    ]
    assert [prose.html for prose in cautions_of(Compared(studies, ComparisonConfig()))] == [
        '<p class="caution"><b>Beware of FD against held-out images in every study.</b> Few images.</p>',
        '<p class="caution"><b>Beware of novelty against training images in a and ccc.</b> All are copies.</p>',
    ]
