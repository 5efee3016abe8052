"""What the decoder makes of the main axes: faces along each, through the mean."""

from __future__ import annotations

import numpy as np

from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import decode_images
from tasks.reporting.findings.finding import percent
from tasks.reporting.section import Section
from tasks.reporting.sheets import photograph
from tasks.reporting.study import Study
from tasks.reporting.thumbnails import captioned_sheet, labelled_stack

ORDER = 122
AXES = 6
STEPS = (-3, -2, -1, 0, 1, 2, 3)


def build(study: Study) -> Section | None:
    """A strip of decoded points for each of the first axes."""
    found = [study.statistic(name) for name in ("mean", "eigenvalue", "eigenvector")]
    if any(one is None for one in found):
        return None
    mean, eigenvalue, eigenvector = (np.asarray(one, np.float64) for one in found)
    axes = [axis for axis in range(min(AXES, len(eigenvalue))) if eigenvalue[axis] > 1e-9 * eigenvalue[0]]
    if not axes:
        return None
    autoencoder = load_autoencoder(study.model)
    captions = [f"{step:+d} σ".replace("-", "−") if step else "mean" for step in STEPS]
    strips, labels = [], []
    for axis in axes:
        along = np.outer(STEPS, eigenvector[:, axis] * np.sqrt(eigenvalue[axis]))
        strips.append(
            captioned_sheet(decode_images(autoencoder, (mean + along).astype(np.float32)), captions, len(STEPS))
        )
        labels.append(f"axis {axis + 1}, {percent(eigenvalue[axis] / eigenvalue.sum())} of the variance")
    picture = photograph(
        "axis_strips",
        labelled_stack(strips, labels),
        "Decoded points on lines through the mean of the training points along the first main axes, from −3 to +3 "
        "standard deviations.",
        f"Strips of faces along the first {len(axes)} main axes.",
    )
    return Section("axis_strips", "Faces along the main axes", (picture,), study.claims("axis_strips"))
