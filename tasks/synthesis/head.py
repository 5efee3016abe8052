"""The head: its form as a surface of soft hills, lit from one side, in the colours of skin."""

from __future__ import annotations

import math

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import RADIUS, TOWARDS_X, TOWARDS_Y, Array, Blobs, Box, Outline, blend, colour, inside
from tasks.synthesis.factors import Face


def light_direction(face: Face) -> tuple[float, float, float]:
    """The unit vector towards the light: x to the right, y downwards, z towards the viewer."""
    x, y = 0.95 * face.light_side, -0.25 - 0.65 * face.light_height
    length = math.sqrt(x * x + y * y + 0.64)
    return x / length, y / length, 0.8 / length


def _relief(face: Face, parts: Anatomy) -> Blobs:
    """The hills and hollows of the face; heights in pixels."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    wing = 7.2 * face.nose_width
    hollow = 2.2 + 1.0 * max(face.masculinity, 0.0)
    cheek = 2.6 + 1.8 * max(face.smile, 0.0) + 1.2 * face.weight
    bridge = 0.5 * (nx + 0.5 * (lx + rx))
    return Blobs(
        [
            (bridge, ny - 17, 4.6, 13, 2.6),
            (nx, ny, 5.4 * face.nose_width, 5.0, 4.6),
            (nx - wing, ny + 2.5, 3.0, 3.0, 1.9),
            (nx + wing, ny + 2.5, 3.0, 3.0, 1.9),
            (lx + 1, ly - 1, 10, 6.5, -hollow),
            (rx - 1, ry - 1, 10, 6.5, -hollow),
            (lx, ly - 13, 13, 4.5, 1.5 + 0.6 * face.masculinity),
            (rx, ry - 13, 13, 4.5, 1.5 + 0.6 * face.masculinity),
            (lx - 6, ly + 23, 11, 9, cheek),
            (rx + 6, ry + 23, 11, 9, cheek),
            (mx, my, 15, 8, 2.6),
            (mx, my + 13.5, 11, 3.6, -1.5),
            (0.5 * (mx + parts.head_x), parts.chin_y - 14, 10, 7, 3.2),
            (mx, my - 10, 2.2, 4.5, -0.7),
        ]
    )


def shading(face: Face, parts: Anatomy, reach: Array) -> tuple[Array, Array]:
    """The light that falls on the skin of the head's box, about 1 in the middle, and the gloss on it.

    ``reach``: the outline's radius in the direction of every pixel.
    """
    box = parts.box
    edge = np.minimum(box.of(RADIUS) / reach, 1)
    bulge = np.float32(1.15) * edge * edge * edge
    slope_x, slope_y = _relief(face, parts).gradient(box)
    nx = box.of(TOWARDS_X) * bulge
    nx -= slope_x * 0.85
    ny = box.of(TOWARDS_Y) * bulge
    ny *= 0.8
    ny -= slope_y * 0.85
    square = nx * nx
    square += ny * ny
    square += 1
    length = np.sqrt(square, out=square)
    lx, ly, lz = light_direction(face)
    cosine = nx * lx
    cosine += ny * ly
    # The half vector between light and viewer, for Blinn's highlight.
    half = math.sqrt(2 + 2 * lz)
    gloss = (cosine + (lz + 1)) / (length * half)
    gloss.clip(0, 1, out=gloss)
    for _ in range(4):
        gloss *= gloss
    cosine += lz
    cosine /= length
    cosine += 0.25
    cosine *= 1 / 1.25
    lit = cosine.clip(0, 1, out=cosine)
    contrast = 0.42 + 0.42 * face.light_contrast
    lit *= contrast * 1.06
    lit += 1.08 - contrast
    return lit, gloss


def _redness(face: Face, parts: Anatomy) -> Blobs:
    """Where blood shows: cheeks, nose, chin."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    blush = 0.35 + 0.9 * face.blush
    return Blobs(
        [
            (lx - 7, ly + 24, 11, 9, blush),
            (rx + 7, ry + 24, 11, 9, blush),
            (nx, ny + 1, 7, 6, 0.35),
            (mx, my + 22, 10, 5, 0.2),
        ]
    )


