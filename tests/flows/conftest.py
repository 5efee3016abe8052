from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.config import study_config
from flows.study import study

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
]
"""Settings of a study that takes seconds, every stage of it real."""


@pytest.fixture(scope="session")
def tiny_settings() -> list[str]:
    return list(TINY)


@pytest.fixture(scope="session")
def finished_store(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the tiny study, run once for all tests that only read it."""
    store = tmp_path_factory.mktemp("finished") / "artifacts"
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        study(config=study_config("demo", None, TINY), store=str(store))
    return store
