"""Digests of things in circles: alike for those that cannot be told apart by looking, however deep."""

import hashlib
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from storage.keys.merkle import add_digests

Parts = Mapping[int, list[bytes | int]]


@st.composite
def webs(draw: st.DrawFn) -> Parts:
    count = draw(st.integers(1, 7))
    part = st.one_of(st.sampled_from([b"a", b"b"]), st.integers(0, count - 1))
    return {key: draw(st.lists(part, max_size=3)) for key in range(count)}


def digests(parts: Parts) -> dict[int, bytes]:
    known: dict[int, bytes] = {}
    add_digests(iter(parts), lambda key: parts[key], known)
    return known


def unfolded(parts: Parts, key: int, depth: int) -> bytes:
    """A digest of ``key`` as a tree, cut at ``depth``."""
    if not depth:
        return b""
    inside = [part if isinstance(part, bytes) else unfolded(parts, part, depth - 1) for part in parts[key]]
    return hashlib.sha256(b"".join(b"%d:" % len(one) + one for one in inside)).digest()


@given(webs())
def test_equal_digests_mean_equal_trees_however_deep(parts: Parts) -> None:
    found = digests(parts)
    trees = {key: unfolded(parts, key, 8) for key in parts}
    assert all(trees[one] == trees[other] for one in parts for other in parts if found[one] == found[other])


@given(webs(), st.randoms())
def test_neither_keys_nor_their_order_count(parts: Parts, random: "st.random.Random") -> None:
    names = list(parts)
    random.shuffle(names)
    renamed = {
        names[key]: [part if isinstance(part, bytes) else names[part] for part in made] for key, made in parts.items()
    }
    shuffled = dict(sorted(renamed.items(), key=lambda item: random.random()))
    before, after = digests(parts), digests(shuffled)
    assert all(before[key] == after[names[key]] for key in parts)


@given(webs())
def test_what_is_known_already_changes_nothing(parts: Parts) -> None:
    known: dict[int, bytes] = {}
    for key in parts:
        add_digests(iter([key]), lambda key: parts[key], known)
    assert known == digests(parts)


def test_a_circle_of_two_that_differ_is_told_from_its_reverse() -> None:
    parts = {0: [b"a", 1], 1: [b"b", 0], 2: [b"a", 3], 3: [b"b", 2], 4: [b"a", 4]}
    found = digests(parts)
    assert found[0] == found[2] != found[1] == found[3]
    assert found[4] not in (found[0], found[1])
