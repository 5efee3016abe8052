"""Hair: a cap between the hairline and its outer edge, and locks that fall beside the face."""

from __future__ import annotations

import math

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy, egg
from tasks.synthesis.canvas import (
    ANGLE,
    CURLS,
    RADIUS,
    SECTOR,
    TOWARDS_X,
    TOWARDS_Y,
    Array,
    Box,
    Outline,
    blend,
    colour,
    hump,
    inside,
    smoothstep,
    strands,
)
from tasks.synthesis.factors import Face
from tasks.synthesis.head import light_direction

_TURN = np.linspace(-np.pi / 2, np.pi / 2, 91, dtype=np.float32)


def _cap(face: Face, parts: Anatomy) -> Box:
    """A rectangle that holds the hair on the head."""
    reach = parts.half_width + volume(face) + 6
    top, bottom = parts.crown_y - volume(face) - 6, 152 if face.long_hair else 132
    return Box(max(int(top), -10), bottom, int(parts.head_x - reach), int(parts.head_x + reach) + 1)


def volume(face: Face) -> float:
    """How far the hair stands off the head, in pixels."""
    return (5.5 + 12 * min(face.hair_length, 0.8) + 6 * face.hair_wave * face.hair_length) * face.hair_volume


def length_y(face: Face) -> float:
    """Where falling hair ends."""
    return 128.0 + 128 * (face.hair_length - 0.3)


def _hairline(face: Face, parts: Anatomy) -> Outline:
    """The edge of the hair on the forehead and before the ears."""
    fringe = max(face.bangs, 0.0)
    top = 64.5 - face.forehead + 2 * face.pitch + (28.5 - 5 * (1 - fringe)) * (fringe > 0)
    half = parts.half_width * (0.955 - 0.06 * face.long_hair)
    turn = _TURN
    power = 2 / (2.35 + 0.9 * fringe)
    x = parts.head_x + half * np.sign(turn) * np.abs(np.sin(turn)) ** np.float32(power)
    y = parts.cheek_y - 4 - (parts.cheek_y - 4 - top) * np.maximum(np.cos(turn), 0) ** np.float32(power)
    side = np.sign(turn) * np.float32(math.copysign(1, face.parting))
    # Parted hair sweeps down over one temple and leaves a peak at the parting.
    sweep = (3.5 + 5.5 * face.long_hair) * (1 - fringe) * abs(face.parting)
    y = y + np.float32(sweep) * np.sin(turn) ** 2 * np.cos(turn) * (1 - side * 0.7)
    y = y - np.float32(12 * face.recession * (1 - fringe)) * np.exp(-0.5 * ((np.abs(turn) - 0.75) / 0.24) ** 2)
    low_x = np.array([parts.head_x - half - 1, parts.head_x + half + 1], np.float32)
    low_y = np.array([160, 160], np.float32)
    return Outline.through(np.concatenate([x, low_x]), np.concatenate([y, low_y]))


def _outer_edge(face: Face, parts: Anatomy) -> Outline:
    """The outside of the hair on the head; the curls make it uneven."""
    thick = volume(face)
    side = thick * (0.62 if face.hair_length < 0.42 or face.tied_up > 0 else 0.95) - 1.0
    up = parts.cheek_y - parts.crown_y + 0.85 * thick - 3
    edge = egg(parts.head_x, parts.cheek_y, parts.half_width + side, up, 70, 2.0, 2.3)
    phase = 9 * face.parting
    uneven = np.sin(11 * ANGLE + phase) + 0.7 * np.sin(19 * ANGLE - 2 * phase) + 0.5 * np.sin(31 * ANGLE + 3 * phase)
    wave = 0.25 + 1.5 * face.hair_wave
    return Outline(edge.radius + np.float32(wave) * uneven)


def _texture(face: Face, box: Box, across: Array, along: Array) -> Array:
    """The light and dark of single strands: ``across`` counts over the strands, ``along`` follows them, in pixels."""
    phase = 700 * face.parting
    place = np.sin(along * 0.16)
    place *= 22 * face.hair_wave
    place += 2000 + phase
    straight = strands(across + place)
    if face.hair_wave < 0.1:
        return straight
    rows, columns = box.slices
    offset = int(20 + 12 * face.parting)
    curls = CURLS[rows.start + offset : rows.stop + offset, columns.start + offset : columns.stop + offset]
    share = 0.95 * (face.hair_wave - 0.1) ** 1.3
    straight *= 1 - share
    straight += curls * share
    return straight


