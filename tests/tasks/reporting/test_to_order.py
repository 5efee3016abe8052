from types import SimpleNamespace

import numpy as np
import pytest

from storage.arrays import finish, open_for_writing, write_array
from tasks.assessment.looked_at import Cost, Count, Drawn, Ordered
from tasks.finished.conditioned import Order, Orders
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import decide
from tasks.reporting.topics.to_order import build, obeyed
from tests.judged import GOOD

PLAIN = Cost((1.9, 2.1, 2.0, 2.0), (0.9, 0.92, 0.88, 0.9))


def found(name, lacking=9, **ways):
    """Seen in so many of 500 faces drawn in each way, at that distance, and in 80 of 100 reconstructions."""
    drawn = {}
    for way, (seen, fd) in ways.items():
        drawn[way] = Drawn(Count(seen, 500), Cost((fd - 0.1, fd + 0.1, fd, fd), (0.94, 0.96, 0.95, 0.95)))
    return Ordered(name, 300, 900, 0.9, Count(80, 100), Count(lacking, 100), Count(150, 500), drawn)


def orders_of(*rows, folder=None):
    ways = {way: tuple(Order(row, way, PLAIN) for row in rows) for way in rows[0].drawn}
    return Orders(ways, PLAIN, 500, folder)


def order(name, drawn, fd=1.0, lacking=9):
    return found(name, lacking, linear_normal=(drawn, fd))


def numbers(orders):
    verdict = decide((), GOOD, lambda row: 1.0)
    criterion = Criterion("fd_decoded", "attributes", "train")
    return Numbers(ScoreTable(()), criterion, verdict, {}, {}, 8, orders=orders)


def test_attributes_that_are_seen_nearly_as_often_as_in_reconstructions_can_be_drawn():
    said = obeyed(numbers(orders_of(order("Smiling", 380), order("Wavy_Hair", 200, fd=1.5), order("Bald", 400))))
    assert said.text == (
        "Faces can be drawn with an attribute: 2 of 3 attributes are seen in at least 0.8 times as many faces as in "
        "reconstructions of images that have them."
    )
    assert "Seen least, relative to reconstructions: Wavy Hair, 0.500 [0.432, 0.578] times as often." in said.detail
    assert (
        "Normal distributions given attributes: FD∞ from the images that have the attribute 1.00 to 1.50" in said.detail
    )
    assert "spread of the faces over theirs 0.95 to 0.95" in said.detail
    assert "one normal distribution without attributes has FD∞ 2.00 [1.87, 2.13] from all images" in said.detail
    assert [(bar.label, bar.text) for bar in said.evidence] == [("Bald", "1.00"), ("Wavy Hair", "0.500")]
    assert said.decided


def test_attributes_that_are_seldom_or_never_seen_cannot():
    said = obeyed(numbers(orders_of(order("Smiling", 100), order("Bald", 0))))
    assert said.text.startswith("Faces cannot be drawn with an attribute: of 2 attributes, none is seen in 0.8 times")
    assert "Bald, – times as often" in said.detail


def test_attributes_that_the_judge_does_not_see_are_not_counted():
    said = obeyed(numbers(orders_of(order("Smiling", 380), order("Big_Lips", 400, lacking=75))))
    assert said.text.startswith("Faces can be drawn with an attribute: 1 of 1 attribute is seen")
    assert "The judge cannot tell Big Lips in reconstructions, so it is not counted." in said.detail
    blind = obeyed(numbers(orders_of(order("Big_Lips", 400, lacking=75))))
    assert blind.text.startswith("Whether faces with an attribute have it cannot be told")
    assert not blind.decided


def test_a_flow_is_what_counts_where_there_is_one():
    row = found("Smiling", linear_normal=(200, 1.5), guided_flow=(390, 0.4))
    said = obeyed(numbers(orders_of(row)))
    assert said.text.startswith("Faces can be drawn with an attribute: 1 of 1 attribute is seen")
    assert "Flow given attributes: FD∞ from the images that have the attribute 0.40 to 0.40" in said.detail


def test_nothing_is_said_where_nobody_looked():
    assert obeyed(numbers(Orders())) is None
    study = SimpleNamespace(orders=Orders(), claims=lambda *_: ())
    assert build(study) is None


@pytest.fixture
def orders(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (2, 2, 12, 32, 32, 3), np.uint8)
    group = open_for_writing(tmp_path / "conditioned.zarr")
    write_array(group, "image", image, ("way", "attribute", "sample", "y", "x", "channel"))
    finish(tmp_path / "conditioned.zarr")
    rows = [found(name, linear_normal=(380, 1.0), guided_flow=(0, 1.0)) for name in ("Smiling", "Bald")]
    return orders_of(*rows, folder=tmp_path)


def test_the_section_shows_shares_faces_and_all_numbers(orders):
    study = SimpleNamespace(orders=orders, config=SimpleNamespace(dpi=50), claims=lambda *_: ())
    prose, chart, linear, guided, fold = build(study).blocks
    assert "generate --with Smiling" in str(prose.html)
    assert (chart.name, linear.name, guided.name) == ("to_order", "to_order_faces", "to_order_faces_guided_flow")
    (table,) = fold.blocks
    assert table.rows[0][:7] == ("Smiling", "linear_normal", 300, 900, 0.9, 380, 500)
    assert table.shown[0][4] == "76.0 [72.1, 79.5] %"
    assert table.shown[1][:2] == ("Smiling", "Flow given attributes")
    assert table.shown[1][4].startswith("0.00 [0.00, 0.7")
