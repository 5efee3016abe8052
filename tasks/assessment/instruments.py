"""What every sampler's faces are looked at with: the same for all, and so made once for the samplers of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.assessment.config import AssessConfig
from tasks.assessment.rows import RealImages, Sources
from tasks.assessment.scorer import Scorer
from tasks.assessment.spaces import Extractor
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.compute.devices import choose_device
from tasks.compute.held import held


@dataclass(frozen=True, eq=False)
class Instruments:
    """The real images, the autoencoder, and the feature networks by the names of their spaces."""

    real: RealImages
    autoencoder: EncoderDecoder
    extractors: Mapping[str, Extractor]

    @property
    def deciding(self) -> Extractor:
        """The feature network that decides."""
        return self.extractors[self.real.deciding.name]


@held
def open_instruments(sources: Sources, baselines: Path, device: str) -> Instruments:
    """Load what lies in ``sources`` and ``baselines``; ``device`` as configured."""
    real, chosen = RealImages.open(sources, baselines), choose_device(device)
    extractors = {space.name: space.extractor(chosen) for space in real.spaces}
    return Instruments(real, load_for_inference(sources.model, chosen), extractors)


@held
def open_scorer(sources: Sources, baselines: Path, config: AssessConfig) -> Scorer:
    """All metrics, made ready against both references."""
    return Scorer(open_instruments(sources, baselines, config.device).real, config)