def _darkness(face: Face, parts: Anatomy) -> Blobs:
    """What lies in shade whatever the light: sockets, nostrils, folds and the lines of age."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    smile, wing, bags = max(face.smile, 0.0), 6.6 * face.nose_width, 0.05 + 0.16 * face.eye_bags
    fold = 0.05 + 0.10 * smile + 0.20 * face.lines
    line = 0.22 * face.lines
    return Blobs(
        [
            (lx + 5, ly - 4, 6, 5, 0.16),
            (rx - 5, ry - 4, 6, 5, 0.16),
            (lx + 1, ly + 8, 8, 3.2, bags),
            (rx - 1, ry + 8, 8, 3.2, bags),
            (nx - 0.62 * wing, ny + 5.2, 2.3, 1.4, 0.50),
            (nx + 0.62 * wing, ny + 5.2, 2.3, 1.4, 0.50),
            (nx, ny + 6.4, 6.5 * face.nose_width, 1.8, 0.22),
            (nx - 1.55 * wing, ny + 3, 1.5, 3.2, 0.16),
            (nx + 1.55 * wing, ny + 3, 1.5, 3.2, 0.16),
            (mx - parts.mouth_half_width - 2, parts.mouth_corner_y + 1, 2.6, 3.2, 0.14 + 0.1 * smile),
            (mx + parts.mouth_half_width + 2, parts.mouth_corner_y + 1, 2.6, 3.2, 0.14 + 0.1 * smile),
            (mx, my + 13, 9, 2.6, 0.16),
            (nx - 15, ny + 9, 2.4, 5.5, fold),
            (nx + 15, ny + 9, 2.4, 5.5, fold),
            (nx - 18.5, ny + 15, 2.4, 5, 0.8 * fold),
            (nx + 18.5, ny + 15, 2.4, 5, 0.8 * fold),
            (nx, ly - 27, 24, 1.3, line),
            (nx + 2, ly - 34, 22, 1.3, 0.8 * line),
            (lx - 17, ly + 2, 4, 1.5, line),
            (rx + 17, ry + 2, 4, 1.5, line),
            (nx - 3.2, ly - 10, 1.1, 4, 0.7 * line),
            (nx + 3.2, ly - 10, 1.1, 4, 0.7 * line),
        ]
    )


def paint_ears(canvas: Array, face: Face, parts: Anatomy) -> None:
    """Two ears behind the cheeks; the head's turn hides one of them a little."""
    tone = palette.skin(face) * colour(1.0, 0.90, 0.87)
    for side in (-1, 1):
        x0 = parts.head_x + side * (parts.half_width + 1.2) - 1.5 * face.yaw
        box = Box(102, 146, int(x0) - 12, int(x0) + 13)
        x, y = (box.x - np.float32(x0)) * side, box.y - np.float32(122)
        radius = np.sqrt((x / (5.8 - 0.06 * y)) ** 2 + (y / 13.5) ** 2)
        light = (
            0.86 + 0.25 * side * face.light_side - 0.34 * np.exp(-0.5 * (((x - 0.5) / 2.6) ** 2 + ((y + 1) / 7) ** 2))
        )
        blend(box.of(canvas), tone * light, inside((radius - 1) * 7, 1.4))


def paint_head(canvas: Array, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint the skin of the head with its light; eyes, lips and hair come on top."""
    box = parts.box
    reach, distance = outline.reach_and_distance(box)
    lit, gloss = shading(face, parts, reach)
    red, dark = _redness(face, parts).value(box), _darkness(face, parts).value(box)
    tone = palette.skin(face)
    paint = red * (colour(0.045, -0.055, -0.045) * (0.5 + 0.5 * (1 - face.skin_tone)))
    paint += tone
    # Light that enters the skin comes out red: shadows lose blue and green before red.
    lit -= 1
    light = lit * colour(0.86, 1.05, 1.12)
    light += 1
    paint *= light
    dark.clip(0, 0.8, out=dark)
    shade = np.multiply(dark, colour(-0.72, -0.92, -0.95), out=light)
    shade += 1
    paint *= shade
    paint += gloss * (np.float32(0.10 + 0.05 * face.skin_tone) * palette.light(face))
    blend(box.of(canvas), paint, inside(distance, 1.6))
