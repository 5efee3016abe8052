"""One table of all scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.files import read_json, write_json
from tasks.assessment.likelihood import gather_likelihoods
from tasks.assessment.rows import FIXED_ROWS
from tasks.assessment.tables import (
    AUTOENCODER,
    CAUTIONS,
    DRAW_COLUMNS,
    DRAWS,
    JUDGED,
    DrawScore,
    read_cautions,
    read_draws,
    told,
    write_scores,
    write_table,
)  # fmt: skip


def gather_scores(
    parts: list[Path], judged: list[Path], autoencoder: Path, out: Path, likelihoods: Sequence[Path] = ()
) -> dict[str, Any]:
    """Write the rows of every part's ``draws.csv``, in the order of ``parts``, and their summary ``scores.csv``.

    What must be known of metrics on these data is gathered in ``cautions.json``; the fresh draws of ``judged`` samplers
    in ``judged_draws.csv``; the densities of ``likelihoods`` in ``likelihoods.zarr``; what was found of the
    ``autoencoder`` in ``autoencoder.json``. Raises ``ValueError`` if rows were measured on different numbers of images,
    or in different features: they could not be compared.
    """
    draws = [row for part in parts for row in read_draws(part / DRAWS)]
    if len({row.n for row in draws}) > 1:
        raise ValueError(f"scores with different n cannot share a table: {sorted({row.n for row in draws})}")
    _check_features(draws)
    write_scores(out, draws)
    write_json(out / CAUTIONS, [caution for part in parts for caution in read_cautions(part)])
    fresh = [row for part in judged for row in read_draws(part / DRAWS)]
    write_table(out / JUDGED, DRAW_COLUMNS, fresh)
    write_json(out / AUTOENCODER, read_json(autoencoder / AUTOENCODER))
    gather_likelihoods(likelihoods, out)
    rows = {(row.sampler, row.label, row.metric, row.features, row.reference) for row in draws}
    return {"rows": len(rows), "samplers": len({row.sampler for row in draws} - set(FIXED_ROWS)), **told(out)}


def _check_features(draws: list[DrawScore]) -> None:
    """Every sampler has every metric in the same feature spaces."""
    measured: dict[str, dict[str, set[str]]] = {}
    for row in draws:
        measured.setdefault(row.metric, {}).setdefault(row.sampler, set()).add(row.features)
    for metric, samplers in measured.items():
        if len({frozenset(spaces) for spaces in samplers.values()}) > 1:
            features = sorted(set().union(*samplers.values()))
            raise ValueError(f"{metric} was measured in different features: {', '.join(features)}")
