"""The studies of the explorer's tests serve here too."""

import importlib.util
from pathlib import Path

_place = Path(__file__).parents[1] / "exploring" / "conftest.py"
_spec = importlib.util.spec_from_file_location("exploring_studies", _place)
_studies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_studies)

artifacts, study = _studies.artifacts, _studies.study
make_artifacts, make_network = _studies.make_artifacts, _studies.make_network
