"""What a drawn face is made of: named factors, how they go together, and one face's values.

The factors follow a Gaussian copula with a factor-analytic correlation. Seven independent standard
normal *sources* (masculinity, age, ...) stand behind all of them. The latent value of factor i is

    l_i = sum_s a_is * source_s + sqrt(1 - sum_s a_is^2) * noise_i,

so that latent values are standard normal with correlation ``A A^T`` off the diagonal, and a *marginal*
turns each of them monotonically into the factor's value. Traits that are there or not are thresholds
of such a value (the liability model of quantitative genetics).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Marginal = Callable[[float], float]

SOURCES = ("masculinity", "age", "pigment", "smile", "light", "adornment", "weight")


@dataclass(frozen=True)
class Factor:
    """One factor: what it means, its loadings on the sources, and its marginal."""

    name: str
    meaning: str
    marginal: Marginal
    loadings: dict[str, float]


def normal(mean: float, deviation: float) -> Marginal:
    """A normal marginal, cut at 2.4 deviations."""
    return lambda latent: mean + deviation * min(max(latent, -2.4), 2.4)


def uniform(low: float, high: float, power: float = 1.0) -> Marginal:
    """Values between ``low`` and ``high``; a ``power`` above 1 makes low ones more frequent."""
    return lambda latent: low + (high - low) * (0.5 * math.erfc(-latent / math.sqrt(2))) ** power


def excess(share: float) -> Marginal:
    """Zero or below for all but ``share`` of the faces, and rising towards 1 within these."""
    threshold = NormalDist().inv_cdf(1 - share)
    return lambda latent: math.tanh(1.4 * (latent - threshold))


def two_sided(steepness: float) -> Marginal:
    """Between -1 and 1, with few values in the middle where ``steepness`` is large."""
    return lambda latent: math.tanh(steepness * latent)


def _factor(name: str, meaning: str, marginal: Marginal, **loadings: float) -> Factor:
    return Factor(name, meaning, marginal, loadings)


FACTORS: tuple[Factor, ...] = (
    _factor("masculinity", "-1 feminine to 1 masculine", two_sided(2.2), masculinity=1.0),
    _factor("age", "years", uniform(18, 80, 1.5), age=1.0),
    _factor("skin_tone", "0 pale to 1 dark", uniform(0, 1, 1.5), pigment=1.0),
    _factor("skin_warmth", "-1 rosy to 1 golden", normal(0, 0.4), pigment=0.2),
    _factor("weight", "-1 thin to 1 chubby", normal(0, 0.42), weight=0.9, age=0.2),
    _factor("head_width", "relative width of the face", normal(1, 0.035), masculinity=0.4, weight=0.5),
    _factor("jaw", "exponent of the jaw's superellipse: 2 round, more square", normal(2.06, 0.12), masculinity=0.75),
    _factor("chin", "length of the lower face relative to the mean", normal(1, 0.035), masculinity=0.4, weight=-0.2),
    _factor("forehead", "height of the hairline in pixels above the mean", normal(0, 2.2), age=0.3, masculinity=0.2),
    _factor("position_x", "shift to the right in pixels", normal(0, 0.8)),
    _factor("position_y", "shift downwards in pixels", normal(0, 0.8)),
    _factor("scale", "size of the picture's content", normal(1.01, 0.012)),
    _factor("tilt", "turn clockwise in degrees", normal(0, 1.1), masculinity=-0.1),
    _factor("yaw", "-1 turned to the left to 1 to the right of the picture", normal(0, 0.42)),
    _factor("pitch", "-1 chin up to 1 chin down", normal(0, 0.35), adornment=0.1),
    _factor("hair_length", "0 cropped, 0.5 to the chin, 1 to the chest", uniform(0, 1), masculinity=-0.88, age=-0.12),
    _factor("hair_volume", "thickness of the hair", normal(1, 0.2), age=-0.4, masculinity=-0.2, pigment=0.2),
    _factor("hair_wave", "0 straight to 1 curly", uniform(0, 1, 1.4), pigment=0.4, masculinity=-0.1),
    _factor("hair_darkness", "0 platinum to 1 black", uniform(0, 1, 0.72), pigment=0.72, masculinity=0.15),
    _factor("hair_redness", "share of red in the hair", uniform(0, 1, 4.0), pigment=-0.3),
    _factor("greyness", "0 none to 1 white hair", uniform(0, 1, 3.6), age=0.9),
    _factor(
        "recession", "how far the hairline has gone back at the temples", uniform(0, 1, 2), age=0.5, masculinity=0.6
    ),
    _factor("baldness", "above 0: no hair on the scalp", excess(0.03), age=0.45, masculinity=0.65),
    _factor("parting", "-1 parted at the left to 1 at the right", two_sided(1.1)),
    _factor("bangs", "above 0: hair over the forehead", excess(0.22), age=-0.4, masculinity=-0.4),
    _factor("tied_up", "above 0: long hair is worn up", excess(0.16), adornment=0.4, masculinity=-0.3),
    _factor("brow_thickness", "relative thickness", normal(1, 0.2), masculinity=0.65, pigment=0.3),
    _factor("brow_arch", "height of the arch in pixels", normal(2.6, 0.9), masculinity=-0.6, adornment=0.3),
    _factor("brow_height", "height above the eye in pixels", normal(13.2, 1.0), masculinity=-0.4, smile=0.2),
    _factor("brow_darkness", "0 fair to 1 black", uniform(0.15, 1, 0.8), pigment=0.7, masculinity=0.15),
    _factor("eye_size", "relative size", normal(1, 0.05), masculinity=-0.5),
    _factor("eye_openness", "relative opening of the lids", normal(1, 0.11), smile=-0.4, age=-0.35, masculinity=-0.2),
    _factor("eye_spacing", "half the distance of the pupils in pixels", normal(20, 0.7), weight=0.2),
    _factor("eye_slant", "rise of the outer corner", normal(0.07, 0.05), age=-0.4, masculinity=-0.2),
    _factor("eye_darkness", "0 light blue, 0.5 hazel, 1 dark brown", uniform(0, 1, 0.7), pigment=0.75),
    _factor("gaze_x", "pupils to the right in pixels", normal(0, 1.0)),
    _factor("gaze_y", "pupils downwards in pixels", normal(0, 0.35)),
    _factor("nose_width", "relative width", normal(1, 0.11), pigment=0.45, masculinity=0.4, weight=0.2),
    _factor("nose_length", "tip below the mean in pixels", normal(0, 1.4), masculinity=0.35, age=0.3),
    _factor("mouth_width", "half the width at rest in pixels", normal(16.4, 1.0), smile=0.5, masculinity=0.3),
    _factor("smile", "-0.3 sullen to 1 broad", uniform(-0.25, 1, 0.9), smile=0.92, masculinity=-0.2),
    _factor("mouth_open", "above 0: opening of the mouth", excess(0.48), smile=0.75),
    _factor("lip_fullness", "relative thickness of the lips", normal(1, 0.17), pigment=0.4, masculinity=-0.4, age=-0.3),
    _factor("makeup", "0 none to 1 heavy", uniform(0, 1, 1.3), masculinity=-0.8, adornment=0.5),
    _factor("lip_hue", "-1 brownish to 1 cherry lipstick", two_sided(1.0), adornment=0.3),
    _factor("blush", "redness of the cheeks", uniform(0, 1, 1.5), masculinity=-0.5, smile=0.3, adornment=0.4),
    _factor("beard", "above 0: hair on cheeks and chin, from stubble to full", excess(0.24), masculinity=0.78),
    _factor("mustache", "above 0: hair over the lip", excess(0.17), masculinity=0.72, age=0.2),
    _factor("goatee", "above 0: hair on the chin alone", excess(0.08), masculinity=0.7),
    _factor("sideburns", "above 0: hair before the ears", excess(0.2), masculinity=0.7, age=0.1),
    _factor("glasses", "above 0: wears glasses", excess(0.13), age=0.4, masculinity=0.2),
    _factor("glasses_shape", "0 round to 1 angular frames", uniform(0, 1), masculinity=0.4),
    _factor("lines", "depth of the lines of age", uniform(0, 1, 1.8), age=0.88),
    _factor("eye_bags", "depth of the shadows under the eyes", uniform(0, 1, 1.5), age=0.6, masculinity=0.2),
    _factor("light_side", "-1 from the left to 1 from the right", normal(0, 0.42)),
    _factor("light_height", "0 level to 1 from above", normal(0.5, 0.16), light=0.3),
    _factor("light_contrast", "0 diffuse to 1 hard", normal(0.5, 0.17), light=-0.5),
    _factor("light_warmth", "-1 cold to 1 warm", normal(0, 0.42), light=-0.3),
    _factor("exposure", "brightness of the whole picture", normal(1, 0.06), light=0.6),
    _factor("ground_lightness", "0 black to 1 white background", uniform(0.08, 0.88), light=0.75),
    _factor("ground_hue", "hue of the background, 0 to 1", uniform(0, 1)),
    _factor("ground_colour", "saturation of the background", uniform(0.02, 0.42, 1.4), light=-0.2),
    _factor("ground_slope", "change of the background from left to right", normal(0, 0.12), light=0.1),
    _factor("ground_glow", "brightness of the soft lights behind", normal(0.1, 0.13), light=-0.3),
    _factor("clothes_hue", "hue of the clothes, 0 to 1", uniform(0, 1)),
    _factor("clothes_lightness", "0 black to 1 white", uniform(0.08, 0.9, 1.2), masculinity=-0.3, light=0.2),
    _factor("formality", "above 0: suit and shirt", excess(0.24), masculinity=0.6, age=0.25),
    _factor("neckline", "0 high to 1 deep", uniform(0, 1), masculinity=-0.6, adornment=0.3),
    _factor("necktie", "above 0: wears one with the suit", excess(0.5), masculinity=0.5, age=0.2),
    _factor("necklace", "above 0: wears one", excess(0.15), masculinity=-0.5, adornment=0.6),
    _factor("earrings", "above 0: wears them", excess(0.25), masculinity=-0.6, adornment=0.6),
    _factor("hat", "above 0: wears one", excess(0.05), adornment=0.2),
)


@dataclass(frozen=True)
class Face:
    """One face's factor values, as :data:`FACTORS` explains them, after the rules of :func:`consistent`."""

    masculinity: float
    age: float
    skin_tone: float
    skin_warmth: float
    weight: float
    head_width: float
    jaw: float
    chin: float
    forehead: float
    position_x: float
    position_y: float
    scale: float
    tilt: float
    yaw: float
    pitch: float
    hair_length: float
    hair_volume: float
    hair_wave: float
    hair_darkness: float
    hair_redness: float
    greyness: float
    recession: float
    baldness: float
    parting: float
    bangs: float
    tied_up: float
    brow_thickness: float
    brow_arch: float
    brow_height: float
    brow_darkness: float
    eye_size: float
    eye_openness: float
    eye_spacing: float
    eye_slant: float
    eye_darkness: float
    gaze_x: float
    gaze_y: float
    nose_width: float
    nose_length: float
    mouth_width: float
    smile: float
    mouth_open: float
    lip_fullness: float
    makeup: float
    lip_hue: float
    blush: float
    beard: float
    mustache: float
    goatee: float
    sideburns: float
    glasses: float
    glasses_shape: float
    lines: float
    eye_bags: float
    light_side: float
    light_height: float
    light_contrast: float
    light_warmth: float
    exposure: float
    ground_lightness: float
    ground_hue: float
    ground_colour: float
    ground_slope: float
    ground_glow: float
    clothes_hue: float
    clothes_lightness: float
    formality: float
    neckline: float
    necktie: float
    necklace: float
    earrings: float
    hat: float

    def __hash__(self) -> int:
        """A few values tell faces apart; hashing all of them would take longer than what is kept by them."""
        return hash((self.masculinity, self.age, self.parting))

    @property
    def male(self) -> bool:
        """Whether the face is drawn as a man's."""
        return self.masculinity > 0

    @property
    def long_hair(self) -> bool:
        """Whether hair falls beside the cheeks."""
        return self.hair_length > 0.42 and self.tied_up <= 0 and self.baldness <= 0


