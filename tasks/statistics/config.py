"""Configuration of the analyse stage."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig, machine_field


class AnalyseConfig(StageConfig):
    """How the latent points are analysed."""

    bins: int = Field(200, ge=10, le=10_000, description="Equal bins of each component's number distribution.")
    block_rows: int | None = Field(
        None, ge=1, description="Images in one block of work; by default as many as make 16 MiB of latents."
    )
    core_fraction: float = Field(
        0.75, ge=0.5, le=0.99, description="Share of the points that the robust concentration steps rest on."
    )
    core_probability: float = Field(
        0.975, gt=0.5, lt=1.0, description="A point belongs to the core below this quantile of chi-square."
    )
    sample_points: int = Field(
        10_000,
        ge=1_000,
        description="Training points, and as many held-out ones, that enter whatever cannot stream: the robust core, "
        "neighbours, tests of normality (10 per component where that is more); every image is then measured "
        "against the core found on them.",
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
    leading_axes: int = Field(10, ge=2, description="Main axes in which the graph and its clusters are looked for.")
    duplicate_points: int = Field(
        250_000, ge=1_000, description="Images among which near-duplicates are looked for, a seeded choice of them all."
    )
    duplicate_similarity: float = Field(
        0.98, gt=0.5, lt=1.0, description="Correlation of their pixels from which two images count as near-duplicates."
    )
    planes: int = Field(6, ge=1, le=20, description="Planes of each kind whose two-dimensional density is counted.")
    plane_bins: int = Field(48, ge=10, le=500, description="Equal bins along either side of a plane's density.")
    seed: int = Field(0, ge=0, description="Seed of the simulated normal samples that figures are compared with.")
    workers: int | None = machine_field(
        None,
        ge=1,
        description="Parallel workers where no cluster does it (dask.scheduler); by default one per processor.",
    )
    memory: float | None = machine_field(
        None, gt=0, description="GiB of memory that the stage may need at most; by default what the machine has free."
    )
