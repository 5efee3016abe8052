"""What the kit draws, read back from the axes."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import HEAVY, cumulative, heat_map, plot, style, subplots


def test_colours_of_a_heat_map_are_symmetric_about_zero():
    _, axis = subplots(2.0)
    assert heat_map(axis, np.array([[0.2, -0.7], [np.nan, 0.1]])) == 0.7
    assert axis.images[0].get_clim() == (-0.7, 0.7)
    assert heat_map(axis, np.full((2, 2), np.nan)) == 1.0


def test_how_many_it_takes_is_written_at_the_mark():
    _, axis = subplots(2.0)
    # Ten shares of a tenth: the sum of five of them lies just below one half in floating point or on it.
    cumulative(axis, np.full(10, 0.1), (0.5, 0.85, 0.9))
    assert [text.get_text() for text in axis.texts] == ["50 %: 5", "85 %, 90 %: 9"]


def dots(count: int) -> bytes | None:
    with style():
        figure, (left, right) = subplots(2.0, 1, 2)
        place = np.random.default_rng(0).standard_normal((2, count))
        left.scatter(*place)
        right.plot(*place, "o")
        return plot("dots", figure, 50, "", "").files.svg


def test_an_svg_has_the_same_bytes_each_time_and_no_date(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "one"))
    first = dots(20)
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "other"))  # where it is not kept
    assert first == dots(20)
    assert b"<dc:date>" not in first
    assert b"<image" not in first


def test_thousands_of_marks_are_an_image_inside_the_svg():
    many = dots(20 * HEAVY)
    assert many.count(b"<image") == 2
    assert len(many) < 2 * len(dots(20))
    # The text beside them is not.
    assert b'id="text_1"' in many
