"""The attributes of the training points, and which points have those that are asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array
from tasks.ingestion.partition import TRAIN
from tasks.stage.errors import InputError

FEWEST = 20
"""Training points below which nothing is learned from a group."""

SHOWN = 50
"""Attributes that an error lists at most."""

WITH, WITHOUT = 1, -1

Asked = Mapping[str, int]
"""Attributes by name, each 1 (with) or -1 (without)."""


@dataclass(frozen=True, eq=False)
class Labels:
    """The attributes of the training points: ``value`` (n, a) int8, 1 with, -1 without, 0 unknown."""

    names: tuple[str, ...]
    value: npt.NDArray[np.int8]

    def group(self, asked: Asked) -> npt.NDArray[np.bool_]:
        """Which training points (n,) are known to have all that is ``asked``.

        Raises ``InputError`` for an unknown attribute, for a value other than 1 and -1, and with the counts where fewer
        than ``FEWEST`` points have what is asked.
        """
        if not asked:
            raise InputError("no attribute is asked for; without any, draw with a sampler")
        for name, value in asked.items():
            self._check(name, value)
        having = {name: self.value[:, self.names.index(name)] == value for name, value in asked.items()}
        group = np.logical_and.reduce(list(having.values()))
        if group.sum() < FEWEST:
            raise InputError(self._too_rare(asked, having, int(group.sum())))
        return np.asarray(group)

    def _check(self, name: str, value: int) -> None:
        if name not in self.names:
            words = {known.casefold(): known for known in self.names}
            near = difflib.get_close_matches(name.replace(" ", "_").casefold(), words, n=3, cutoff=0.75)
            meant = f"did you mean {' or '.join(words[word] for word in near)}? " if near else ""
            more = f" and {len(self.names) - SHOWN} more" if len(self.names) > SHOWN else ""
            raise InputError(
                f"unknown attribute {name!r}; {meant}The data set has {', '.join(self.names[:SHOWN])}{more}"
            )
        if value not in (WITH, WITHOUT):
            raise InputError(f"attribute {name}={value!r}: give 1 for faces with it, -1 for faces without")

    def _too_rare(self, asked: Asked, having: Mapping[str, npt.NDArray[np.bool_]], count: int) -> str:
        each = "".join(f"; {in_words({name: asked[name]})}: {int(found.sum()):,}" for name, found in having.items())
        return (
            f"{count:,} of {len(self.value):,} training points match: {in_words(asked)}; too few to learn from: "
            f"{FEWEST} are needed{each if len(asked) > 1 else ''}; ask for "
            f"{'fewer attributes' if len(asked) > 1 else 'another attribute'}"
        )


def has_labels(dataset: Path) -> bool:
    """Whether the data set has attributes, with names."""
    group = open_complete(dataset / "images.zarr")
    return "attribute" in group and "attribute_name" in group


def load_labels(dataset: Path) -> Labels:
    """The attributes of the training images. Raises ``InputError`` if the data set has none."""
    return load_split_labels(dataset)[0]


def load_split_labels(dataset: Path) -> tuple[Labels, npt.NDArray[np.int8]]:
    """The attributes of the training images, and those (m, a) of the held-out ones.

    Raises ``InputError`` if the data set has none.
    """
    group = open_complete(dataset / "images.zarr")
    if not has_labels(dataset):
        raise InputError("this data set has no attributes that could be asked for")
    names = tuple(str(name) for name in read_array(group, "attribute_name"))
    value, training = read_array(group, "attribute"), read_array(group, "partition") == TRAIN
    return Labels(names, value[training]), value[~training]


def asked_for(having: Iterable[str], lacking: Iterable[str]) -> dict[str, int]:
    """Attributes to be drawn with and without. Raises ``InputError`` for one that is named as both."""
    having, lacking = list(having), list(lacking)
    for name in having:
        if name in lacking:
            raise InputError(f"{name} is asked for both with and without; give one of them")
    return {**dict.fromkeys(having, WITH), **dict.fromkeys(lacking, WITHOUT)}


def in_words(asked: Asked) -> str:
    """``with Smiling, without Eyeglasses``."""
    return ", ".join(f"{'with' if value == WITH else 'without'} {name}" for name, value in asked.items())
