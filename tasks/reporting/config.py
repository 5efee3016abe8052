"""What the report shows and by which number it judges."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.stage.config import StageConfig


class ReportConfig(StageConfig):
    """Figures, and the rule by which samplers are compared."""

    metric: str = Field(
        "fd", pattern=r"^[a-z_]+$", description="metric that decides between samplers (lower is better)"
    )
    reference: Literal["heldout", "train"] = Field(
        "heldout", description="images that the deciding metric compares with; heldout does not reward copying"
    )
    significance: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="draws are told apart where the p-value, adjusted for how many pairs are compared, is below this",
    )
    minimum_novelty: float = Field(
        0.5, ge=0, le=1, description="samplers below this novelty (0 copies, 1 unseen faces) are not recommended"
    )
    components: int = Field(8, ge=1, le=48, description="components whose number distribution is drawn")
    pairs: int = Field(6, ge=1, le=24, description="planes of each kind whose 2-D density is drawn")
    grid_rows: int = Field(3, ge=1, le=10, description="rows of images in a sampler's grid")
    grid_columns: int = Field(7, ge=1, le=12, description="columns of images in a sampler's grid")
    reconstructions: int = Field(14, ge=1, le=64, description="held-out images shown above their reconstructions")
    interpolate: tuple[tuple[str, str], ...] = Field(
        (), max_length=20, description="pairs of image names between which strips are drawn; seeded ones if empty"
    )
    dpi: int = Field(
        144, ge=50, le=300, description="resolution of the plots, pixels per inch; they are 10 inches wide"
    )
