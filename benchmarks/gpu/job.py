"""What the check computes, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flows.config import study_config
from flows.study_plan import plan_study
from tasks.stage.step import Step

SAMPLERS = ("uniform_component", "multivariate_normal", "manifold_parzen")
DEVICES = ("train", "encode", "sample", "assess")
REFERENCES = 10_000
"""Real images that draws are compared with; finding neighbours among twice as many takes four times as long."""
UNTIMED = ("conditioned", "report")
"""Artifacts that the check leaves out."""


@dataclass(frozen=True)
class Job:
    """``folder``: where everything is written; ``settings``: of the study, beside those made of the other fields."""

    folder: str
    device: str
    images: int
    epochs: int
    batch_size: int
    settings: tuple[str, ...] = ()

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The study's steps up to the scores, in order, by name."""
        settings = [
            f"synthesize.count={self.images}",
            f"train.epochs={self.epochs}",
            f"train.batch_size={self.batch_size}",
            *(f"{stage}.device={self.device}" for stage in DEVICES),
            f"sample.samplers=[{','.join(SAMPLERS)}]",
            f"assess.reference_count={REFERENCES}",
            *self.settings,
        ]
        steps = plan_study(study_config(None, None, settings), None).steps
        return {step.name: step for step in steps if step.artifact not in UNTIMED}

    def place(self, step: Step) -> Path:
        """The folder of what ``step`` makes."""
        return Path(self.folder) / step.artifact / step.key
