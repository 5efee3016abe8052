"""Many small images as one picture, and pictures as files."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def contact_sheet(
    images: npt.NDArray[np.uint8], columns: int, gap: int = 2, background: int = 255, scale: int = 1
) -> Image.Image:
    """Lay ``images`` (n, h, w, 3) uint8 out row by row in ``columns`` columns.

    ``gap``: pixels between images; ``scale``: whole-number enlargement by nearest neighbour.
    """
    if images.ndim != 4 or images.shape[-1] != 3 or len(images) == 0:
        raise ValueError(f"expected images of shape (n, height, width, 3), got {images.shape}")
    images = images.repeat(scale, axis=1).repeat(scale, axis=2)
    count, height, width, _ = images.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), background, np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return Image.fromarray(sheet)


def columns_for(count: int, most: int) -> int:
    """The number of columns, at most ``most``, that leaves the fewest places of the last row empty; wide ones first.

    No fewer than half as many as ``most`` are taken, lest a sheet become a tower.
    """
    if count <= most:
        return max(count, 1)
    return min(range(most, most // 2, -1), key=lambda columns: -count % columns)


def png_bytes(image: Image.Image, compress_level: int = 6) -> bytes:
    """The image as PNG, without loss. ``compress_level``: 0 to 9, larger is smaller and slower."""
    buffer = io.BytesIO()
    image.save(buffer, "png", compress_level=compress_level)
    return buffer.getvalue()
