"""What counts and what does not, on small projects before and after an edit: ``same.txt`` and ``other.txt``."""

from pathlib import Path

import pytest

from tests.storage.keys.small import Case, cases, digest


def named(file: str) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases(file)]


@pytest.mark.parametrize("case", named("same.txt"))
def test_same(tmp_path: Path, case: Case) -> None:
    assert case.before != case.after
    assert digest(tmp_path, case.before) == digest(tmp_path, case.after)


@pytest.mark.parametrize("case", named("other.txt"))
def test_other(tmp_path: Path, case: Case) -> None:
    assert case.before != case.after
    assert digest(tmp_path, case.before) != digest(tmp_path, case.after)


def test_there_are_cases() -> None:
    assert len(cases("same.txt")) > 30
    assert len(cases("other.txt")) > 60
