"""The published table beside ours: as it stands where Inception features are at hand, as ratios everywhere.

Ghosh, Sajjadi, Vergari, Black & Schölkopf 2020, "From variational to deterministic autoencoders", ICLR, arXiv
1903.12436, table 1: CelebA, centre crop 140, 64×64 pixels, 64 components, 10,000 samples, Fréchet Inception distance.
Its column N draws from the prior for a VAE, and elsewhere from one normal distribution fitted to the latent points;
GMM is a mixture of ten full-covariance normal distributions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tasks.comparing.compared import Compared
from tasks.comparing.study import ComparedStudy
from tasks.page.section import Cell, Column, Section, section, table
from tasks.page.wording import short
from tasks.sampling.registry import prior

PUBLISHED = (
    ("published: AE", "inception", 40.79, 127.85, 45.10),
    ("published: VAE", "inception", 39.12, 48.12, 45.52),
    ("published: RAE-L2", "inception", 43.52, 51.13, 47.97),
)
"""Model, features, and the FID of reconstructions, of draws from one normal distribution, and from the mixture."""

METRIC, REFERENCE = "fd", "heldout"
"""Ours: the distance from held-out photographs."""

RECONSTRUCTION, MIXTURE = ("reconstruction", ""), ("gaussian_mixture", "components=10")
"""The sampler and level of two of the columns."""

COLUMNS = (
    Column("model"),
    Column("features"),
    Column("reconstruction", "reconstructions", short),
    Column("normal", shown=short),
    Column("mixture", "mixture of 10", short),
    Column("normal_ratio", "normal / rec.", short),
    Column("mixture_ratio", "mixture / rec.", short),
)

CAPTION = (
    "Fréchet distances of reconstructions, of draws from one normal distribution (for a VAE: one about the "
    "origin, with the points' radius) and from a mixture of ten, and their ratios. Absolute values of different"
    " feature networks cannot be compared; ratios can, roughly. Published: Ghosh et al. 2020, table 1, CelebA "
    "at 64×64 with 64 components, Inception features."
)


def build(compared: Compared) -> Section | None:
    """The published rows and ours; None where no study has such draws."""
    ours = [row for study in compared.studies for row in _rows(study)]
    rows: list[tuple[Cell, ...]] = [
        (model, features, unit, normal, mixture, normal / unit, mixture / unit)
        for model, features, unit, normal, mixture in (*PUBLISHED, *ours)
    ]
    shown = table("published", COLUMNS, rows, CAPTION, range(len(PUBLISHED))) if ours else None
    return section("published", "Beside the published table", shown)


def normal_draw(family: str) -> tuple[str, str]:
    """The sampler and level that stand for the table's column N.

    The sampler of the prior draws a VAE's own with its setting ``prior``; else it gives its draws the points' median
    radius, which is less: the points are the posteriors' means.
    """
    return (prior(), "scale=1.0") if family == "vae" else ("multivariate_normal", "scale=1.0")


def _rows(study: ComparedStudy) -> Iterator[tuple[str, str, float, float, float]]:
    """A row for each feature network that the study was scored in."""
    draw = normal_draw(str(study.network.get("family", "ae")))
    for features in dict.fromkeys(row.features for row in study.scores.select("real", metric=METRIC)):
        unit, normal, mixture = (_value(study, *row, features) for row in (RECONSTRUCTION, draw, MIXTURE))
        if unit > 0 and (math.isfinite(normal) or math.isfinite(mixture)):
            yield study.name, features, unit, normal, mixture


def _value(study: ComparedStudy, sampler: str, label: str, features: str) -> float:
    rows = study.scores.select(sampler, label, METRIC, features, REFERENCE)
    return rows[0].value if rows else math.nan
