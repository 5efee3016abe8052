"""Made-up judgements of samplers, in the files that a verdict is read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.files import write_json
from tasks.assessment.tables import AUTOENCODER, DRAW_COLUMNS, JUDGED, DrawScore, write_table

GOOD: dict[str, Any] = {
    "references": 3000,
    "most_broken": 0.2,
    "most_copied": 0.1,
    "error_share": 0.05,
    "decoder_share": 0.07,
    "features": "attributes",
    "alike": True,
    "heldout": {"fd_debiased": 0.06, "kid_decoded": 0.0, "broken": 0.05, "copied": 0.05},
}
"""What is found of an autoencoder that is worth asking."""

SPREAD = (-0.1, 0.0, 0.0, 0.1)
"""Four draws about each mean: a standard error of 0.0408, an interval of ±0.13 (t of 3 degrees of freedom, 3.18)."""

Judgements = Mapping[tuple[str, str], tuple[float, float, float]]


def judged_draws(judgements: Judgements) -> list[DrawScore]:
    """Four draws of 500 faces for each sampler and label with its distance, broken share and copied share."""
    rows = []
    for (sampler, label), (distance, broken, copied) in judgements.items():
        about = {"fd_debiased": SPREAD, "kid_decoded": SPREAD, "broken": (0.0,) * 4, "copied": (0.0,) * 4}
        means = {"fd_debiased": distance, "kid_decoded": distance, "broken": broken, "copied": copied}
        rows += [
            DrawScore(sampler, label, metric, "attributes", "train", draw, means[metric] + step, 500, 0)
            for metric, steps in about.items()
            for draw, step in enumerate(steps)
        ]
    return rows


def write_judged(folder: Path, judgements: Judgements, **autoencoder: Any) -> None:
    """Write ``judged_draws.csv`` and ``autoencoder.json`` as of a scores artifact; ``autoencoder``: changes to it."""
    write_table(folder / JUDGED, DRAW_COLUMNS, judged_draws(judgements))
    write_json(folder / AUTOENCODER, GOOD | autoencoder)
