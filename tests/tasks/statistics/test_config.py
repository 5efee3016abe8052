from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.statistics.config import AnalyseConfig


def test_what_the_machine_decides_is_no_identity() -> None:
    assert AnalyseConfig(workers=3, memory=2.0).identity() == AnalyseConfig().identity()
    assert AnalyseConfig(bins=100).identity() != AnalyseConfig().identity()


@pytest.mark.parametrize("field", [{"bins": 0}, {"block_rows": 0}, {"workers": 0}, {"bin": 3}])
def test_bad_values_fail_at_once(field: dict) -> None:
    with pytest.raises(ValidationError):
        AnalyseConfig(**field)
