"""The studies of the explorer's tests serve here too."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.exploring.opened import OpenedStudy
from tasks.sampling.config import SampleConfig

_place = Path(__file__).parents[1] / "exploring" / "conftest.py"
_spec = importlib.util.spec_from_file_location("exploring_studies", _place)
_studies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_studies)

artifacts, study = _studies.artifacts, _studies.study


@pytest.fixture(scope="session")
def make_study() -> Callable[[Path, int, int, SampleConfig], OpenedStudy]:
    """Make a scored study in a folder: its components, images and settings of the samplers."""

    def make(root: Path, components: int, count: int, sampling: SampleConfig) -> OpenedStudy:
        network = _studies.make_network(32, (8, 16), components)
        return OpenedStudy(_studies.add_scores(root, _studies.make_artifacts(root, network, count, sampling)), "cpu")

    return make
