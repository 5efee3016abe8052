"""Folders of masks beside folders of photographs."""

from __future__ import annotations

import io
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

from PIL import Image

from tasks.ingestion.candidates import FORMATS, UnreadableImageError
from tasks.ingestion.grouping import split_code

FEW_COLOURS = 32
"""A photograph has more colours or levels of grey than this; a segmentation mask has one for each region."""

_NAMED = re.compile(r"mask|label|segm|parsing|anno|matte|trimap")

_ONE_CHANNEL = ("1", "L", "P", "I;16")
_MOST_PIXELS = 4096 * 4096


def mask_folders(names: Sequence[str], read: Callable[[str], bytes]) -> dict[str, list[str]]:
    """Images by folder, of the folders whose images are masks of those in other folders.

    Their images have one channel or few colours and the folder is called so, or they have few colours, there are no
    more of them than of others, and their files are named as photographs are, ``00012_hair.png`` beside ``12.jpg``.
    ``names``: relative POSIX paths. Of each folder three images are looked at, fewer where the first is a photograph.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    if len(folders) < 2:
        return {}
    flat: dict[str, list[str]] = {}
    grey: dict[str, list[str]] = {}
    for folder, inside in folders.items():
        if split_code(folder.rpartition("/")[2]) is None:
            places = dict.fromkeys((0, len(inside) // 2, len(inside) - 1))
            kinds = {_kind(read, inside[place]) for place in places}
            if kinds == {"flat"}:
                flat[folder] = inside
            if "photograph" not in kinds:
                grey[folder] = inside
    photographs = {_number(name) for folder, inside in folders.items() if folder not in flat for name in inside}
    paired = len(flat) <= len(folders) - len(flat) and all(
        _number(name) in photographs for inside in flat.values() for name in inside
    )
    named = {folder: inside for folder, inside in grey.items() if _NAMED.search(folder.lower())}
    masks = {**named, **(flat if paired else {})}
    return masks if len(masks) < len(folders) else {}


def _number(name: str) -> str:
    """What mask and photograph have in common of their names: the stem up to a mark, without zeros before it."""
    stem = name.rpartition("/")[2].rpartition(".")[0].lower()
    return re.split(r"[_\-. ]", stem)[0].lstrip("0")


def _kind(read: Callable[[str], bytes], name: str) -> Literal["flat", "grey", "photograph"]:
    """Whether an image has few colours, or else one channel; what cannot be read is taken for a photograph."""
    try:
        content = read(name)
    except UnreadableImageError:
        return "photograph"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Decoding warns of what is odd, for the images that are used.
            image = Image.open(io.BytesIO(content), formats=tuple(FORMATS))
            grey = image.mode in _ONE_CHANNEL
            if not (grey or image.format == "PNG") or image.width * image.height > _MOST_PIXELS:
                return "photograph"
            if image.getcolors(FEW_COLOURS) is not None:
                return "flat"
            return "grey" if grey and image.mode != "P" else "photograph"
    except Exception:  # on damaged bytes Pillow's decoders raise nearly everything
        return "photograph"
