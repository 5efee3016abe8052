"""What the decoder makes of the main axes: faces along each, through the mean."""

from __future__ import annotations

import numpy as np

from tasks.page.sheets import photograph
from tasks.page.wording import counted, percent
from tasks.reporting.lines import changed, lines
from tasks.reporting.topic import Evidence, Finding, Floats, Made, ReportedStudy, measured, topic

AXES = 6


@measured(arrays=("mean", "eigenvalue", "eigenvector"))
def _strips(study: ReportedStudy, mean: Floats, eigenvalue: Floats, eigenvector: Floats) -> list[Made]:
    """A strip of decoded points for each of the first axes, and which of them changes a face most."""
    axes = [axis for axis in range(min(AXES, len(eigenvalue))) if eigenvalue[axis] > 1e-9 * eigenvalue[0]]
    steps = [eigenvector[:, axis] * np.sqrt(eigenvalue[axis]) for axis in axes]
    labels = [f"axis {axis + 1}, {percent(eigenvalue[axis] / eigenvalue.sum())} of the variance" for axis in axes]
    sheet, changes = lines(study.model, mean, steps, labels)
    strips = photograph(
        "axis_strips",
        sheet,
        "Decoded points on lines through the mean of the training points along the first main axes, from −3 to +3 "
        "standard deviations.",
        f"Strips of faces along the first {counted(len(axes), 'main axis', 'main axes')}.",
    )
    return [strips, _claim(axes, changes)]


def _claim(axes: list[int], changes: list[float]) -> Finding | None:
    if len(axes) < 2:
        return None
    most, least = int(np.argmax(changes)), int(np.argmin(changes))
    text = (
        f"Of the first {len(axes)} main axes, axis {axes[most] + 1} changes a face most and axis {axes[least] + 1} "
        "least."
    )
    detail = changed(changes[most], changes[least])
    bars = tuple(Evidence(f"axis {axis + 1}", one, text=percent(one)) for axis, one in zip(axes, changes, strict=True))
    return Finding("axis_change", "axis_strips", text, detail, bars, "change of pixels from −2 to +2 σ")


ORDER = 530
build = topic("axis_strips", "Faces along the main axes", _strips)