def _strand_contrast(face: Face) -> np.float32:
    """Strands stand out less where hair is light or curls."""
    return np.float32(0.13 * (1 - 0.35 * face.greyness) * (1 - 0.3 * face.hair_wave))


def paint_back_hair(canvas: Array, face: Face, parts: Anatomy) -> None:
    """The hair behind neck and ears, in the head's own shadow; a knot if it is tied up."""
    tone = palette.hair(face) * np.float32(0.50)
    if face.long_hair:
        end = length_y(face)
        wide = parts.half_width + 0.85 * volume(face) - 2
        box = Box(70, min(int(end) + 14, 228), int(parts.head_x - wide) - 2, int(parts.head_x + wide) + 4)
        round_off = np.float32(26) * np.clip((122 - box.y) / 62, 0, 1) ** 2
        distance = np.abs(box.x - np.float32(parts.head_x)) - wide + round_off
        blend(box.of(canvas), tone, inside(distance, 3) * (1 - smoothstep(box.y, end - 10, end + 6)))
    elif face.tied_up > 0 and face.hair_length > 0.42:
        x0, radius = parts.head_x + 7 * face.parting, 13 + 6 * face.hair_volume
        box = Box(-10, 60, 40, 139)
        dx, dy = box.x - np.float32(x0), box.y - np.float32(parts.crown_y - 6)
        distance = np.sqrt(dx * dx + dy * dy)
        light = (
            0.75
            + 0.14 * strands(distance * 12)
            + 0.3 * smoothstep(-dy + 0.5 * dx * math.copysign(1, face.light_side), -10, 18)
        )
        blend(box.of(canvas), palette.hair(face) * light, inside(distance - np.float32(radius), 2))


