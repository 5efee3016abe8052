"""What the decoder makes of the main axes: faces along each, through the mean."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet, labelled_stack
from tasks.page.wording import counted, percent
from tasks.reporting.study import ReportedStudy

ORDER = 530
AXES = 6
STEPS = (-3, -2, -1, 0, 1, 2, 3)


def build(study: ReportedStudy) -> Section | None:
    """A strip of decoded points for each of the first axes."""
    found = [study.statistic(name) for name in ("mean", "eigenvalue", "eigenvector")]
    if any(one is None for one in found):
        return None
    mean, eigenvalue, eigenvector = (np.asarray(one, np.float64) for one in found)
    axes = [axis for axis in range(min(AXES, len(eigenvalue))) if eigenvalue[axis] > 1e-9 * eigenvalue[0]]
    if not axes:
        return None
    autoencoder = load_for_inference(study.model)
    captions = [f"{step:+d} σ".replace("-", "−") if step else "mean" for step in STEPS]
    strips, labels, changes = [], [], []
    for axis in axes:
        along = np.outer(STEPS, eigenvector[:, axis] * np.sqrt(eigenvalue[axis]))
        images = decode_images(autoencoder, (mean + along).astype(np.float32))
        changes.append(change(images[STEPS.index(-2)], images[STEPS.index(2)]))
        strips.append(captioned_sheet(images, captions, len(STEPS)))
        labels.append(f"axis {axis + 1}, {percent(eigenvalue[axis] / eigenvalue.sum())} of the variance")
    picture = photograph(
        "axis_strips",
        labelled_stack(strips, labels),
        "Decoded points on lines through the mean of the training points along the first main axes, from −3 to +3 "
        "standard deviations.",
        f"Strips of faces along the first {counted(len(axes), 'main axis', 'main axes')}.",
    )
    return Section("axis_strips", "Faces along the main axes", (picture,), _claims(axes, changes))


def change(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Root mean square difference of two images, as a share of the whole range of grey."""
    return float(np.sqrt(np.mean((first.astype(np.float64) - second) ** 2)) / 255)


def _claims(axes: list[int], changes: list[float]) -> tuple[Finding, ...]:
    if len(axes) < 2:
        return ()
    most, least = int(np.argmax(changes)), int(np.argmin(changes))
    text = (
        f"Of the first {len(axes)} main axes, axis {axes[most] + 1} changes a face most and axis {axes[least] + 1} "
        "least."
    )
    detail = (
        f"From −2 to +2 σ pixels change by {percent(changes[most])} and {percent(changes[least])} of the whole range, "
        "root mean square."
    )
    bars = tuple(Evidence(f"axis {axis + 1}", one, text=percent(one)) for axis, one in zip(axes, changes, strict=True))
    return (Finding("axis_change", "axis_strips", text, detail, bars, "change of pixels from −2 to +2 σ"),)
