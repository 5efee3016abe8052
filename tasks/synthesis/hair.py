"""Hair: a cap between the hairline and its outer edge, and locks that fall beside the face."""

from __future__ import annotations

import math

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy, egg
from tasks.synthesis.canvas import ANGLE, HEIGHT, POLE_Y, WIDTH, Array, Box, Canvas, Layers, Patch
from tasks.synthesis.cells import Cells
from tasks.synthesis.factors import Face
from tasks.synthesis.head import light_direction
from tasks.synthesis.masks import bell, bell2, between, fade, hump, inside, smoothstep
from tasks.synthesis.noise import CURLS, strands
from tasks.synthesis.outline import Outline
from tasks.synthesis.palette import colour

LOCKS_Y = 92.0
"""Where the locks beside the face begin."""
_SHINE = colour(0.12, 0.11, 0.10)
_TURN = np.linspace(-np.pi / 2, np.pi / 2, 91, dtype=np.float32)


def volume(face: Face) -> float:
    """How far the hair stands off the head, in pixels."""
    return (5.5 + 12 * min(face.hair_length, 0.8) + 6 * face.hair_wave * face.hair_length) * face.hair_volume


def length_y(face: Face) -> float:
    """Where falling hair ends."""
    return 128.0 + 128 * (face.hair_length - 0.3)


def _hairline(face: Face, parts: Anatomy, turn_by: float) -> Outline:
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
    left, right = parts.head_x - half - 1, parts.head_x + half + 1
    return Outline.through(np.concatenate([[left], x, [right]]), np.concatenate([[160], y, [160]]), turn_by)


def _outer_edge(face: Face, parts: Anatomy, turn: float) -> Outline:
    """The outside of the hair on the head; the curls make it uneven."""
    thick = volume(face)
    side = thick * (0.62 if face.hair_length < 0.42 or face.tied_up > 0 else 0.95) - 1.0
    up = parts.cheek_y - parts.crown_y + 0.85 * thick - 3
    edge = egg(parts.head_x, parts.cheek_y, parts.half_width + side, up, 70, 2.0, 2.3, turn)
    phase = 9 * face.parting
    uneven = np.sin(11 * ANGLE + phase) + 0.7 * np.sin(19 * ANGLE - 2 * phase) + 0.5 * np.sin(31 * ANGLE + 3 * phase)
    wave = 0.25 + 1.5 * face.hair_wave
    return Outline(edge.radius + np.float32(wave) * uneven)


def _texture(face: Face, curls: Array, across: Array, wave: Array | float) -> Array:
    """The light and dark of single strands, with ``curls`` among them.

    ``across`` counts over the strands, and is changed; ``wave`` bends them.
    """
    across += 2000 + 700 * face.parting
    across += wave
    straight = strands(across)
    if face.hair_wave < 0.1:
        return straight
    share = 0.95 * (face.hair_wave - 0.1) ** 1.3
    straight *= 1 - share
    straight += curls * share
    return straight


def _strand_contrast(face: Face) -> float:
    """Strands stand out less where hair is light or curls."""
    return 0.13 * (1 - 0.35 * face.greyness) * (1 - 0.3 * face.hair_wave)


