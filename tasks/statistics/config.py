"""Configuration of the analyse stage."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig, machine_field


class AnalyseConfig(StageConfig):
    """How the latent points are analysed."""

    bins: int = Field(200, ge=10, le=10_000, description="Number of equal bins of each component's histogram.")
    block_rows: int | None = Field(
        None, ge=1, description="Images per block of work; by default as many as make 16 MiB of latents."
    )
    core_fraction: float = Field(
        0.75, ge=0.5, le=0.99, description="Share of the points that the robust concentration steps keep."
    )
    core_probability: float = Field(
        0.975,
        gt=0.5,
        lt=1.0,
        description="A point belongs to the core if its robust squared distance is below this chi-square quantile.",
    )
    sample_points: int = Field(
        10_000,
        ge=1_000,
        description="Training points, and as many held-out ones, for computations that cannot stream: the robust core, "
        "neighbours, tests of normality (at least 10 per component). Every image is then measured against the core "
        "found on them.",
    )
    normality_points: int = Field(
        1_000, ge=100, le=5_000, description="Points in each multivariate test of normality; its time grows as n²."
    )
    simulations: int = Field(
        199, ge=19, description="Simulated normal samples behind each p-value; the smallest is 1/(simulations + 1)."
    )
    anchors: int = Field(500, ge=20, description="Points whose neighbourhoods are examined for local correlations.")
    neighbours: int = Field(30, ge=3, description="Nearest points that make up a neighbourhood.")
    graph_neighbours: int = Field(15, ge=2, description="Nearest points that a point is linked to in the graph.")
    leading_axes: int = Field(10, ge=2, description="Main axes in which the graph is built and clusters are searched.")
    duplicate_points: int = Field(
        250_000, ge=1_000, description="Images searched for near-duplicates, a seeded choice."
    )
    duplicate_similarity: float = Field(
        0.98, gt=0.5, lt=1.0, description="Pixel correlation from which two images count as near-duplicates."
    )
    planes: int = Field(6, ge=1, le=20, description="Planes of each kind whose two-dimensional density is counted.")
    plane_bins: int = Field(48, ge=10, le=500, description="Equal bins along either side of a plane's density.")
    seed: int = Field(0, ge=0, description="Seed of the simulated normal samples.")
    workers: int | None = machine_field(
        None,
        ge=1,
        description="Parallel workers if there is no cluster (dask.scheduler); by default one per processor.",
    )
    memory: float | None = machine_field(
        None, gt=0, description="Memory limit of the stage in GiB; by default the machine's free memory."
    )
