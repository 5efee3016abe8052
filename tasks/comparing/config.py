"""What is compared, and by which number it is judged."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tasks.stage.config import StageConfig

Value = str | int | float | bool | tuple[Any, ...] | None
"""What an axis of a grid may hold: one setting's value."""


class Member(StageConfig):
    """One of the studies that are compared."""

    name: str = Field(description="what the page calls it, such as 'latent_dim=64 seed=1'")
    values: dict[str, Value] = Field(description="its value on every axis")


class ComparisonConfig(StageConfig):
    """The studies, and the rules by which their figures are said to differ."""

    title: str = Field("comparison", description="the comparison's name")
    members: tuple[Member, ...] = Field((), description="the studies in the order of the page")
    metric: str = Field("fd", pattern=r"^[a-z_]+$", description="metric of the ladder (lower is better)")
    reference: Literal["heldout", "train"] = Field("heldout", description="images that the ladder compares with")
    significance: float = Field(
        0.05, gt=0, lt=1, description="an axis is said to decide a figure where the adjusted p-value is below this"
    )
    stable: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="a figure is called stable where its standard deviation over all studies is below this share of "
        "its mean (or of its scale, for figures about zero)",
    )
    dpi: int = Field(144, ge=50, le=300, description="resolution of the plots, pixels per inch")
