"""Faces on lines and in planes through the core, along the components that carry its offset and along main axes."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.network import Autoencoder
from tasks.reporting.section import Picture, Prose, Row, Section
from tasks.reporting.sheets import photograph
from tasks.reporting.study import Study
from tasks.reporting.thumbnails import captioned_sheet, grid, labelled_stack
from tasks.sampling.paths import Float64, directions
from tasks.sampling.points import load_points

ORDER = 123
LINES = 5
STEPS = np.array([-3, -2, -1, 0, 1, 2, 3])
PLANE = np.linspace(-2.5, 2.5, 6)


def build(study: Study) -> Section | None:
    """Strips along the leading components, and two planes."""
    if study.statistic("centre") is None:
        return None
    points = load_points(study.dataset, study.latents, study.statistics)
    centre, steps = directions(points, "offset", LINES)
    autoencoder = load_autoencoder(study.model)
    captions = [f"{step:+d} σ".replace("-", "−") if step else "centre" for step in STEPS]
    strips, labels = [], []
    for step in steps:
        z = (centre + STEPS[:, None] * step).astype(np.float32)
        strips.append(captioned_sheet(decode_images(autoencoder, z), captions, len(STEPS)))
        component = int(np.flatnonzero(step)[0])
        labels.append(f"component {component}, centre {centre[component]:+.1f}".replace("-", "−"))
    lines = photograph(
        "paths",
        labelled_stack(strips, labels),
        "Decoded points on lines through the core's centre along the components that carry its offset from the origin, "
        "from −3 to +3 standard deviations; all other components stay at their centre.",
        f"Strips of faces along the {len(steps)} components with the largest offset.",
    )
    planes = [_plane("paths_plane_offset", autoencoder, centre, steps, "the two components with the largest offset")]
    mean, axes = directions(points, "axes", 2)
    planes.append(_plane("paths_plane_axes", autoencoder, mean, axes, "the first two main axes"))
    text = Prose(Markup("<p>Walks through the core: what one direction at a time, or two, make of the mean face.</p>"))
    return Section("paths", "Lines and planes through the core", (text, lines, Row(tuple(p for p in planes if p))))


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
