"""Few images at a time, and still the bits that the pipeline's batches give."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.autoencoder.codec import BATCH, decode_images, encode_images
from tasks.autoencoder.interface import EncoderDecoder

FEWEST = 32
"""Rows that a batch is filled up to: for few rows matrix products take another path, which rounds otherwise; for up to
three rows with AVX2, for up to fifteen with AVX-512."""


def decode_few(autoencoder: EncoderDecoder, z: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Images (n, S, S, 3) uint8 of ``z`` (n, d), the same to the last bit for one point as for many."""
    return decode_images(autoencoder, _filled(z))[: len(z)]


def encode_few(autoencoder: EncoderDecoder, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """z (n, d) float32 of ``images`` (n, S, S, 3) uint8, in batches that are never smaller than ``FEWEST``."""
    return encode_images(autoencoder, _filled(images))[: len(images)]


def _filled(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``rows`` with the first one repeated until the last batch has ``FEWEST`` of them."""
    short = FEWEST - len(rows) % BATCH
    if len(rows) == 0 or len(rows) % BATCH == 0 or short <= 0:
        return rows
    return np.concatenate([rows, np.repeat(rows[:1], short, axis=0)])
