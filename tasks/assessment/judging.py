"""What one sampler is judged with: the settings of the draws and those of the scores."""

from __future__ import annotations

from tasks.assessment.config import AssessConfig
from tasks.sampling.config import SampleConfig
from tasks.stage.config import StageConfig


class JudgingConfig(StageConfig):
    """``sampler``: its name; ``sample``: how it is fitted; ``assess``: how its draws are judged."""

    sampler: str
    sample: SampleConfig
    assess: AssessConfig
