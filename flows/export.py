"""``latentfaces export``: decoder, encoder and the best way of drawing, for use elsewhere."""

from __future__ import annotations

from pathlib import Path

from flows.generate import parse_level
from flows.notebook import open_study
from tasks.exporting.export import export


def export_study(
    store: str,
    model: str | None,
    out: Path,
    sampler: str | None,
    level: list[str],
    onnx: bool | None,
    attributes: bool = False,
) -> Path:
    """Write the newest study of ``store`` to ``out``; returns the path of its model card.

    ``level``: settings such as ``fact=1.0``; ``onnx``: None writes ONNX if its packages are here;
    ``attributes``: export draws with attributes too. Raises ``InputError``
    if there is no such study, or none of its samplers can be recommended.
    """
    study = open_study(store, model, "cpu")
    return export(study, out, sampler, parse_level(level), onnx, attributes)
