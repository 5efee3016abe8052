"""Faces on lines and in planes through the core, along the components that carry its offset and along main axes."""

from __future__ import annotations

import numpy as np

from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Picture, Row, Section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import captioned_sheet, grid, labelled_stack
from tasks.page.wording import counted, percent
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.axis_strips import change
from tasks.sampling.paths import Float64, directions
from tasks.sampling.points import load_points

ORDER = 540
LINES = 5
STEPS = np.array([-3, -2, -1, 0, 1, 2, 3])
PLANE = np.linspace(-2.5, 2.5, 6)


def build(study: ReportedStudy) -> Section | None:
    """Strips along the leading components, and two planes."""
    if study.statistic("centre") is None:
        return None
    points = load_points(study.dataset, study.latents, study.statistics)
    centre, steps = directions(points, "offset", LINES)
    autoencoder = load_for_inference(study.model)
    captions = [f"{step:+d} σ".replace("-", "−") if step else "centre" for step in STEPS]
    strips, labels, changes = [], [], []
    for step in steps:
        z = (centre + STEPS[:, None] * step).astype(np.float32)
        images = decode_images(autoencoder, z)
        changes.append(change(images[1], images[5]))
        strips.append(captioned_sheet(images, captions, len(STEPS)))
        component = int(np.flatnonzero(step)[0])
        labels.append(f"component {component}, centre {centre[component]:+.1f}".replace("-", "−"))
    lines = photograph(
        "paths",
        labelled_stack(strips, labels),
        "Decoded points on lines through the core's centre along the components that carry its offset from the origin, "
        "from −3 to +3 standard deviations; all other components stay at their centre.",
        f"Strips of faces along the {counted(len(steps), 'component')} with the largest offset.",
    )
    planes = [_plane("paths_plane_offset", autoencoder, centre, steps, "the two components with the largest offset")]
    mean, axes = directions(points, "axes", LINES)
    planes.append(_plane("paths_plane_axes", autoencoder, mean, axes, "the first two main axes"))
    ends = [decode_images(autoencoder, (mean + np.outer((-2, 2), axis)).astype(np.float32)) for axis in axes]
    claims = _claims(changes, [change(*pair) for pair in ends])
    blocks = (lines, Row(tuple(p for p in planes if p)))
    return Section("paths", "Lines and planes through the core", blocks, claims)


def _claims(components: list[float], axes: list[float]) -> tuple[Finding, ...]:
    """What single components change beside what main axes change, which move many components together."""
    if not components or not axes:
        return ()
    one, many = float(np.mean(components)), float(np.mean(axes))
    if many > 1.1 * one:
        text = f"Main axes, which move many components together, change a face {many / one:.1f} times as much as one."
    elif one > 1.1 * many:
        text = f"Single components change a face {one / many:.1f} times as much as main axes do."
    else:
        text = "Single components change a face about as much as main axes do."
    detail = (
        f"From −2 to +2 σ pixels change by {percent(one)} and {percent(many)} of the whole range, root mean square."
    )
    bars = (Evidence("component", one, text=percent(one)), Evidence("main axis", many, text=percent(many)))
    return (Finding("path_change", "paths", text, detail, bars, "mean change of pixels from −2 to +2 σ"),)


def _plane(name: str, autoencoder: Autoencoder, centre: Float64, steps: Float64, what: str) -> Picture | None:
    if len(steps) < 2:
        return None
    across, up = np.meshgrid(PLANE, PLANE[::-1])
    z = centre + across.reshape(-1, 1) * steps[0] + up.reshape(-1, 1) * steps[1]
    images = decode_images(autoencoder, z.astype(np.float32))
    return photograph(
        name,
        grid(images, len(PLANE), len(PLANE)),
        f"The plane of {what} through the centre, −2.5 to +2.5 standard deviations from left to right and upwards.",
        f"A grid of faces in the plane of {what}.",
    )
