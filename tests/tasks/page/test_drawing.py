"""What the kit draws, read back from the axes."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import cumulative, heat_map, subplots


def test_colours_of_a_heat_map_are_symmetric_about_zero():
    _, axis = subplots(2.0)
    assert heat_map(axis, np.array([[0.2, -0.7], [np.nan, 0.1]])) == 0.7
    assert axis.images[0].get_clim() == (-0.7, 0.7)
    assert heat_map(axis, np.full((2, 2), np.nan)) == 1.0


def test_how_many_it_takes_is_written_at_the_mark():
    _, axis = subplots(2.0)
    # Ten shares of a tenth: the sum of five of them lies just below one half in floating point or on it.
    cumulative(axis, np.full(10, 0.1), (0.5, 0.85))
    assert [text.get_text() for text in axis.texts] == ["50%: 5", "85%: 9"]
