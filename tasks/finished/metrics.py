"""The metrics: titles, which way is better, and what each means in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower", "higher", "one", "neither"]


@dataclass(frozen=True)
class Metric:
    """``direction``: which values are better; ``meaning``: one line for the glossary."""

    title: str
    direction: Direction
    meaning: str

    @property
    def arrow(self) -> str:
        """A sign beside the title that says which way is better."""
        return {"lower": "↓", "higher": "↑", "one": "→1", "neither": ""}[self.direction]


METRICS = {
    "fd": Metric(
        "FD",
        "lower",
        "squared Fréchet distance between normal distributions fitted to the features of two image sets (Heusel 2017)",
    ),
    "swd": Metric(
        "SWD",
        "lower",
        "sliced Wasserstein distance on patches of a Laplacian pyramid; needs no network (Karras 2018)",
    ),
    "kid": Metric("KID", "lower", "kernel distance of features, unbiased for small sets (Bińkowski 2018)"),
    "precision": Metric(
        "precision",
        "higher",
        "share of drawn images that lie within the real images' neighbourhoods (Kynkäänniemi 2019)",
    ),
    "recall": Metric("recall", "higher", "share of real images that lie within the drawn images' neighbourhoods"),
    "density": Metric(
        "density", "higher", "how many real neighbourhoods a drawn image lies in, 1 for real images (Naeem 2020)"
    ),
    "coverage": Metric("coverage", "higher", "share of real images that have a drawn image in their neighbourhood"),
    "novelty": Metric(
        "novelty",
        "neither",
        "distance of a drawn image to the nearest reconstructed training image, in features, divided by the same for "
        "held-out reconstructions: 0 is a copy, 1 is as new as an unseen face",
    ),
    "novelty_latent": Metric("latent novelty", "neither", "the same as novelty between z-points, in latent space"),
    "reencoding": Metric(
        "re-encoding", "lower", "whitened distance |E(D(z)) − z|: does the decoded image lead back to its z-point?"
    ),
    "sharpness": Metric("sharpness", "one", "gradient energy of the images relative to that of reconstructions"),
}


def metric_named(name: str) -> Metric:
    """The metric called ``name``; one that is not known yet is shown by its name, without a direction.

    A number behind the name of a known one is a level of its pyramid: ``swd_16`` looks at 16 pixels' height.
    """
    base, _, level = name.rpartition("_")
    if base in METRICS and level.isdigit():
        return Metric(f"{METRICS[base].title} {level} px", METRICS[base].direction, "")
    return METRICS.get(name, Metric(name.replace("_", " "), "neither", ""))


def is_level(name: str) -> bool:
    """Whether it is one level of a metric that is also there as a whole."""
    base, _, level = name.rpartition("_")
    return base in METRICS and level.isdigit()


def by_order(names: set[str]) -> list[str]:
    """The names in the order of ``METRICS``, unknown ones last by alphabet."""
    order = {name: place for place, name in enumerate(METRICS)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), len(name), name))
