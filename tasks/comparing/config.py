"""What is compared."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tasks.stage.config import StageConfig

Value = str | int | float | bool | tuple[Any, ...] | None
"""What an axis of a grid may hold: one setting's value."""


class Member(StageConfig):
    """One of the studies that are compared."""

    name: str = Field(description="Name on the page, such as 'latent_dim=64 seed=1'.")
    values: dict[str, Value] = Field(description="Its value on each axis of the grid.")
    network: str = Field(
        "", description="Key of its feature network; distances in different networks cannot be compared."
    )


class ComparisonConfig(StageConfig):
    """The studies, and the rules by which their figures are said to differ."""

    title: str = Field("comparison", description="Name of the comparison.")
    members: tuple[Member, ...] = Field((), description="The studies, in the order of the page.")
    significance: float = Field(
        0.05, gt=0, lt=1, description="A quantity depends on an axis if the adjusted p-value is below this."
    )
    stable: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="A quantity is stable if its standard deviation over all studies is below this share of its mean "
        "(of its scale for quantities around zero).",
    )
    dpi: int = Field(144, ge=50, le=300, description="Resolution of the plots, in pixels per inch.")
