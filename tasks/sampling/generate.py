"""Writes new faces as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from storage.files import write_bytes
from tasks.page.images import columns_for, contact_sheet, png_bytes
from tasks.stage.errors import InputError

COLUMNS = 8


def write_faces(images: npt.NDArray[np.uint8], folder: Path) -> list[Path]:
    """Write ``images`` (n, h, w, 3) as ``000001.png`` and so on, and last all together as ``contact_sheet.png``.

    Raises ``InputError`` if ``folder`` has numbered pictures that would stay beside these as if they belonged to them.
    """
    pictures = {f"{number:06d}.png": Image.fromarray(image) for number, image in enumerate(images, start=1)}
    pictures["contact_sheet.png"] = contact_sheet(images, columns_for(len(images), COLUMNS))
    others = sorted({path.name for path in folder.glob("[0-9]" * 6 + ".png")} - set(pictures))
    if others:
        raise InputError(
            f"{folder} has {len(others)} more images from an earlier call ({others[0]} to {others[-1]}), which would "
            "be mistaken for these: choose another --out, or delete them"
        )
    for name, picture in pictures.items():
        write_bytes(folder / name, png_bytes(picture))
    return [folder / name for name in pictures]
