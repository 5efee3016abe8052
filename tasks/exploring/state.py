"""What the explorer shows, in full: enough to come back to the same face."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from tasks.sampling.paths import Mode
from tasks.stage.config import StageConfig

Number: TypeAlias = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Move: TypeAlias = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Row: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
MOST = 4096
"""Entries that a list of moves may have: as many as a latent space has components at most."""


class Mean(StageConfig):
    """Start from the mean of the training points."""

    kind: Literal["mean"]


class Drawn(StageConfig):
    """Start from one draw of a sampler."""

    kind: Literal["draw"]
    sampler: str = Field(max_length=100, description="name of the sampler")
    level: dict[str, Number | Annotated[str, Field(max_length=100)]] = Field(
        default_factory=dict, max_length=32, description="its parameters; the usual values where not given"
    )
    seed: Row = Field(0, description="which draw; the same seed keeps what is random while a parameter moves")


class Order(StageConfig):
    """Start from one draw with attributes."""

    kind: Literal["order"]
    attributes: dict[Annotated[str, Field(max_length=200)], Literal[1, -1]] = Field(
        max_length=MOST, description="attributes by name: 1 with, -1 without"
    )
    seed: Row = Field(0, description="which draw")


class Real(StageConfig):
    """Start from a real image's point."""

    kind: Literal["real"]
    row: Row = Field(description="row of the data set")


class Walk(StageConfig):
    """Start from a place between two real images' points."""

    kind: Literal["walk"]
    first: Row = Field(description="row of the first image")
    second: Row = Field(description="row of the second image")
    t: float = Field(0.5, ge=0, le=1, description="0 is the first, 1 the second")
    mode: Mode = Field("linear", description="straight line, or great circle about the origin or, whitened, the mean")


class Point(StageConfig):
    """Start from a point that is given."""

    kind: Literal["point"]
    z: tuple[Number, ...] = Field(min_length=1, max_length=MOST, description="a number per component")


class State(StageConfig):
    """A start, and moves from there."""

    start: Annotated[Mean | Drawn | Order | Real | Walk | Point, Field(discriminator="kind")]
    axes: dict[Row, Move] = Field(
        default_factory=dict, max_length=MOST, description="moves along main axes, in standard deviations of the axis"
    )
    components: dict[Row, Move] = Field(
        default_factory=dict,
        max_length=MOST,
        description="moves of components, in standard deviations of the component",
    )
    attributes: dict[Annotated[str, Field(max_length=200)], Move] = Field(
        default_factory=dict, max_length=MOST, description="moves along attributes; 1 goes from without to with"
    )
    direction: Literal["difference", "probe"] = Field(
        "difference", description="an attribute's direction: the difference of means, or the linear probe's"
    )
    correction: float | None = Field(
        None,
        ge=0,
        le=1,
        description="strength of the correction by the nearest neighbours, in twentieths; none if not given",
    )
