"""Faces on lines and in planes through the core, along the components that carry its offset and along main axes."""

from __future__ import annotations

import numpy as np

from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.page.section import Picture, Row
from tasks.page.sheets import photograph
from tasks.page.thumbnails import grid
from tasks.page.wording import counted, percent, signed
from tasks.reporting.lines import change, changed, lines
from tasks.reporting.topic import Evidence, Finding, Made, ReportedStudy, topic
from tasks.sampling.paths import Float64, directions
from tasks.sampling.points import load_points

LINES = 5
PLANE = np.linspace(-2.5, 2.5, 6)


def _faces(study: ReportedStudy) -> list[Made]:
    """Strips along the leading components, two planes, and what components and main axes change."""
    points = load_points(study.dataset, study.latents, study.statistics)
    autoencoder = load_for_inference(study.model)
    centre, steps = directions(points, "offset", LINES)
    components = [int(np.flatnonzero(step)[0]) for step in steps]
    labels = [f"component {component}, centre {signed(centre[component], 1)}" for component in components]
    sheet, changes = lines(study.model, centre, steps, labels, "centre")
    strips = photograph(
        "paths",
        sheet,
        "Decoded points on lines through the core's centre along the components that carry its offset from the origin, "
        "from −3 to +3 standard deviations; all other components stay at their centre.",
        f"Strips of faces along the {counted(len(steps), 'component')} with the largest offset.",
    )
    mean, axes = directions(points, "axes", LINES)
    ends = [decode_images(autoencoder, (mean + np.outer((-2, 2), axis)).astype(np.float32)) for axis in axes]
    planes = (
        _plane("paths_plane_offset", autoencoder, centre, steps, "the two components with the largest offset"),
        _plane("paths_plane_axes", autoencoder, mean, axes, "the first two main axes"),
    )
    row = Row(tuple(plane for plane in planes if plane))
    return [strips, row, _claim(changes, [change(*pair) for pair in ends])]


def _claim(components: list[float], axes: list[float]) -> Finding | None:
    """What single components change beside what main axes change, which move many components together."""
    if not components or not axes:
        return None
    one, many = float(np.mean(components)), float(np.mean(axes))
    if many > 1.1 * one:
        text = f"Main axes, which move many components together, change a face {many / one:.1f} times as much as one."
    elif one > 1.1 * many:
        text = f"Single components change a face {one / many:.1f} times as much as main axes do."
    else:
        text = "Single components change a face about as much as main axes do."
    bars = (Evidence("component", one, text=percent(one)), Evidence("main axis", many, text=percent(many)))
    return Finding("path_change", "paths", text, changed(one, many), bars, "mean change of pixels from −2 to +2 σ")


def _plane(name: str, autoencoder: EncoderDecoder, centre: Float64, steps: Float64, what: str) -> Picture | None:
    if len(steps) < 2:
        return None
    across, up = np.meshgrid(PLANE, PLANE[::-1])
    z = centre + across.reshape(-1, 1) * steps[0] + up.reshape(-1, 1) * steps[1]
    return photograph(
        name,
        grid(decode_images(autoencoder, z.astype(np.float32)), len(PLANE), len(PLANE)),
        f"The plane of {what} through the centre, −2.5 to +2.5 standard deviations from left to right and upwards.",
        f"A grid of faces in the plane of {what}.",
    )


ORDER = 540
build = topic("paths", "Lines and planes through the core", _faces)
