"""Tables of smooth noise, the same for every picture: grain, curls, stubble, strands of hair."""

from __future__ import annotations

import numpy as np

from tasks.synthesis.canvas import Array


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], wavelength: tuple[float, ...]) -> Array:
    """Periodic noise of mean 0 and deviation 1 with a Gaussian spectrum of the given wavelengths in pixels."""
    spectrum = np.fft.fftn(rng.standard_normal(shape))
    for axis, (size, length) in enumerate(zip(shape, wavelength, strict=True)):
        frequency = np.fft.fftfreq(size).reshape([-1 if a == axis else 1 for a in range(len(shape))])
        spectrum = spectrum * np.exp(-0.5 * (frequency * length) ** 2)
    noise = np.fft.ifftn(spectrum).real
    result: Array = ((noise - noise.mean()) / noise.std()).astype(np.float32)
    return result


_rng = np.random.default_rng(20170410)
_ROOM = (300, 260)
GRAIN: Array = _smooth_noise(_rng, _ROOM, (1.5, 1.5))
CURLS: Array = _smooth_noise(_rng, _ROOM, (13.0, 13.0))
STUBBLE: Array = _smooth_noise(_rng, _ROOM, (4.5, 2.5))
STRANDS: Array = _smooth_noise(_rng, (4096,), (26.0,))
"""One-dimensional noise, looked up across the strands of hair."""


def strands(position: Array) -> Array:
    """The noise of hair strands at ``position``, any real numbers; a strand is some 10 units wide."""
    index = position.astype(np.intp)
    index &= len(STRANDS) - 1
    noise: Array = STRANDS.take(index)
    return noise
