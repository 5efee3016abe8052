import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from scipy.stats.contingency import relative_risk

from tasks.assessment.looked_at import Cost, Count, Drawn, Ordered
from tasks.finished.conditioned import Order, ratio_of, read_orders, share_of


def test_shares_have_wilsons_interval():
    """Newcombe 1998 (Statistics in Medicine 17, 857), table I."""
    found = share_of(Count(81, 263))
    assert found == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_of_shares_are_scipys(count):
    interval = binomtest(*count).proportion_ci(0.95, method="wilson")
    assert share_of(count)[1:] == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_a_share_lies_in_its_interval() -> None:
    """Rounding puts Wilson's lower bound of 0 of 300 above 0, and an error bar of negative length is refused."""
    for n in range(1, 600):
        for seen in (0, n):
            value, low, high = share_of(Count(seen, n))
            assert 0 <= low <= value <= high <= 1


def test_ratios_of_shares_are_scipys():
    found, expected = ratio_of(Count(30, 100), Count(45, 90)), relative_risk(30, 100, 45, 90)
    interval = expected.confidence_interval(0.95)
    assert found == pytest.approx((expected.relative_risk, interval.low, interval.high))


def test_what_is_never_seen_has_no_ratio():
    assert math.isnan(ratio_of(Count(3, 10), Count(0, 10)).value)


def test_an_order_is_compared_with_draws_without_attributes():
    cost, plain = Cost((0.9, 1.1, 1.0, 1.0), (0.8, 1.0)), Cost((2.1, 1.9, 2.0, 2.0), (1.0, 1.0))
    counts, drawn = (Count(40, 50), Count(5, 50), Count(20, 100)), {"linear_normal": Drawn(Count(60, 100), cost)}
    order = Order(Ordered("Wavy_Hair", 300, 900, 0.9, *counts, drawn), "linear_normal", plain)
    assert order.told
    assert order.name == "Wavy Hair"
    assert order.seen.value == pytest.approx(0.75)
    assert order.fd.value == pytest.approx(1.0)
    assert order.variety.value == pytest.approx(0.9)


def test_there_may_be_none(tmp_path):
    assert read_orders(None).used == ()
    (tmp_path / "conditioned.json").write_text('{"draws": 8, "faces": 504, "attributes": []}')
    assert read_orders(tmp_path).used == ()
