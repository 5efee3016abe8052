"""What one sampler is judged with: the settings of the draws and those of the scores."""

from __future__ import annotations

from tasks.assessment.config import AssessConfig
from tasks.sampling.config import SampleConfig
from tasks.stage.config import StageConfig


class JudgingConfig(StageConfig):
    """``sample``: how the sampler is fitted; ``assess``: how its draws are judged."""

    sample: SampleConfig
    assess: AssessConfig
