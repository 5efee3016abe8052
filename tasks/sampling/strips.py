"""Decoded places between real images, each with what can be said of a single face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.interface import EncoderDecoder
from tasks.sampling.paths import Mode, between
from tasks.sampling.points import Points
from tasks.stage.errors import InputError

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Strips:
    """n strips of s places. z: (n, s, d) float32; image: (n, s, h, w, 3) uint8; the others (n, s) float64.

    mahalanobis: d_M of each place along the training points' main axes; reencoding: |E(D(z)) − z| in whitened
    coordinates over sqrt(r), 1 where the decoder's face says nothing of its point; contrast: mean squared difference
    of neighbouring pixels on the 0–255 scale.
    """

    z: npt.NDArray[np.float32]
    image: npt.NDArray[np.uint8]
    mahalanobis: Float64
    reencoding: Float64
    contrast: Float64


def gradient_energy(images: npt.NDArray[np.uint8]) -> Float64:
    """Mean squared difference of neighbouring pixels of each of ``images`` (n, h, w, 3): (n,)."""
    grey = images.astype(np.float64).mean(axis=-1)
    across = np.square(np.diff(grey, axis=2)).mean(axis=(1, 2))
    return np.asarray(across + np.square(np.diff(grey, axis=1)).mean(axis=(1, 2)))


def decode_strips(points: Points, autoencoder: EncoderDecoder, z: npt.NDArray[np.float32]) -> Strips:
    """Decode ``z`` (n, s, d) and measure every place."""
    flat = z.reshape(-1, z.shape[2])
    images = decode_images(autoencoder, flat)
    w = points.whiten(flat)
    error = np.linalg.norm(points.whiten(encode_images(autoencoder, images)) - w, axis=1) / np.sqrt(w.shape[1])
    shape = z.shape[:2]
    return Strips(
        z,
        images.reshape(*shape, *images.shape[1:]),
        np.linalg.norm(w, axis=1).reshape(shape),
        error.reshape(shape),
        gradient_energy(images).reshape(shape),
    )


def interpolate(
    points: Points,
    autoencoder: EncoderDecoder,
    first: npt.NDArray[np.float32],
    second: npt.NDArray[np.float32],
    steps: int,
    mode: Mode,
) -> Strips:
    """``steps`` places from ``first`` to ``second`` (n, d), both ends included."""
    t = np.linspace(0, 1, steps)
    return decode_strips(points, autoencoder, between(points, first, second, t, mode))


def find_names(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where the images ``wanted`` are among all ``names``; a name may leave its folder or its ending out.

    Raises ``InputError`` that names the first that is not there, or that means several.
    """
    found = []
    for one in wanted:
        rows = [row for row, name in enumerate(names) if one == name]
        rows = rows or [
            row for row, name in enumerate(names) if one in (name.rpartition("/")[2], name.rpartition(".")[0])
        ]
        if len(rows) != 1:
            wrong = "no image" if not rows else f"{len(rows)} images"
            raise InputError(f"the data set has {wrong} called {one!r}; its names look like {', '.join(names[:3])}")
        found += rows
    return found
