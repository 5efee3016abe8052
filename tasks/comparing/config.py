"""What is compared."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tasks.stage.config import StageConfig

Value = str | int | float | bool | tuple[Any, ...] | None
"""What an axis of a grid may hold: one setting's value."""


class Member(StageConfig):
    """One of the studies that are compared."""

    name: str = Field(description="what the page calls it, such as 'latent_dim=64 seed=1'")
    values: dict[str, Value] = Field(description="its value on every axis")
    network: str = Field("", description="the key of its feature network; distances in different ones do not compare")


class ComparisonConfig(StageConfig):
    """The studies, and the rules by which their figures are said to differ."""

    title: str = Field("comparison", description="the comparison's name")
    members: tuple[Member, ...] = Field((), description="the studies in the order of the page")
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
