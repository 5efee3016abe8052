"""Where Dask runs."""

from __future__ import annotations

from pydantic import field_validator

from tasks.stage.config import StageConfig, machine_field

LOCAL = ("auto", "threads", "processes")


class DaskConfig(StageConfig):
    """Where units of work are computed; no part of any result's identity, as it changes no bit of it."""

    scheduler: str = machine_field(
        "auto",
        description="Address of a running Dask scheduler (tcp://host:port), whose workers then ingest, encode and "
        'analyse; they must see the same files. Without a cluster, where to compute the statistics: "threads", '
        '"processes" (a local cluster), or "auto" (processes for large data only).',
    )
    patience: float = machine_field(
        300.0, gt=0, le=86_400, description="Seconds to wait for a worker when the cluster has none."
    )

    @property
    def address(self) -> str | None:
        """The cluster's address, None where there is none."""
        return self.scheduler if "://" in self.scheduler else None

    @field_validator("scheduler")
    @classmethod
    def _known_scheduler(cls, value: str) -> str:
        if value not in LOCAL and "://" not in value:
            raise ValueError('must be "auto", "threads", "processes" or an address such as tcp://127.0.0.1:8786')
        return value


LOCALLY = DaskConfig()
"""No cluster."""
