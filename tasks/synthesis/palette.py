"""The colours that a face's factors stand for.

Those that several parts share are kept while one face is drawn: they are not to be changed in place.
"""

from __future__ import annotations

import colorsys
from functools import lru_cache

import numpy as np

from tasks.synthesis.canvas import Array
from tasks.synthesis.factors import Face

_SKIN = np.array(
    [(0.97, 0.83, 0.76), (0.94, 0.76, 0.65), (0.87, 0.66, 0.52), (0.73, 0.51, 0.38), (0.47, 0.31, 0.23)], np.float32
)
_HAIR = np.array(
    [(0.93, 0.83, 0.63), (0.83, 0.66, 0.42), (0.60, 0.42, 0.26), (0.37, 0.24, 0.15), (0.13, 0.10, 0.09)], np.float32
)
_IRIS = np.array(
    [(0.50, 0.66, 0.78), (0.42, 0.56, 0.58), (0.48, 0.47, 0.30), (0.42, 0.27, 0.14), (0.22, 0.13, 0.08)], np.float32
)


def colour(red: float, green: float, blue: float) -> Array:
    """An sRGB colour (0 to 1) as (3,)."""
    return np.array([red, green, blue], np.float32)


def mix(first: Array, second: Array, share: float) -> Array:
    """``first`` with ``share`` of ``second``."""
    return first + np.float32(share) * (second - first)


def _along(scale: Array, position: float) -> Array:
    """The colour at ``position`` (0 to 1) of a scale of equally spaced colours."""
    place = min(max(position, 0.0), 1.0) * (len(scale) - 1)
    step = min(int(place), len(scale) - 2)
    return mix(scale[step], scale[step + 1], place - step)


def hsl(hue: float, saturation: float, lightness: float) -> Array:
    """The colour of a hue, saturation and lightness, each 0 to 1."""
    return colour(*colorsys.hls_to_rgb(hue % 1.0, lightness, saturation))


@lru_cache(maxsize=64)
def skin(face: Face) -> Array:
    """The skin in even light."""
    shift = np.float32(face.skin_warmth) * colour(0.005, 0.012, -0.035)
    return _along(_SKIN, face.skin_tone) + shift


def pigmented(darkness: float, redness: float, greyness: float) -> Array:
    """Hair of a darkness (0 platinum to 1 black), with some red or grey in it."""
    natural = _along(_HAIR, darkness)
    red = mix(natural, colour(0.58, 0.25, 0.11), 0.75 * redness * (1 - 0.8 * max(darkness - 0.6, 0) / 0.4))
    return mix(red, colour(0.80, 0.79, 0.78), 0.92 * greyness)


@lru_cache(maxsize=64)
def hair(face: Face) -> Array:
    """The hair on the head."""
    return pigmented(face.hair_darkness, face.hair_redness, face.greyness)


@lru_cache(maxsize=64)
def brows(face: Face) -> Array:
    """The eyebrows: they follow the hair's grey by half."""
    return pigmented(max(face.brow_darkness, 0.45), 0.4 * face.hair_redness, 0.4 * face.greyness)


def beard(face: Face) -> Array:
    """The beard: a little darker than the hair."""
    return pigmented(min(face.hair_darkness + 0.12, 1), face.hair_redness, 0.9 * face.greyness)


def iris(face: Face) -> Array:
    """The iris in its middle zone."""
    return _along(_IRIS, face.eye_darkness)


def lips(face: Face) -> Array:
    """The lips: a redder skin, or lipstick as the make-up grows."""
    bare = mix(skin(face) * colour(0.90, 0.68, 0.68), colour(0.70, 0.33, 0.33), 0.25)
    painted = mix(colour(0.72, 0.34, 0.33), colour(0.74, 0.10, 0.18), 0.5 + 0.5 * face.lip_hue)
    return mix(bare, painted, 0.85 * lipstick(face))


def lipstick(face: Face) -> float:
    """How strongly the lips are painted, 0 to 1."""
    return min(max((face.makeup - 0.35) / 0.4, 0.0), 1.0)


@lru_cache(maxsize=64)
def light(face: Face) -> Array:
    """The colour of the light."""
    return colour(1, 1, 1) + np.float32(face.light_warmth) * colour(0.045, 0.005, -0.07)
