"""Garbage is searched for seldom inside, and as before afterwards."""

import gc

from tasks.compute.garbage import OBJECTS, rarely_searched


def test_what_is_there_is_left_out_until_the_end() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rarely_searched():
        assert gc.get_threshold()[0] == OBJECTS
        assert gc.get_freeze_count() > frozen + 1000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
