"""Folders of masks beside folders of photographs."""

from __future__ import annotations

import io
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence

from PIL import Image

from tasks.ingestion.candidates import FORMATS, UnreadableImageError
from tasks.ingestion.grouping import split_code

FEW_COLOURS = 32
"""A photograph has more colours or levels of grey than this; a segmentation mask has one for each region."""

_NAMED = re.compile(r"mask|label|segm|parsing|anno|matte|trimap")

_FLAT_MODES = ("1", "L", "P", "I;16")
_MOST_PIXELS = 4096 * 4096


def mask_folders(names: Sequence[str], read: Callable[[str], bytes]) -> dict[str, list[str]]:
    """Images by folder, of the folders whose images are masks of those in other folders.

    Their images have few colours, and either the folder is called so or there are no more of them than of others and
    their files are named as photographs are, ``00012_hair.png`` beside ``12.jpg``. ``names``: relative POSIX paths. Of
    each folder three images are looked at, fewer where the first is a photograph.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    if len(folders) < 2:
        return {}
    flat = {
        folder: inside
        for folder, inside in folders.items()
        if split_code(folder.rpartition("/")[2]) is None
        and all(_is_flat(read, inside[place]) for place in dict.fromkeys((0, len(inside) // 2, len(inside) - 1)))
    }
    photographs = {_number(name) for folder, inside in folders.items() if folder not in flat for name in inside}
    paired = len(flat) <= len(folders) - len(flat) and all(
        _number(name) in photographs for inside in flat.values() for name in inside
    )
    masks = {folder: inside for folder, inside in flat.items() if paired or _NAMED.search(folder.lower())}
    return masks if len(masks) < len(folders) else {}


def _number(name: str) -> str:
    """What mask and photograph have in common of their names: the stem up to a mark, without zeros before it."""
    stem = name.rpartition("/")[2].rpartition(".")[0].lower()
    return re.split(r"[_\-. ]", stem)[0].lstrip("0")


def _is_flat(read: Callable[[str], bytes], name: str) -> bool:
    """Whether the image is without loss and has few colours; not if it cannot be read."""
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
