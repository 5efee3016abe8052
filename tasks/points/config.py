"""Configuration of the read stage."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from tasks.stage.config import StageConfig


class ReadConfig(StageConfig):
    """Where in the file the points are, and what comes with them.

    ``names``, ``split`` and ``labels`` each name a field of the same file, or another file with one value per point.
    """

    field: str | None = Field(
        None,
        description="The array or column that holds the points, such as obsm/X_scVI, z or embedding; found out where "
        "only one can be meant.",
    )
    columns: tuple[str, ...] = Field(
        (), description="The columns of a table that are components; by default all columns of fractions."
    )
    names: str | None = Field(None, description="Row names: a field of the file, or a text, CSV or .npy file.")
    split: str | None = Field(
        None,
        description="Which points are for training: a field or file of train, validation and test, or of 0, 1 and 2; "
        "by default a seeded choice.",
    )
    labels: str | None = Field(None, description="One category per point: a field of the file, or another file.")
    validation_share: float = Field(0.1, ge=0, lt=1, description="Share of points for validation where none is given.")
    test_share: float = Field(0.1, ge=0, lt=1, description="Share of points for testing where no split is given.")
    seed: int = Field(0, ge=0, description="Seed of the split where none is given.")

    @model_validator(mode="after")
    def _some_train(self) -> ReadConfig:
        if self.validation_share + self.test_share >= 1:
            raise ValueError("validation_share and test_share leave no points for training: lower one of them")
        return self

    def identity(self) -> dict[str, Any]:
        """Nothing: what is read, the split included, is in the digest of the points."""
        return {}