def paint_hair(canvas: Array, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint the hair on the head and, where it is long, the locks in front of the shoulders."""
    if face.baldness > 0:
        _paint_shaven(canvas, face, parts, outline)
        return
    hairline, edge = _hairline(face, parts), _outer_edge(face, parts)
    box = _cap(face, parts)
    view = box.of(canvas)
    radius = box.of(RADIUS)
    start, inner = hairline.reach_and_distance(box)
    stop, outer = edge.reach_and_distance(box)
    stop -= start
    np.maximum(stop, 4, out=stop)
    depth = radius - start
    depth /= stop
    depth.clip(0, 1, out=depth)
    ends = 118.0 + 9 * max(face.sideburns, 0.0) if not face.long_hair else 146.0
    falling = 1 - smoothstep(box.y, ends - 12, ends + (3 if not face.long_hair else 4))
    soft = 2.4 + 5.0 * (1 - face.hair_length) * (face.bangs <= 0)
    alpha = inside(-inner - 0.2 * soft, soft) * inside(outer, 2.2) * falling
    _cast_shadow(view, face, box.y, inner, alpha)
    # Combed hair runs out from the middle of the head; a fringe falls from the crown.
    fall = np.maximum(box.y - np.float32(parts.crown_y - 34), 8)
    follow = min(max((face.hair_length - 0.25) * 3, 0.15), 0.85) * (face.bangs <= 0)
    across = 190 * (box.x - parts.head_x) / fall if face.bangs > 0 else 0.84 * box.of(SECTOR).astype(np.float32)
    across *= 1 - follow
    across += depth * (150 * follow)
    texture = _texture(face, box, across, radius)
    contrast = _strand_contrast(face)
    lx, ly, _ = light_direction(face)
    facing = box.of(TOWARDS_X) * np.float32(lx) + box.of(TOWARDS_Y) * np.float32(ly)
    body = 0.34 * hump(depth)
    body += 0.58
    body += 0.24 * facing
    body += contrast * texture
    depth -= 0.52
    depth *= depth
    depth *= -0.5 / 0.17**2
    sheen = np.exp(depth, out=depth)
    sheen *= smoothstep(facing, 0.1, 0.95)
    texture *= 0.35
    texture += 1
    sheen *= texture
    _lay(view, face, body, sheen, alpha)
    if face.long_hair:
        _paint_locks(canvas, face, parts)


def _lay(view: Array, face: Face, body: Array, sheen: Array, alpha: Array) -> None:
    tone = palette.hair(face)
    paint = tone * body
    gleam = 0.16 * tone + colour(0.12, 0.11, 0.10)
    paint += sheen * (gleam * (0.5 + 0.8 * (1 - face.hair_wave)))
    blend(view, paint, alpha)


def _cast_shadow(view: Array, face: Face, y: Array, inner: Array, alpha: Array) -> None:
    """Darken the skin just inside the hairline."""
    shade = np.exp(np.minimum(inner, 0) * (1 / 4.5))
    shade *= smoothstep(y, 20, 60) * (1 - smoothstep(y, 118, 140)) * (-0.30 * (0.3 + 0.7 * min(face.hair_length, 1)))
    shade *= inner < 0.5
    shade *= 1 - alpha
    shade += 1
    view *= shade


def _paint_shaven(canvas: Array, face: Face, parts: Anatomy, outline: Outline) -> None:
    """A bald head: only a faint shadow of hair at the sides."""
    box = _cap(face, parts)
    distance = outline.distance(box)
    sides = (
        smoothstep(np.abs(box.of(TOWARDS_X)), 0.70, 0.97)
        * smoothstep(box.y, 62, 84)
        * (1 - smoothstep(box.y, 110, 124))
    )
    blend(box.of(canvas), palette.hair(face) * np.float32(0.8), inside(distance, 1.6) * sides * np.float32(0.30))


def _paint_locks(canvas: Array, face: Face, parts: Anatomy) -> None:
    """The locks beside the face, from the temples down to where the hair ends."""
    end, thick = length_y(face), volume(face)
    lx, _, _ = light_direction(face)
    contrast = _strand_contrast(face)
    for side in (-1, 1):
        middle = parts.head_x
        reach = min(int(parts.half_width + 0.92 * thick + 7 + 3.4 * face.hair_wave), 89)
        columns = (int(middle) - reach, int(middle) - 14) if side < 0 else (int(middle) + 15, int(middle) + reach + 2)
        box = Box(88, min(int(end) + 16, 228), *columns)
        x, y = (box.x - np.float32(middle)) * side, box.y
        sway = np.float32(0.6 + 3.4 * face.hair_wave) * np.sin(y * np.float32(0.125) + 2.5 * face.parting + side)
        drop = np.maximum(y - 118, 0)
        near = (
            parts.half_width * 0.93 - 0.055 * drop + 0.35 * sway - 2.5 * np.sin(np.clip((y - 112) / 75, 0, 1) * np.pi)
        )
        far = parts.half_width + 0.92 * thick - 1.6 + 0.10 * drop + sway - 0.0007 * drop * drop
        width = np.maximum(far - near, 3)
        depth = np.clip((x - near) / width, 0, 1)
        alpha = inside(np.maximum(near - x, x - far), 2.4)
        bottom = end - 56 * (depth - 0.4) ** 2
        alpha *= smoothstep(y, 92, 122)
        alpha *= smoothstep(bottom - y, -6, 8)
        texture = _texture(face, box, depth * np.float32(170 + 4 * thick) + np.float32(90 * side), y + 40 * side)
        body = 0.36 * hump(depth)
        body += 0.56 + 0.20 * lx * side + 0.10 * smoothstep(y, 150, 215)
        body += contrast * texture
        sheen = np.exp(-0.5 * (((y - 150 - 10 * depth) / 15) ** 2 + ((depth - 0.5) / 0.28) ** 2))
        texture *= 0.3
        texture += 0.7
        sheen *= texture
        _shade_beside(box.of(canvas), x, near, y, end)
        _lay(box.of(canvas), face, body, sheen, alpha)


def _shade_beside(view: Array, x: Array, near: Array, y: Array, end: float) -> None:
    """The locks' shadow on cheek and neck."""
    beside = x - near
    shade = np.exp(np.minimum(beside, 0) * (1 / 5))
    shade *= -0.24 * smoothstep(y, 96, 124) * (1 - smoothstep(y, end - 12, end))
    shade *= beside < 0
    shade += 1
    view *= shade
