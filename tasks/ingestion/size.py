"""The size of images, from the beginning of their files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import simplejpeg
from PIL import Image

from tasks.ingestion.candidates import FORMATS, UnreadableImageError

CELEBA_SIZE = (178, 218)
"""Width and height of CelebA's aligned images in pixels."""

_LOOKED_AT = 1000


def first_of_other_size(names: Sequence[str], read: Callable[[str], bytes], size: tuple[int, int]) -> str | None:
    """The name of an image that is not of ``size`` (width, height); None if all that can be read are.

    Of many, a thousand from the first to the last are looked at.
    """
    count = min(len(names), _LOOKED_AT)
    for place in range(count):
        name = names[place * len(names) // count]
        found = _size(read, name)
        if found is not None and found != size:
            return name
    return None


def _size(read: Callable[[str], bytes], name: str) -> tuple[int, int] | None:
    """Width and height; None where the file is no image."""
    try:
        content = read(name)
        if content.startswith(b"\xff\xd8"):
            height, width, *_ = simplejpeg.decode_jpeg_header(content)
            return int(width), int(height)
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            return image.size
    except UnreadableImageError:
        return None
    except Exception:  # on damaged bytes decoders raise nearly everything
        return None
