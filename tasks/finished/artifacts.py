"""Where a finished study lies, and the settings that it was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tasks.assessment.config import AssessConfig
from tasks.sampling.config import SampleConfig
from tasks.stage.errors import InputError


@dataclass(frozen=True)
class Artifacts:
    """The folders of a study's artifacts, and the settings that they were made with.

    ``samples``: a folder per sampler; ``features``, ``baselines``, ``scores``: None if nothing was scored yet;
    ``conditioned``: None if nobody has looked at faces with attributes; ``guided``: None if no flow given attributes
    was trained.
    """

    dataset: Path
    model: Path
    latents: Path
    statistics: Path
    samples: Mapping[str, Path] = field(default_factory=dict)
    features: Path | None = None
    baselines: Path | None = None
    scores: Path | None = None
    conditioned: Path | None = None
    guided: Path | None = None
    sampling: SampleConfig = field(default_factory=SampleConfig)
    assessment: AssessConfig = field(default_factory=AssessConfig)

    def scored(self, artifact: str) -> Path:
        """The folder of ``features``, ``baselines`` or ``scores``. Raises ``InputError`` if nothing was scored yet."""
        folder: Path | None = getattr(self, artifact)
        if folder is None:
            raise InputError(
                "this study has not been scored yet, so it has no scores and recommends no sampler: 'latentfaces "
                "assess' scores it; --sampler NAME chooses a sampler"
            )
        return folder