def loadings() -> npt.NDArray[np.float64]:
    """The loadings A of every factor on every source: (factors, sources)."""
    return np.array([[factor.loadings.get(source, 0.0) for source in SOURCES] for factor in FACTORS])


def correlation() -> npt.NDArray[np.float64]:
    """The correlation of the factors' latent values: (factors, factors)."""
    a = loadings()
    result = a @ a.T
    np.fill_diagonal(result, 1.0)
    return result


_LOADINGS = loadings()
_OWN = np.sqrt(np.maximum(1 - (_LOADINGS**2).sum(axis=1), 0.0))


def latent_values(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """One face's standard normal latent values: (factors,)."""
    sources = rng.standard_normal(len(SOURCES))
    own: npt.NDArray[np.float64] = rng.standard_normal(len(FACTORS))
    latent: npt.NDArray[np.float64] = (_LOADINGS * sources).sum(axis=1) + _OWN * own
    return latent


def consistent(values: dict[str, float]) -> dict[str, float]:
    """Apply the few rules that no correlation can express: who may have a beard, a tie, earrings..."""
    result = dict(values)
    if values["masculinity"] <= 0:
        for name in ("beard", "mustache", "goatee", "sideburns", "necktie", "baldness"):
            result[name] = min(values[name], 0.0)
        result["recession"] = 0.3 * values["recession"]
    else:
        result["makeup"] = 0.25 * values["makeup"]
        for name in ("earrings", "necklace"):
            result[name] = min(values[name], 0.0)
    if result["beard"] > 0:
        result["mustache"] = max(result["mustache"], result["beard"])
    if values["formality"] <= 0:
        result["necktie"] = min(result["necktie"], 0.0)
    else:
        result["necklace"] = min(result["necklace"], 0.0)
    if values["hat"] > 0 or result["baldness"] > 0:
        result["bangs"] = min(values["bangs"], 0.0)
    return result


def draw_face(seed: int, index: int) -> Face:
    """The face number ``index`` of the set ``seed``, whatever else is drawn."""
    latent = latent_values(np.random.default_rng((seed, index)))
    values = {factor.name: factor.marginal(float(value)) for factor, value in zip(FACTORS, latent, strict=True)}
    return Face(**consistent(values))


if {field.name for field in fields(Face)} != {factor.name for factor in FACTORS}:
    raise AssertionError("Face and FACTORS name different factors")