def paint_back_hair(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """The hair behind neck and ears, in the head's own shadow; a knot if it is tied up."""
    if face.long_hair:
        end = length_y(face)
        wide = parts.half_width + 0.85 * volume(face) - 2
        patch = canvas.patch(Box(70, end + 6, parts.head_x - wide - 5, parts.head_x + wide + 5))
        round_off = 26 * np.clip((122 - patch.y) / 62, 0, 1) ** 2 - wide
        leaning = parts.head_x - canvas.turn * (patch.y - POLE_Y)
        alpha = inside(np.abs(patch.x - leaning) + round_off, 3)
        alpha *= 1 - smoothstep(patch.y, end - 10, end + 6)
        patch.lay(alpha, (palette.hair(face), 0.5))
        patch.finish()
    elif face.tied_up > 0 and face.hair_length > 0.42:
        radius = 13 + 6 * face.hair_volume
        x0, y0 = canvas.turned((parts.head_x + 7 * face.parting, parts.crown_y - 6))
        patch = canvas.patch(Box(y0 - radius - 1, y0 + 22, x0 - radius - 1, x0 + radius + 1))
        dx, dy = patch.x - x0, patch.y - y0
        distance = np.sqrt(dx * dx + dy * dy)
        light = 0.3 * smoothstep(0.5 * dx * math.copysign(1, face.light_side) - dy, -10, 18)
        light += 0.75 + 0.14 * strands(distance * 12)
        patch.lay(inside(distance - radius, 2), (palette.hair(face), light))
        patch.finish()


def paint_hair(canvas: Canvas, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint the hair on the head and, where it is long, the locks in front of the shoulders."""
    if face.baldness > 0:
        _paint_shaven(canvas, face, parts, outline)
        return
    edge = _outer_edge(face, parts, canvas.turn)
    patch = canvas.patch(edge.box._replace(bottom=151 if face.long_hair else 131))
    start, inner = _hairline(face, parts, canvas.turn).reach_and_distance(patch)
    stop, outer = edge.reach_and_distance(patch)
    ends = 118.0 + 9 * max(face.sideburns, 0.0) if not face.long_hair else 146.0
    soft = 2.4 + 5.0 * (1 - face.hair_length) * (face.bangs <= 0)
    _cast_shadow(patch, face, inner)
    inner *= -1
    inner -= 0.2 * soft
    alpha = inside(inner, soft)
    alpha *= inside(outer, 2.2)
    alpha *= 1 - smoothstep(patch.y, ends - 12, ends + (3 if not face.long_hair else 4))
    stop -= start
    stop.clip(4, HEIGHT, out=stop)
    depth = np.subtract(patch.radius, start, out=start)
    depth /= stop
    depth.clip(0, 1, out=depth)
    texture = _combed(face, parts, patch, depth)
    lx, ly, _ = light_direction(face)
    # What depends on the direction from the pole alone is looked up.
    facing = lx * np.sin(ANGLE) - ly * np.cos(ANGLE)
    body = hump(depth)
    body *= 0.34
    body += (0.58 + 0.24 * facing).take(patch.sector)
    body += texture * _strand_contrast(face)
    depth -= 0.52
    sheen = bell(depth, 0.17)
    sheen *= smoothstep(facing, 0.1, 0.95).take(patch.sector)
    texture *= 0.35
    texture += 1
    sheen *= texture
    _lay(patch, face, body, sheen, alpha)
    patch.finish()
    if face.long_hair:
        _paint_locks(canvas, face, parts)


def _combed(face: Face, parts: Anatomy, patch: Patch, depth: Array) -> Array:
    """The strands on the head: combed hair runs out from its middle; a fringe falls from the crown."""
    if face.bangs > 0:
        across = 190 * (patch.x - parts.head_x) / np.maximum(patch.y - (parts.crown_y - 34), 8)
    else:
        follow = min(max((face.hair_length - 0.25) * 3, 0.15), 0.85)
        across = depth * (150 * follow)
        across += patch.polar.direction * (0.84 * (1 - follow))
    rows, columns = patch.part
    offset = int(20 + 12 * face.parting)
    curls = CURLS[rows.start + offset : rows.stop + offset, columns.start + offset : columns.stop + offset]
    return _texture(face, curls, across, patch.polar.ripple * (22 * face.hair_wave))


def _lay(layers: Layers, face: Face, body: Array, sheen: Array, alpha: Array) -> None:
    tone = palette.hair(face)
    gleam = (0.16 * tone + _SHINE) * np.float32(0.5 + 0.8 * (1 - face.hair_wave))
    layers.lay(alpha, (tone, body), (gleam, sheen))


def _cast_shadow(patch: Patch, face: Face, inner: Array) -> None:
    """Darken the skin just inside the hairline."""
    strength = smoothstep(patch.y, 20, 60) * (1 - smoothstep(patch.y, 118, 140))
    shade = fade(inner, 4.5)
    shade *= strength * (0.30 * (0.3 + 0.7 * min(face.hair_length, 1)))
    shade *= inner < 0.5
    patch.lay(shade)


def _paint_shaven(canvas: Canvas, face: Face, parts: Anatomy, outline: Outline) -> None:
    """A bald head: only a faint shadow of hair at the sides."""
    patch = canvas.patch(outline.box._replace(top=62, bottom=124))
    y = patch.y
    sides = smoothstep(np.abs(patch.polar.towards_x), 0.70, 0.97)
    sides *= 0.30 * smoothstep(y, 62, 84) * (1 - smoothstep(y, 110, 124))
    sides *= inside(outline.distance(patch), 1.6)
    patch.lay(sides, (palette.hair(face), 0.8))
    patch.finish()


def _paint_locks(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """The locks beside the face, from the temples down to where the hair ends; x runs outwards."""
    end, thick, half = length_y(face), volume(face), parts.half_width
    sway_by, curly = 0.6 + 3.4 * face.hair_wave, 22 * face.hair_wave
    # The shadow on the cheek begins 20 pixels from the locks; these sway, spread, and lean as the head is turned.
    low = max(end - 118, 0)
    leans = abs(canvas.turn) * (end + 6 - POLE_Y)
    farthest = half + 0.92 * thick + sway_by + max(0.10 * low - 0.0007 * low * low, 0) + 1 + leans
    nearest = 0.93 * half - 0.055 * low - 22 - leans
    rows = canvas.row(end + 6) + 1 - canvas.row(LOCKS_Y)
    reach = -math.floor(canvas.scale * nearest), math.ceil(canvas.scale * farthest) + 1
    cells = Cells([canvas], [(parts.head_x, LOCKS_Y)] * 2, (0, rows, *reach))
    side, x, y = cells.side, cells.x, cells.y + LOCKS_Y
    sway, drop = sway_by * np.sin(y * 0.125 + (2.5 * face.parting + side)), (y - 118).clip(0, HEIGHT)
    lean = (canvas.turn * side) * (y - POLE_Y)
    near = half * 0.93 - 0.055 * drop + 0.35 * sway - 2.5 * np.sin(((y - 112) / 75).clip(0, 1) * np.pi) - lean
    far = half + 0.92 * thick - 1.6 + 0.10 * drop + sway - 0.0007 * drop * drop - lean
    beside = x - near
    shade = fade(beside, 5)
    shade *= 0.24 * smoothstep(y, 96, 124) * (1 - smoothstep(y, end - 12, end))
    shade *= beside < 0
    cells.lay(shade)
    alpha = between(x, near, far, 2.4)
    depth = np.divide(beside, (far - near).clip(3, WIDTH), out=beside)
    depth.clip(0, 1, out=depth)
    bottom = depth - 0.4
    bottom *= bottom
    bottom *= -56
    bottom += end - y
    alpha *= smoothstep(bottom, -6, 8)
    alpha *= smoothstep(y, LOCKS_Y, 122)
    wave = curly * np.sin(0.16 * (y + 40 * side)) + 90 * side
    row, columns = canvas.row(LOCKS_Y), cells.x.shape[2]
    curls = np.stack([CURLS[row : row + rows, start : start + columns] for start in (0, columns + 8)])
    texture = _texture(face, curls, depth * (170 + 4 * thick), wave)
    body = hump(depth)
    body *= 0.36
    body += 0.56 + 0.20 * light_direction(face)[0] * side + 0.10 * smoothstep(y, 150, 215)
    body += texture * _strand_contrast(face)
    sheen = bell2(depth - 0.5, y - 155, 0.28, 15)
    texture *= 0.3
    texture += 0.7
    sheen *= texture
    _lay(cells, face, body, sheen, alpha)
    cells.finish()
