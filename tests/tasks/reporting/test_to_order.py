from types import SimpleNamespace

import numpy as np
import pytest

from storage.arrays import finish, open_for_writing, write_array
from tasks.assessment.looked_at import Cost, Count, Ordered
from tasks.finished.conditioned import Order, Orders
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import decide
from tasks.reporting.topics.to_order import build, obeyed
from tests.judged import GOOD

PLAIN = Cost((1.9, 2.1, 2.0, 2.0), (0.9, 0.92, 0.88, 0.9))


def order(name, drawn, fd=1.0):
    """Seen in so many of 500 faces drawn with it, and in 80 of 100 reconstructions."""
    cost = Cost((fd - 0.1, fd + 0.1, fd, fd), (0.94, 0.96, 0.95, 0.95))
    return Order(
        Ordered(name, 300, 900, 0.9, Count(80, 100), Count(9, 200), Count(150, 500), Count(drawn, 500), cost), PLAIN
    )


def numbers(*rows):
    verdict = decide((), GOOD, lambda row: 1.0)
    criterion = Criterion("fd_decoded", "attributes", "train")
    return Numbers(ScoreTable(()), criterion, verdict, {}, {}, 8, orders=Orders(rows, PLAIN, 500))


def test_attributes_that_are_seen_nearly_as_often_as_in_reconstructions_can_be_drawn():
    found = obeyed(numbers(order("Smiling", 380), order("Wavy_Hair", 200, fd=1.5), order("Bald", 400)))
    assert found.text == (
        "Faces can be drawn with an attribute: 2 of 3 attributes that were tried are seen in at least 0.8 times as "
        "many faces as in reconstructions of images that have them."
    )
    assert "Seen least, relative to reconstructions: Wavy Hair, 0.500 [0.432, 0.578] times as often." in found.detail
    assert "from the images that have the attribute: 1.00 to 1.50; a draw from one normal" in found.detail
    assert "has 2.00 [1.87, 2.13] from all images" in found.detail
    assert "0.95 to 0.95" in found.detail
    assert [(bar.label, bar.text) for bar in found.evidence] == [("Bald", "1.00"), ("Wavy Hair", "0.500")]
    assert found.decided


def test_attributes_that_are_seldom_or_never_seen_cannot():
    found = obeyed(numbers(order("Smiling", 100), order("Bald", 0)))
    assert found.text.startswith(
        "Faces cannot be drawn with an attribute: of 2 attributes that were tried, none is seen"
    )
    assert "Bald, – times as often" in found.detail


def test_nothing_is_said_where_nobody_looked():
    assert obeyed(numbers()) is None
    study = SimpleNamespace(orders=Orders(), claims=lambda *_: ())
    assert build(study) is None


@pytest.fixture
def orders(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (2, 12, 32, 32, 3), np.uint8)
    group = open_for_writing(tmp_path / "conditioned.zarr")
    write_array(group, "image", image, ("attribute", "sample", "y", "x", "channel"))
    finish(tmp_path / "conditioned.zarr")
    return Orders((order("Smiling", 380), order("Bald", 0)), PLAIN, 500, tmp_path)


def test_the_section_shows_shares_faces_and_all_numbers(orders):
    study = SimpleNamespace(orders=orders, config=SimpleNamespace(dpi=50), claims=lambda *_: ())
    section = build(study)
    prose, chart, faces, fold = section.blocks
    assert "generate --with Smiling" in str(prose.html)
    assert (chart.name, faces.name) == ("to_order", "to_order_faces")
    assert "Smiling 76.0 [72.1, 79.5] % of faces drawn with it" in chart.alt
    (table,) = fold.blocks
    assert table.rows[0][:6] == ("Smiling", 300, 900, 0.9, 380, 500)
    assert table.shown[1][3].startswith("0.00 [0.00, 0.7")
