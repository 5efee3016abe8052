"""What CelebA's annotators would say of a drawn face, read off the factors that drew it."""

from __future__ import annotations

from collections.abc import Callable

from tasks.synthesis import palette
from tasks.synthesis.anatomy import anatomy
from tasks.synthesis.eyes import lid_opening
from tasks.synthesis.factors import Face
from tasks.synthesis.mouth import opening

FAIR, DARK = 0.42, 0.84
"""Hair darkness below which hair counts as blond, and above which as black."""

STUBBLE_END = 0.3
"""Beards below this amount are stubble."""


def _hair_seen(face: Face) -> bool:
    return face.baldness <= 0


def _of_colour(face: Face, low: float, high: float) -> bool:
    return _hair_seen(face) and face.greyness < 0.5 and low <= face.hair_darkness < high


def _oval(face: Face) -> bool:
    parts = anatomy(face)
    return (parts.chin_y - parts.crown_y) / (2 * parts.half_width) > 1.68 and parts.jaw < 2.1


ATTRIBUTES: dict[str, Callable[[Face], bool]] = {
    "5_o_Clock_Shadow": lambda face: 0 < face.beard < STUBBLE_END,
    "Arched_Eyebrows": lambda face: face.brow_arch > 3.3,
    "Bags_Under_Eyes": lambda face: face.eye_bags > 0.55,
    "Bald": lambda face: face.baldness > 0 and face.hat <= 0,
    "Bangs": lambda face: face.bangs > 0,
    "Big_Lips": lambda face: face.lip_fullness > 1.14,
    "Big_Nose": lambda face: face.nose_width > 1.1,
    "Black_Hair": lambda face: _of_colour(face, DARK, 2),
    "Blond_Hair": lambda face: _of_colour(face, -1, FAIR) and face.hair_redness < 0.5,
    "Brown_Hair": lambda face: _of_colour(face, FAIR, DARK),
    "Bushy_Eyebrows": lambda face: face.brow_thickness > 1.2,
    "Chubby": lambda face: face.weight > 0.5,
    "Eyeglasses": lambda face: face.glasses > 0,
    "Goatee": lambda face: face.goatee > 0 and face.beard <= 0,
    "Gray_Hair": lambda face: _hair_seen(face) and face.greyness >= 0.5,
    "Heavy_Makeup": lambda face: face.makeup > 0.6,
    "Male": lambda face: face.male,
    "Mouth_Slightly_Open": lambda face: opening(face) > 0.4,
    "Mustache": lambda face: face.mustache > STUBBLE_END,
    "Narrow_Eyes": lambda face: lid_opening(face) < 0.82,
    "No_Beard": lambda face: max(face.beard, face.mustache, face.goatee) <= 0,
    "Oval_Face": _oval,
    "Pale_Skin": lambda face: face.skin_tone < 0.06,
    "Receding_Hairline": lambda face: face.recession > 0.5 and face.bangs <= 0 and face.baldness <= 0 and face.hat <= 0,
    "Rosy_Cheeks": lambda face: face.blush > 0.65 and face.skin_tone < 0.6,
    "Sideburns": lambda face: face.sideburns > 0,
    "Smiling": lambda face: face.smile > 0.4,
    "Straight_Hair": lambda face: _hair_seen(face) and face.hair_wave < 0.25,
    "Wavy_Hair": lambda face: _hair_seen(face) and face.hair_wave > 0.5,
    "Wearing_Earrings": lambda face: face.earrings > 0,
    "Wearing_Hat": lambda face: face.hat > 0,
    "Wearing_Lipstick": lambda face: palette.lipstick(face) > 0.3,
    "Wearing_Necklace": lambda face: face.necklace > 0,
    "Wearing_Necktie": lambda face: face.necktie > 0,
    "Young": lambda face: face.age < 42,
}
"""Those of CelebA's forty names that the factors decide, in CelebA's order."""


def attributes(face: Face) -> tuple[int, ...]:
    """1 or -1 for every name of :data:`ATTRIBUTES`."""
    return tuple(1 if true(face) else -1 for true in ATTRIBUTES.values())
