"""Folders of masks beside folders of photographs."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence

from PIL import Image

from tasks.ingestion.candidates import FORMATS, UnreadableImageError

FEW_COLOURS = 32
"""A photograph has more colours or levels of grey than this; a segmentation mask has one for each region."""

_FLAT_MODES = ("1", "L", "P", "I;16")
_MOST_PIXELS = 4096 * 4096


def mask_folders(names: Sequence[str], read: Callable[[str], bytes]) -> dict[str, list[str]]:
    """Images by folder, of the folders whose images are masks; empty where all folders' or no folder's are.

    ``names``: relative POSIX paths. Of each folder three images are looked at, less where the first is a photograph.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    if len(folders) < 2:
        return {}
    of_masks = {
        folder: inside
        for folder, inside in folders.items()
        if all(_is_mask(read, inside[place]) for place in dict.fromkeys((0, len(inside) // 2, len(inside) - 1)))
    }
    return of_masks if len(of_masks) < len(folders) else {}


def _is_mask(read: Callable[[str], bytes], name: str) -> bool:
    """Whether the image is without loss and has few colours; what cannot be read is none."""
    try:
        content = read(name)
    except UnreadableImageError:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Decoding warns of what is odd, for the images that are used.
            image = Image.open(io.BytesIO(content), formats=tuple(FORMATS))
            lossless = image.mode in _FLAT_MODES or image.format == "PNG"
            if not lossless or image.width * image.height > _MOST_PIXELS:
                return False
            return image.getcolors(FEW_COLOURS) is not None
    except Exception:  # on damaged bytes Pillow's decoders raise nearly everything
        return False
