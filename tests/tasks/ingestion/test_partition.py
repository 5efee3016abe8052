from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingestion.lists import ImageList
from tasks.ingestion.partition import check_partition, official_partition, seeded_partition
from tasks.stage.errors import InputError

NAMES = [f"{i:06d}.jpg" for i in range(20_000)]


def test_shares_are_those_asked_for() -> None:
    """Of 20,000 images a share p has a standard deviation of sqrt(p (1 - p) / 20,000) < 0.003."""
    shares = np.bincount(seeded_partition(NAMES, 0.15, 0.05, 0), minlength=3) / len(NAMES)
    np.testing.assert_allclose(shares, [0.8, 0.15, 0.05], atol=0.012)


def test_seed_and_name_alone_decide() -> None:
    whole = seeded_partition(NAMES, 0.1, 0.1, 7)
    np.testing.assert_array_equal(seeded_partition(NAMES[::3], 0.1, 0.1, 7), whole[::3])
    other = seeded_partition(NAMES, 0.1, 0.1, 8)
    assert np.mean((other > 0) & (whole > 0)) == pytest.approx(0.04, abs=0.006)  # as if independent


@given(st.integers(10, 40), st.integers(0, 2**63 - 1))
def test_no_part_is_empty_however_small_the_set(count: int, seed: int) -> None:
    assert set(seeded_partition(NAMES[:count], 0.1, 0.1, seed)) == {0, 1, 2}


def test_share_of_zero_draws_none() -> None:
    assert set(seeded_partition(NAMES[:200], 0.0, 0.2, 0)) == {0, 2}


@given(st.lists(st.integers(-1, 12), min_size=10, max_size=60), st.integers(0, 2**63 - 1))
def test_a_person_is_on_one_side(identity: list[int], seed: int) -> None:
    """Images of unknown persons are drawn one by one, as if each were a person of its own."""
    names = NAMES[: len(identity)]
    partition = seeded_partition(names, 0.2, 0.2, seed, np.array(identity))
    sides = {number: set(partition[np.array(identity) == number].tolist()) for number in set(identity) - {-1}}
    assert all(len(side) == 1 for side in sides.values())
    if len(set(identity) - {-1}) + identity.count(-1) >= 2:
        assert 0 in partition
        assert set(partition) != {0}


def test_new_images_move_no_person() -> None:
    identity = np.arange(20_000) // 5
    whole = seeded_partition(NAMES, 0.1, 0.1, 7, identity)
    np.testing.assert_array_equal(seeded_partition(NAMES[::3], 0.1, 0.1, 7, identity[::3]), whole[::3])
    np.testing.assert_allclose(np.bincount(whole) / len(whole), [0.8, 0.1, 0.1], atol=0.02)  # 4,000 persons


def test_official_partition_needs_every_image() -> None:
    listed = ImageList("list_eval_partition.txt", "list_eval_partition.txt", ("partition",), {"b": b"\2", "a": b"\0"})
    np.testing.assert_array_equal(official_partition(listed, ["a", "b"]), [0, 2])
    with pytest.raises(InputError, match=r"list_eval_partition.txt has no row for 1 of 2 images \(c\)"):
        official_partition(listed, ["a", "c"])


def test_both_sides_need_images() -> None:
    check_partition(np.array([0] * 9 + [2], np.int8), "list")
    for partition, message in (
        ([0] * 10, "has no validation or test images"),
        ([1] * 10, "has no training images"),
        ([0, 1], "least 10"),
    ):
        with pytest.raises(InputError, match=message):
            check_partition(np.array(partition, np.int8), "list")
