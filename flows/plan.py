"""The steps of a run with their keys, known before anything runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.artifact import ArtifactId
from storage.keys import artifact_key, project_code
from tasks.compute.cluster.config import DaskConfig
from tasks.compute.progress import progress_of
from tasks.ingestion.check import check_source
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.digest import digest
from tasks.ingestion.source import open_source
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.stage.step import Step

log = logging.getLogger("latentfaces")

_ABSENT = {
    "train": "nothing is trained: this study uses an existing autoencoder; run 'latentfaces adopt' to check it",
    "adopt": "there is no autoencoder to adopt: describe one in a YAML file and pass it with --autoencoder",
}
"""By stage: what to do where a study lacks it."""


@dataclass(frozen=True)
class Plan:
    """The steps of a study in an order in which they can run."""

    steps: tuple[Step, ...]

    def upto(self, *stages: str) -> Plan:
        """The plan cut down to the given stages and all that they need."""
        by_result = {step.result: step for step in self.steps}
        pending = [step for step in self.steps if step.stage in stages]
        wanted: set[ArtifactId] = set()
        while pending:
            step = pending.pop()
            wanted.add(step.result)
            pending += [by_result[result] for result in step.inputs.values()]
        if not wanted:
            raise InputError(_ABSENT[stages[0]])
        return Plan(tuple(step for step in self.steps if step.result in wanted))

    def select(self, names: list[str]) -> list[Step]:
        """The steps that ``names`` mean: a stage (all its steps) or one step's own name.

        Raises ``InputError`` that lists what there is.
        """
        selected = [step for step in self.steps if step.stage in names or step.name in names]
        known = {step.stage for step in self.steps} | {step.name for step in self.steps}
        unknown = [name for name in names if name not in known]
        if unknown:
            stages = dict.fromkeys(step.stage for step in self.steps)
            raise InputError(f"unknown stage {', '.join(unknown)}; choose from {', '.join(stages)}")
        return selected


class PlanBuilder:
    """Makes a plan step by step; later steps refer to a step by its result."""

    def __init__(self, dask: DaskConfig, digests: Mapping[str, str] | None = None) -> None:
        self._steps: list[Step] = []
        self._dask, self._digests = dask, digests or {}
        self.code = project_code()

    def add(
        self,
        stage: str,
        artifact: str,
        config: StageConfig,
        inputs: Mapping[str, ArtifactId] | None = None,
        code: list[str] | None = None,
        *,
        source: str | None = None,
        about: str | None = None,
        identity: dict[str, Any] | None = None,
    ) -> ArtifactId:
        """Append a step.

        ``code``: the roots of what computes it; ``identity``: what of its configuration decides it.
        """
        counted = self.code.of(code or [])
        made_from: dict[str, Any] = {
            "stage": stage,
            "config": config.identity() if identity is None else identity,
            "inputs": {name: key for name, (_, key) in (inputs or {}).items()},
            "code": counted.digest,
        }
        if about is not None:
            made_from["about"] = about
        if source is not None:
            made_from["data"] = self._digests.get(source) or _images_digest(source, config)
        key = artifact_key(made_from)
        made_from["code"] = counted.as_json()  # its names are for people: they do not enter the key
        name = f"{stage} {about}" if about else stage
        self._steps.append(Step(name, stage, artifact, key, made_from, config, inputs or {}, source, about, self._dask))
        return artifact, key

    def plan(self) -> Plan:
        """The steps so far."""
        self.code.keep()
        return Plan(tuple(self._steps))


def _images_digest(source: str, config: StageConfig) -> str:
    assert isinstance(config, IngestConfig)
    return data_digest(source, [config])


def data_digest(source: str, configs: Sequence[IngestConfig]) -> str:
    """A digest of all images of ``source`` and what belongs to them; logs how they are read and what is not used.

    Raises ``InputError`` if there is nothing to read, or if what is there cannot be ingested with one of ``configs``.
    """
    with open_source(Path(source)) as opened:
        notes = dict.fromkeys(note for config in configs for note in check_source(opened, config)[1])
        for note in notes:
            log.info("%s: %s", opened.path, note)
        return digest(opened, progress_of("read the data"))
