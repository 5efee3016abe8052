from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.ingestion.config import IngestConfig


@pytest.mark.parametrize("crop", ["auto", "square", 140])
def test_crops(crop: object) -> None:
    assert IngestConfig(crop=crop).crop == crop


def test_crop_as_text_from_the_command_line() -> None:
    assert IngestConfig.model_validate({"crop": "140"}).crop == 140


@pytest.mark.parametrize(
    "values",
    [
        {"image_size": 31},
        {"image_size": 257},
        {"crop": "round"},
        {"crop": 0},
        {"max_skipped_share": 1.1},
        {"validation_share": 0.0, "test_share": 0.0},
        {"validation_share": 0.5, "test_share": 0.5},
        {"split_seed": -1},
        {"workers": 0},
        {"size": 64},
    ],
)
def test_what_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(values))):
        IngestConfig.model_validate(values)


def test_workers_are_not_identity() -> None:
    assert IngestConfig(workers=3).identity() == IngestConfig().identity()
    assert IngestConfig(crop=140).identity() != IngestConfig().identity()
