"""How the page sets indices and bars."""

import math

import pytest

from tasks.page.finding import Evidence
from tasks.page.render import bars, prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a median d_M of 3, d_M²", "a median d<sub>M</sub> of 3, d<sub>M</sub>²"),
        ("N(m_j, scale²·C_jj)", "N(m<sub>j</sub>, scale²·C<sub>jj</sub>)"),
        ("V_k·Λ_k·V_kᵀ and z_a", "V<sub>k</sub>·Λ<sub>k</sub>·V<sub>k</sub>ᵀ and z<sub>a</sub>"),
        ("uniform_common, a_b_c, x_long <b>", "uniform_common, a_b_c, x_long &lt;b&gt;"),
    ],
)
def test_indices_are_set_and_names_left_alone(text, html):
    assert prose(text) == html


def test_bars_start_from_zero_where_all_can_be_seen():
    drawn = bars((Evidence("a", 1.0, 0.5), Evidence("b", 4.0, 1.0)))
    assert [bar.dot for bar in drawn] == [False, False]
    assert [bar.length for bar in drawn] == [20.0, 80.0]
    assert (drawn[0].start, drawn[0].width) == (10.0, 20.0)


def test_dots_stand_on_a_logarithmic_scale_where_bars_would_be_stubs():
    drawn = bars((Evidence("a", 1.0), Evidence("b", 10.0, 1.0), Evidence("c", 100.0, math.nan)))
    assert all(bar.dot for bar in drawn)
    first, second, third = (bar.length for bar in drawn)
    assert second - first == pytest.approx(third - second, abs=0.02)
    assert 0 < first < third < 100
    assert drawn[1].start < second < drawn[1].start + drawn[1].width
    assert [drawn[0].width, drawn[2].width] == [0, 0]


def test_a_zero_among_the_numbers_keeps_bars_and_a_negative_one_shows_none():
    assert not any(bar.dot for bar in bars((Evidence("a", 0.0), Evidence("b", 10.0))))
    assert bars((Evidence("a", -1.0), Evidence("b", 10.0))) == []
