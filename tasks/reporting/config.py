"""What the report shows."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig


class ReportConfig(StageConfig):
    """How many figures and faces are drawn, and how finely."""

    components: int = Field(8, ge=1, le=48, description="Components whose marginal distribution is drawn.")
    pairs: int = Field(6, ge=1, le=24, description="Planes of each kind whose 2-D density is drawn.")
    grid_rows: int = Field(3, ge=1, le=10, description="Rows of images in a sampler's grid.")
    grid_columns: int = Field(7, ge=1, le=12, description="Columns of images in a sampler's grid.")
    reconstructions: int = Field(14, ge=1, le=64, description="Held-out images shown above their reconstructions.")
    interpolate: tuple[tuple[str, str], ...] = Field(
        (), max_length=20, description="Pairs of image names between which strips are drawn; seeded ones if empty."
    )
    dpi: int = Field(
        144, ge=50, le=300, description="Resolution of the plots, pixels per inch; they are 10 inches wide."
    )
