from __future__ import annotations

import pytest

from tasks.stage.errors import InputError
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.memory import GIB, check_memory, project


def test_only_the_per_image_part_grows_with_the_images() -> None:
    few, many = (project(rows, 256, AnalyseConfig(), 2, True) for rows in (1_000_000, 4_000_000))
    assert few.fixed == many.fixed
    assert few.blocks == many.blocks
    assert many.images == 4 * few.images
    assert many.total < 2 * GIB


def test_what_cannot_fit_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        InputError, match=r"4,000,000 points of 256 components .* 1\.\d GiB of memory, but analyse\.memory"
    ):
        check_memory(4_000_000, 256, AnalyseConfig(memory=0.5), 2, True)
    check_memory(4_000_000, 256, AnalyseConfig(memory=2), 2, True)
    with pytest.raises(InputError, match="the free memory of this machine is"):
        check_memory(10**13, 256, AnalyseConfig(), 2, True)
