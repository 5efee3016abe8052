"""One step of a plan: a stage with its configuration, its inputs and the key of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.artifact import ArtifactId
from storage.record import RECORD
from storage.store import Store
from tasks.compute.cluster.config import LOCALLY, DaskConfig
from tasks.compute.progress import progress_of
from tasks.stage.config import StageConfig


@dataclass(frozen=True)
class Step:
    """A stage applied to given inputs.

    ``name``: what people read, such as ``sample uniform_component``; ``stage``: the verb, which names task and
    flow; ``artifact`` and ``key``: where the result goes; ``identity``: what the key is made from;
    ``inputs``: the artifact of each input; ``source``: a path outside the store, if it reads one;
    ``about``: what of the stage it is where a stage has several steps, such as a sampler's name;
    ``dask``: where its units of work are computed, which is no part of its identity.
    """

    name: str
    stage: str
    artifact: str
    key: str
    identity: Mapping[str, Any]
    config: StageConfig
    inputs: Mapping[str, ArtifactId] = field(default_factory=dict)
    source: str | None = None
    about: str | None = None
    dask: DaskConfig = LOCALLY

    @property
    def result(self) -> ArtifactId:
        """The artifact that it makes."""
        return self.artifact, self.key

    @property
    def record(self) -> str:
        """The path of its record in the store, which is also its Prefect cache key."""
        return f"{self.artifact}/{self.key}/{RECORD}"


@dataclass(frozen=True)
class StageContext:
    """The folders that a step uses: its inputs' and its own, in the store or copied from it."""

    store: Store
    step: Step

    @property
    def out(self) -> Path:
        """The folder of the artifact that is being made."""
        return self.store.folder(self.step.artifact, self.step.key)

    def input(self, name: str) -> Path:
        """The folder of the finished input ``name``, downloaded first if the store is remote."""
        artifact, key = self.step.inputs[name]
        return self.store.fetch(artifact, key, progress_of(f"fetch {artifact}"))

    def inputs_of(self, artifact: str) -> dict[str, Path]:
        """The folders of all inputs named ``<artifact>/<name>``, by name."""
        prefix = f"{artifact}/"
        names = [name for name in self.step.inputs if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.input(name) for name in names}
