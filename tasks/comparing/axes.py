"""What tells the compared studies apart: settings, which are axes, and seeds, which only repeat a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

RUN_FIELD = "seed"
"""An axis that ends so repeats a study: its values tell runs apart, nothing else."""

WORDS = {
    "train.latent_dim": "the latent size",
    "train.channels": "the channels",
    "train.normalisation": "the normalisation",
    "train.activation": "the activation",
    "train.loss": "the loss",
    "train.family": "the family",
    "train.epochs": "the length of the training",
    "ingest.image_size": "the image size",
    "data": "the data",
}

Settings = Sequence[Mapping[str, Any]]
"""Of each study its value on every axis."""


def axis_words(axis: str) -> str:
    """An axis as a sentence names it: ``the latent size``."""
    return WORDS.get(axis, axis)


def axis_title(axis: str) -> str:
    """An axis as a label names it: ``latent size``."""
    return axis_words(axis).removeprefix("the ")


def short_axis(axis: str) -> str:
    """The last part of an axis's name."""
    return axis.rpartition(".")[2]


def setting_words(setting: Any) -> str:
    """A value on an axis as one writes it: ``16-32-64``, ``batch``, ``synthetic`` for no data."""
    if isinstance(setting, tuple | list):
        return "-".join(map(setting_words, setting))
    if setting is None:
        return "synthetic"
    return setting.rstrip("/").rpartition("/")[2] if isinstance(setting, str) else f"{setting}"


def all_axes(settings: Settings) -> list[str]:
    """Every axis that any study has a value on, in order of appearance."""
    return list(dict.fromkeys(name for one in settings for name in one))


def varied(settings: Settings) -> dict[str, list[Any]]:
    """The axes but for the runs', each with its value in every study, where there are two at least."""
    return {name: values for name, values in _differing(settings).items() if short_axis(name) != RUN_FIELD}


def seeds_of(settings: Settings) -> list[str]:
    """The axes of runs that have several values, if nothing but runs is compared; none if settings are."""
    return [] if varied(settings) else list(_differing(settings))


def seed_words(seeds: Sequence[str]) -> str:
    """The seeds that differ, as a sentence names them."""
    return f"the seed{'s' * (len(seeds) > 1)} ({', '.join(seeds)})"


def _differing(settings: Settings) -> dict[str, list[Any]]:
    found = {name: [_hashable(one.get(name)) for one in settings] for name in all_axes(settings)}
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value
