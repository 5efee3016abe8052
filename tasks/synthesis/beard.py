"""Hair on the face: stubble, beard, moustache, goatee, sideburns."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import Array, Canvas, Patch
from tasks.synthesis.factors import Face
from tasks.synthesis.masks import inside, smoothstep
from tasks.synthesis.noise import STUBBLE
from tasks.synthesis.outline import Outline


def paint_beard(canvas: Canvas, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint what grows on cheeks and chin, over the lip, and before the ears, around the lips."""
    if max(face.beard, face.mustache, face.goatee, face.sideburns) <= 0:
        return
    bottom = outline.box.bottom if max(face.beard, face.goatee) > 0 else parts.mouth[1] + 7
    patch = canvas.patch(outline.box._replace(top=103 if face.sideburns > 0 else 112, bottom=bottom))
    mouth = canvas.turned(parts.mouth)
    y, from_middle = patch.y, patch.x - canvas.turned((parts.head_x, 150.0))[0]
    away = np.abs(from_middle)
    cover = _on_cheeks_and_chin(face, canvas.turned((parts.mouth[0], parts.chin_y - 9)), mouth[1], patch, away)
    if face.mustache > 0:
        cover = np.maximum(cover, _over_the_lip(face, parts.mouth_half_width + 2, mouth, canvas.turn, patch))
    if face.sideburns > 0:
        strip = smoothstep(away, parts.half_width - 9, parts.half_width - 4) * (0.55 + 0.3 * face.sideburns)
        cover = np.maximum(cover, strip * (smoothstep(y, 104, 112) * (1 - smoothstep(y, 132, 142))))
    x, y = patch.x - mouth[0], y - (mouth[1] + 1.5)
    across, down = x / (parts.mouth_half_width + 1), y / (6.2 * face.lip_fullness + 1.2)
    cover = cover * smoothstep(np.sqrt(across * across + down * down), 0.72, 1.05)
    grain = STUBBLE[patch.part] * 0.07
    grain += 1
    alpha = grain * 0.4
    alpha += 0.6
    alpha *= cover
    np.minimum(alpha, 0.94, out=alpha)
    alpha *= inside(outline.distance(patch) - 0.5, 2.0)
    grain *= 0.82 + (0.82 * 0.25 * face.light_side / 40) * from_middle
    patch.lay(alpha, (palette.beard(face), grain))
    patch.finish()


def _on_cheeks_and_chin(face: Face, chin: tuple[float, float], mouth_y: float, patch: Patch, away: Array) -> Array:
    """A beard up to a line from the ears to the lip, or a goatee."""
    if face.beard > 0:
        line = mouth_y - 6 - 27 * smoothstep(away, 14, 42)
        soft = 13 - 5 * face.beard
        return smoothstep(patch.y - line, -0.6 * soft, soft) * _opacity(face.beard)
    if face.goatee > 0:
        x, y = patch.x - chin[0], patch.y - chin[1]
        round_chin = np.sqrt(x * x + y * y) / 15
        return (1 - smoothstep(round_chin, 0.7, 1.12)) * (0.5 + 0.4 * face.goatee)
    return np.zeros((1, 1), np.float32)


def _over_the_lip(face: Face, half: float, mouth: tuple[float, float], turn: float, patch: Patch) -> Array:
    """A moustache that hangs a little at its ends."""
    x, y = patch.x - mouth[0], patch.y - mouth[1]
    curve = turn * x - 7.6 - 0.8 * face.lip_fullness + 6.0 * (x / half) ** 2
    band = inside(np.abs(y - curve) - (2.4 + 1.2 * face.mustache), 3.5)
    band *= (1 - smoothstep(np.abs(x), half - 2, half + 4)) * _opacity(face.mustache)
    return band


def _opacity(amount: float) -> float:
    """From stubble to a full beard."""
    return 0.15 + 0.85 * amount
