import pytest

TINY = [
    "synthesize.count=120",
    "ingest.image_size=32",
    "train.latent_dim=8",
    "train.channels=[8,16]",
    "train.epochs=3",
    "train.batch_size=32",
    "train.precision=fp32",
    "analyse.simulations=19",
    "sample.count=12",
    "sample.samplers=[uniform_component,multivariate_normal]",
    "assess.count=12",
    "assess.repeats=2",
    "assess.network.epochs=1",
    "assess.judge.count=500",
    "report.dpi=50",
]
"""Settings of a study that takes seconds, every stage of it real."""


@pytest.fixture(scope="session")
def tiny_settings() -> list[str]:
    return list(TINY)
