"""What a reader must know of metrics on a study's data."""

from __future__ import annotations

from collections.abc import Collection

from tasks.finished.metrics import metric_named
from tasks.finished.study import Study


def decides(study: Study, features: str) -> bool:
    """Not the features of another network than the one that decides."""
    return features in (study.criterion.features, "pixels", "latent") or not study.criterion.features


def cautions(study: Study, reference: str, metrics: Collection[str] = ()) -> dict[str, list[str]]:
    """What must be known of ``metrics``, or of all, against ``reference``: each text with the metrics' titles."""
    said: dict[str, list[str]] = {}
    for caution in study.cautions:
        shown = not metrics or caution["metric"] in metrics
        if shown and caution["reference"] == reference and decides(study, caution["features"]):
            said.setdefault(caution["text"], []).append(metric_named(caution["metric"]).title)
    return said
