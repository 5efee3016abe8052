"""Where the parts of a face are, in drawing coordinates, and where placing the picture brings them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tasks.synthesis.canvas import EYE_Y, HEIGHT, MIDDLE_X, POLE_X, POLE_Y, STEPS, WIDTH
from tasks.synthesis.factors import Face
from tasks.synthesis.outline import Outline

_TURN = np.linspace(0, np.pi, 81)
_COSINE, _SINE = np.cos(_TURN).astype(np.float32), np.sin(_TURN).astype(np.float32)
_SIDE, _APART, _ABOVE = -np.sign(_COSINE), np.abs(_COSINE), np.maximum(_SINE, 0)


def egg(
    x: float, y: float, half_width: float, up: float, down: float, power: float, upper_power: float, turn: float
) -> Outline:
    """The outline whose upper and lower halves are superellipses of the given heights and exponents, turned."""
    upper_x, upper_y = x + half_width * _SIDE * _APART ** (2 / upper_power), y - up * _ABOVE ** (2 / upper_power)
    lower_x, lower_y = x + half_width * _SIDE * _APART ** (2 / power), y + down * _ABOVE ** (2 / power)
    # Clockwise from below: the lower left, the upper half, the lower right.
    half = len(_TURN) // 2
    return Outline.through(
        np.concatenate([lower_x[half::-1], upper_x, lower_x[: half - 1 : -1]]),
        np.concatenate([lower_y[half::-1], upper_y, lower_y[: half - 1 : -1]]),
        turn,
    )


@dataclass(frozen=True)
class Anatomy:
    """Positions and lengths in pixels. ``left`` and ``right`` are the picture's, not the person's."""

    head_x: float
    half_width: float
    cheek_y: float
    crown_y: float
    chin_y: float
    jaw: float
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    nose: tuple[float, float]
    mouth: tuple[float, float]
    mouth_half_width: float
    mouth_corner_y: float

    def outline(self, turn: float) -> Outline:
        """The edge of the face, with the skull, of a head that is turned by the angle of this tangent."""
        up, down = self.cheek_y - self.crown_y, self.chin_y - self.cheek_y
        return egg(self.head_x, self.cheek_y, self.half_width, up, down, self.jaw, 2.35, turn)


@lru_cache(maxsize=64)
def anatomy(face: Face) -> Anatomy:
    """Find the parts' places; turning the head moves what is nearer to the viewer farther."""
    middle, turn, nod = MIDDLE_X, face.yaw, face.pitch
    mouth_y = 154.5 + 0.55 * face.nose_length + 0.6 * nod + 14 * (face.chin - 1)
    half_width = face.mouth_width * (1 + 0.17 * max(face.smile, 0.0))
    return Anatomy(
        head_x=middle - 4.5 * turn,
        half_width=42.5 * face.head_width * (1 + 0.045 * face.weight),
        cheek_y=116.0 + 2 * nod,
        crown_y=45.0 + nod * 2,
        chin_y=116.0 + 71.5 * face.chin + 1.8 * face.weight + 2.5 * nod + 2.2 * max(face.mouth_open, 0.0),
        jaw=face.jaw + 0.14 * face.weight,
        left_eye=(middle - face.eye_spacing * (1 + 0.03 * turn), EYE_Y),
        right_eye=(middle + face.eye_spacing * (1 - 0.03 * turn), EYE_Y),
        nose=(middle + 6.0 * turn, 135.0 + face.nose_length + 2.4 * nod),
        mouth=(middle + 2.5 * turn, mouth_y),
        mouth_half_width=half_width,
        mouth_corner_y=mouth_y - 4.2 * face.smile,
    )


@dataclass(frozen=True)
class Placement:
    """The similarity that brings drawing coordinates into the finished picture; its centre is the pole."""

    scale: float
    angle: float
    shift: tuple[float, float]

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a point of the drawing lies in the picture."""
        dx, dy = point[0] - POLE_X, point[1] - POLE_Y
        cosine, sine = self.scale * math.cos(self.angle), self.scale * math.sin(self.angle)
        return POLE_X + cosine * dx - sine * dy + self.shift[0], POLE_Y + sine * dx + cosine * dy + self.shift[1]


def placement(face: Face) -> Placement:
    """The picture's slight shift, in the canvas's steps, its turn and scale."""
    shift = round(face.position_x * STEPS) / STEPS, round(face.position_y * STEPS) / STEPS
    return Placement(face.scale, math.radians(face.tilt), shift)


def landmarks(face: Face) -> tuple[int, ...]:
    """CelebA's ten numbers: x and y of left eye, right eye, nose, left and right mouth corner, in whole pixels."""
    parts, where = anatomy(face), placement(face)
    corners = [(parts.mouth[0] + side * parts.mouth_half_width, parts.mouth_corner_y) for side in (-1, 1)]
    points = [parts.left_eye, parts.right_eye, parts.nose, *corners]
    placed = [where.place(point) for point in points]
    return tuple(
        min(max(round(value), 0), limit - 1)
        for point in placed
        for value, limit in zip(point, (WIDTH, HEIGHT), strict=True)
    )
