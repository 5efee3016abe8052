"""Digests of things that are made of text and of one another, in circles too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

BYTES = 8


def digest(*parts: bytes) -> bytes:
    """A digest of ``parts``, each of them apart."""
    sum_ = hashlib.blake2b(digest_size=2 * BYTES)
    for part in parts:
        sum_.update(b"%d:" % len(part))
        sum_.update(part)
    return sum_.digest()


def add_digests(keys: Iterator[Key], parts: Callable[[Key], Sequence[bytes | Key]], known: dict[Key, bytes]) -> None:
    """Add to ``known`` the digests of ``keys`` and of all that they are made of; ``parts``: of each, in order.

    Two things have one digest where they are made alike, however deep one looks, and whatever their keys are.
    """
    for circle in _circles(keys, parts, known):
        made_of = {key: parts(key) for key in circle}
        if len(circle) == 1 and circle[0] not in made_of[circle[0]]:
            known[circle[0]] = digest(*_filled(made_of[circle[0]], known))
            continue
        # Looked at one step deeper each time: members of two circles of n that agree 2n steps deep agree for ever.
        seen = dict.fromkeys(circle, b"circle")
        for _ in range(2 * len(circle)):
            outside = {**seen}
            seen = {key: digest(*_filled(made_of[key], known, outside)) for key in circle}
        known.update(seen)


def _filled(
    parts: Sequence[bytes | Key], known: Mapping[Key, bytes], circle: Mapping[Key, bytes] | None = None
) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            yield (circle or {}).get(part) or known[part]


def _circles(
    keys: Iterator[Key], parts: Callable[[Key], Sequence[bytes | Key]], known: Mapping[Key, bytes]
) -> Iterator[list[Key]]:
    """Groups of keys that are made of one another, each after those that it is made of (Tarjan 1972)."""
    order: dict[Key, int] = {}
    lowest: dict[Key, int] = {}
    open_: list[Key] = []
    on_stack: set[Key] = set()
    for start in keys:
        if start in order or start in known:
            continue
        path = [(start, iter(_made_of(start, parts)))]
        order[start] = lowest[start] = len(order)
        open_.append(start)
        on_stack.add(start)
        while path:
            key, rest = path[-1]
            for next_ in rest:
                if next_ in known:
                    continue
                if next_ not in order:
                    order[next_] = lowest[next_] = len(order)
                    open_.append(next_)
                    on_stack.add(next_)
                    path.append((next_, iter(_made_of(next_, parts))))
                    break
                if next_ in on_stack:
                    lowest[key] = min(lowest[key], order[next_])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[key])
                if lowest[key] == order[key]:
                    circle: list[Key] = []
                    while not circle or circle[-1] != key:
                        circle.append(open_.pop())
                        on_stack.discard(circle[-1])
                    yield circle


def _made_of(key: Key, parts: Callable[[Key], Sequence[bytes | Key]]) -> list[Key]:
    return [part for part in parts(key) if not isinstance(part, bytes)]
