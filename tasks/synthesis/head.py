"""The head: its form as a surface of soft hills, lit from one side, in the colours of skin."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy, anatomy
from tasks.synthesis.blobs import Blob, Blobs
from tasks.synthesis.canvas import Array, Canvas, Patch
from tasks.synthesis.cells import Cells, Faces
from tasks.synthesis.factors import Face
from tasks.synthesis.masks import bell2, inside
from tasks.synthesis.outline import Outline
from tasks.synthesis.palette import colour

_EAR, _BLOOD = colour(1.0, 0.90, 0.87), colour(0.045, -0.055, -0.045)
_LIT = colour(0.86, 1.05, 1.12)
"""Light that enters the skin comes out red: shadows lose blue and green before red."""
_SHADED = colour(0.72, 0.92, 0.95)


def light_direction(face: Face) -> tuple[float, float, float]:
    """The unit vector towards the light: x to the right, y downwards, z towards the viewer."""
    x, y = 0.95 * face.light_side, -0.25 - 0.65 * face.light_height
    length = math.sqrt(x * x + y * y + 0.64)
    return x / length, y / length, 0.8 / length


def _relief(face: Face, parts: Anatomy) -> list[Blob]:
    """The hills and hollows of the face."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    wing = 7.2 * face.nose_width
    hollow = 1.9 + 0.85 * max(face.masculinity, 0.0)
    cheek = 2.2 + 1.5 * max(face.smile, 0.0) + 1.0 * face.weight
    bridge = 0.5 * (nx + 0.5 * (lx + rx))
    return [
        (bridge, ny - 17, 4.6, 13, 2.2),
        (nx, ny, 5.4 * face.nose_width, 5.0, 3.9),
        (nx - wing, ny + 2.5, 3.0, 3.0, 1.6),
        (nx + wing, ny + 2.5, 3.0, 3.0, 1.6),
        (lx + 1, ly - 1, 10, 6.5, -hollow),
        (rx - 1, ry - 1, 10, 6.5, -hollow),
        (lx, ly - 13, 13, 4.5, 1.3 + 0.5 * face.masculinity),
        (rx, ry - 13, 13, 4.5, 1.3 + 0.5 * face.masculinity),
        (lx - 6, ly + 23, 11, 9, cheek),
        (rx + 6, ry + 23, 11, 9, cheek),
        (mx, my, 15, 8, 2.2),
        (mx, my + 13.5, 11, 3.6, -1.3),
        (0.5 * (mx + parts.head_x), parts.chin_y - 14, 10, 7, 2.7),
        (mx, my - 10, 2.2, 4.5, -0.6),
    ]


def shading(face: Face, patch: Patch, reach: Array, slopes: tuple[Array, Array]) -> tuple[Array, Array]:
    """The light that falls on the skin of the head, about 1 in the middle, and the gloss on it.

    ``reach``: the outline's radius in the direction of every pixel. ``slopes``: of the relief, by x and by y; they
    are changed.
    """
    edge = patch.radius / reach
    edge.clip(0, 1, out=edge)
    bulge = edge * edge
    bulge *= edge
    bulge *= 1.15
    slope_x, slope_y = slopes
    nx = patch.polar.towards_x * bulge
    nx -= slope_x
    bulge *= 0.8
    ny = np.multiply(patch.polar.towards_y, bulge, out=bulge)
    ny -= slope_y
    lx, ly, lz = light_direction(face)
    cosine = np.multiply(nx, lx, out=slope_x)
    cosine += np.multiply(ny, ly, out=slope_y)
    nx *= nx
    ny *= ny
    nx += ny
    nx += 1
    length = np.sqrt(nx, out=nx)
    # The half vector between light and viewer, for Blinn's highlight.
    gloss = cosine + (lz + 1)
    gloss /= length
    gloss *= 1 / math.sqrt(2 + 2 * lz)
    gloss.clip(0, 1, out=gloss)
    for _ in range(4):
        gloss *= gloss
    contrast = 0.42 + 0.42 * face.light_contrast
    cosine += lz
    cosine /= length
    cosine.clip(-0.25, 1, out=cosine)
    cosine *= contrast * 1.06 / 1.25
    cosine += 1.08 - contrast + contrast * 1.06 * 0.25 / 1.25
    return cosine, gloss


def _redness(face: Face, parts: Anatomy) -> list[Blob]:
    """Where blood shows: cheeks, nose, chin."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    blush = 0.35 + 0.9 * face.blush
    return [
        (lx - 7, ly + 24, 11, 9, blush),
        (rx + 7, ry + 24, 11, 9, blush),
        (nx, ny + 1, 7, 6, 0.35),
        (mx, my + 22, 10, 5, 0.2),
    ]


def _darkness(face: Face, parts: Anatomy) -> list[Blob]:
    """What lies in shade whatever the light: sockets, nostrils, folds and the lines of age."""
    (lx, ly), (rx, ry), (nx, ny), (mx, my) = parts.left_eye, parts.right_eye, parts.nose, parts.mouth
    smile, wing, bags = max(face.smile, 0.0), 6.6 * face.nose_width, 0.05 + 0.16 * face.eye_bags
    fold = 0.05 + 0.10 * smile + 0.20 * face.lines
    line = 0.22 * face.lines
    return [
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


def paint_ears(canvases: Sequence[Canvas], faces: Sequence[Face]) -> None:
    """Two ears behind the cheeks; the head's turn hides one of them a little."""
    places = []
    for canvas, face in zip(canvases, faces, strict=True):
        parts = anatomy(face)
        for side in (-1, 1):
            places.append(canvas.turned((parts.head_x + side * (parts.half_width + 1.2) - 1.5 * face.yaw, 122.0)))
    cells, each = Cells(canvases, places, (17, 17, 4, 9)), Faces(faces, 2)
    x, y = cells.x, cells.y
    across, down = x / (5.8 - 0.06 * y), y / 13.5
    across *= across
    radius = np.sqrt(across + down * down)
    light = bell2(x - 0.5, y + 1, 2.6, 7)
    light *= -0.34
    light += 0.86 + 0.25 * cells.side * each.light_side
    radius -= 1
    cells.lay(inside(radius, 0.2), (each.colours(palette.skin) * _EAR, light))
    cells.finish()


def paint_head(canvas: Canvas, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint the skin of the head with its light; eyes, lips and hair come on top."""
    patch = canvas.patch(outline.box)
    reach, distance = outline.reach_and_distance(patch)
    forms = _relief(face, parts), _redness(face, parts), _darkness(face, parts)
    blobs = Blobs(patch.x, patch.y, *forms, turn=canvas.turn)
    light, gloss = shading(face, patch, reach, blobs.gradient(0))
    red = blobs.value(1)
    dark = blobs.value(2)
    tone = palette.skin(face)
    blood = _BLOOD * np.float32(1 - 0.5 * face.skin_tone)
    # The skin is (tone + blood red) (1 + _LIT (light - 1)) (1 - _SHADED dark), multiplied out into its terms.
    light -= 1
    dark.clip(0, 0.8, out=dark)
    patch.lay(
        inside(distance, 1.6),
        (tone, 1.0),
        (tone * _LIT, light),
        (-tone * _SHADED, dark),
        (-tone * _LIT * _SHADED, light * dark),
        (blood, red),
        (blood * _LIT, red * light),
        (-blood * _SHADED, red * dark),
        (palette.light(face) * np.float32(0.10 + 0.05 * face.skin_tone), gloss),
    )
    patch.finish()
