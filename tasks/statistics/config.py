"""Configuration of the analyse stage."""

from __future__ import annotations

from pydantic import Field, field_validator

from tasks.config import StageConfig, machine_field


class AnalyseConfig(StageConfig):
    """How the latent points are analysed."""

    bins: int = Field(200, ge=10, le=10_000, description="Equal bins of each component's number distribution.")
    block_rows: int | None = Field(
        None, ge=1, description="Images in one block of work; by default as many as make 4 MiB of latents."
    )
    core_fraction: float = Field(
        0.75, ge=0.5, le=0.99, description="Share of the points that the robust concentration steps rest on."
    )
    core_probability: float = Field(
        0.975, gt=0.5, lt=1.0, description="A point belongs to the core below this quantile of chi-square."
    )
    core_points: int = Field(
        10_000,
        ge=1_000,
        description="Training points, evenly strided, from which the robust location and scatter are found "
        "(10 per component where that is more); every image is then measured against them.",
    )
    seed: int = Field(0, ge=0, description="Seed of the simulated normal samples that figures are compared with.")
    scheduler: str = machine_field(
        "auto",
        description='Where Dask works: "threads", "processes" (a local cluster), the address of a running scheduler '
        '(tcp://host:port; its workers must see the same files), or "auto": processes for large data only.',
    )
    workers: int | None = machine_field(
        None, ge=1, description="Parallel workers of the local schedulers; by default one per processor."
    )

    @field_validator("scheduler")
    @classmethod
    def _known_scheduler(cls, value: str) -> str:
        if value not in ("auto", "threads", "processes") and "://" not in value:
            raise ValueError('must be "auto", "threads", "processes" or an address such as tcp://127.0.0.1:8786')
        return value
