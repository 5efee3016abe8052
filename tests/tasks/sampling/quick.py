from tasks.sampling.registry import SAMPLERS
from tasks.sampling.sampler import SamplerConfig


def quick_config(name: str) -> SamplerConfig:
    """The sampler's own settings; those of a learned one make a small network that trains for a moment."""
    kind = SAMPLERS.named(name)
    return kind.config_model(**({"width": 16, "depth": 2, "epochs": 10} if kind.learned else {}))
