"""Training points against held-out ones: does the encoder treat images alike that it was not trained on?"""

from __future__ import annotations

from tasks.statistics.facet import Cloud, Facet
from tasks.statistics.heldout import compare, fold_size


def measure(cloud: Cloud) -> Facet | None:
    """Every headline figure for both sides, and whether they differ by more than chance."""
    training, heldout = (
        cloud.centred(side.z) + cloud.analysis.train.mean[cloud.analysis.train.varies]
        for side in (cloud.training, cloud.heldout)
    )
    compared = compare(training, heldout, cloud.rng("heldout"))
    if compared is None:
        return None
    facts = {
        "points": {"train": len(training), "heldout": len(heldout)},
        "fold": fold_size(len(training), len(heldout)),
        "figures": {name: one._asdict() for name, one in compared.items()},
    }
    return Facet({}, facts)
