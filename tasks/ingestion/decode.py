"""From the bytes of an image file to a small square RGB image."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import simplejpeg
import torch
from PIL import ExifTags, Image, UnidentifiedImageError
from torch.nn import functional

from tasks.ingestion.candidates import FORMATS, UnreadableImageError

MAX_PIXELS = 64 * 2**20
"""No image of more pixels than this is decoded (a decompression bomb, or a poster); 256 MiB as RGB in Pillow."""

_MOST_KEPT = 16 * 2**20

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets an image upright, by the value of EXIF's Orientation (Exif 2.32, tag 0x0112)."""


_APP1 = re.compile(rb"\xff\xe1")
"""The marker of a JPEG file's blocks that may turn the picture (looked for in half the time of ``bytes.find``)."""

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/"
"""What begins such a block."""

_PNG_DEPTH = 24
"""Where a PNG file's header has the bits of a sample."""

_KINDS = {"TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "JPEG": (b"\xff\xd8\xff",)}
"""What files begin with that are pictures, even where Pillow does not know their kind."""

_SAMPLE_FORMAT = 339
_PLANAR_CONFIGURATION = 284
_WHITE_IS_ZERO = 0
"""TIFF 6.0, PhotometricInterpretation."""


class Memory:
    """Memory for pixels, used again: new memory for each image costs page faults, at which all threads wait."""

    def __init__(self) -> None:
        self._kept: npt.NDArray[np.uint8] = np.empty(0, np.uint8)

    def take(self, *shape: int) -> npt.NDArray[np.uint8]:
        """An array with any content, the same one at the next call for its shape. More than 16 MiB are not kept."""
        if shape == self._kept.shape:
            return self._kept
        taken = np.empty(shape, np.uint8)
        if taken.nbytes <= _MOST_KEPT:
            self._kept = taken
        return taken


def decode_square(content: bytes, crop: int | Literal["square"], memory: Memory | None = None) -> npt.NDArray[np.uint8]:
    """The centre square (s, s, 3) of an image file's first frame, upright, on white.

    ``crop``: side of the square in pixels of the upright image, or ``square`` for the largest one.
    Where ``memory`` is given the square may lie in it: copy it before the next call.
    Raises ``UnreadableImageError`` with the reason.
    """
    pixels = _plain_jpeg(content, memory or Memory())
    if pixels is None:
        image = _load(content)
        return np.array(_to_rgb(image.crop(_centre(image.width, image.height, crop))))
    left, top, right, bottom = _centre(pixels.shape[1], pixels.shape[0], crop)
    return pixels[top:bottom, left:right]


def resize(squares: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """``squares`` (n, s, s, 3) at ``size`` by a bicubic filter, antialiased: (n, size, size, 3).

    Pillow's pixels but for rounding, and much faster: several at once take half the time for each.
    """
    planes = torch.from_numpy(squares).permute(0, 3, 1, 2)
    small = functional.interpolate(planes, size=(size, size), mode="bicubic", antialias=True)
    return small.permute(0, 2, 3, 1).contiguous().numpy()


def _centre(width: int, height: int, crop: int | Literal["square"]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the centre square."""
    side = min(width, height) if crop == "square" else crop
    if side > min(width, height):
        raise UnreadableImageError(f"{width}x{height} pixels, smaller than the crop of {side}")
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def _plain_jpeg(content: bytes, memory: Memory) -> npt.NDArray[np.uint8] | None:
    """Pixels (h, w, 3) of an upright colour JPEG that nothing is wrong with; None leaves the image to Pillow.

    Pillow's pixels, in half its time.
    """
    if not content.startswith(b"\xff\xd8") or (_APP1.search(content) and (_EXIF in content or _XMP in content)):
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours != "YCbCr" or height * width > MAX_PIXELS:
            return None
        pixels: npt.NDArray[np.uint8] = simplejpeg.decode_jpeg(content, buffer=memory.take(height, width, 3))
    except (ValueError, MemoryError):
        return None
    return pixels


def _load(content: bytes) -> Image.Image:
    """Decode the first frame, upright, in 8 bits: deep grey is scaled, not clipped."""
    if not content:
        raise UnreadableImageError("empty file")
    try:
        image = Image.open(io.BytesIO(content), formats=tuple(FORMATS))
        if image.width * image.height > MAX_PIXELS:
            raise UnreadableImageError(f"{image.width}x{image.height} pixels, more than {MAX_PIXELS}")
        image.load()
    except UnidentifiedImageError as error:  # Pillow's message holds a memory address
        kind = next((kind for kind, starts in _KINDS.items() if content.startswith(starts)), None)
        raise UnreadableImageError(
            f"unsupported {kind} variant; convert it to PNG" if kind else "not an image"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"more than {MAX_PIXELS} pixels") from error
    except (UnreadableImageError, MemoryError):
        raise
    except Exception as error:  # on damaged bytes Pillow's decoders raise nearly everything
        raise UnreadableImageError(f"damaged: {error}") from error
    _refuse_wrongly_decoded(image, content)
    method = _UPRIGHT.get(_orientation(image))
    pixels = Image.fromarray(_eight_bits(image)) if _is_deep(image) else _narrowed(image, content)
    return pixels if method is None else pixels.transpose(method)


def _refuse_wrongly_decoded(image: Image.Image, content: bytes) -> None:
    """Raise ``UnreadableImageError`` for what Pillow 13 decodes to other pixels without a word."""
    tags = _tags(image)
    planar = tags.get(_PLANAR_CONFIGURATION) == 2 and tags.get(ExifTags.Base.Compression) == 1
    if planar and max(tags.get(ExifTags.Base.BitsPerSample, (8,))) > 8:
        raise UnreadableImageError("uncompressed 16-bit TIFF in planes, which is decoded wrongly; convert it to PNG")
    if image.format == "JPEG2000" and image.mode in ("RGB", "RGBA") and (bits := _jpeg2000_bits(content)) > 8:
        raise UnreadableImageError(f"JPEG 2000 in colours of {bits} bits, which is decoded wrongly; convert it to PNG")


def _jpeg2000_bits(content: bytes) -> int:
    """Bits of a sample by the codestream's header (ISO 15444-1, A.5.1: Ssiz)."""
    start = content.find(b"\xff\x4f\xff\x51")
    return (content[start + 42] & 0x7F) + 1 if 0 <= start < len(content) - 42 else 8


def _narrowed(image: Image.Image, content: bytes) -> Image.Image:
    """The image with its transparency in 8 bits, as its pixels are."""
    colour = image.info.get("transparency")
    if image.format == "PNG":
        depth = content[_PNG_DEPTH]
        if depth == 16 and isinstance(colour, tuple):
            image.info["transparency"] = tuple(value >> 8 for value in colour)
        elif depth in (2, 4) and image.mode == "L" and isinstance(colour, int):
            image.info["transparency"] = colour * 255 // (2**depth - 1)
    elif image.format == "BMP" and image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")  # Many programs leave the fourth byte at 0.
    return image


def _orientation(image: Image.Image) -> int:
    """EXIF's Orientation, 1 (upright) if there is none; asked after loading, as Pillow turns TIFF files itself."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken metadata do not make the picture unreadable
        return 1
    return value if isinstance(value, int) else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes of 8 bits as RGB, transparency on white."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _is_deep(image: Image.Image) -> bool:
    """Whether it is grey of other values than 0 to 255."""
    return image.mode.startswith("I") or image.mode == "F" or (image.mode == "L" and _is_signed(image))


def _eight_bits(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Deep grey values scaled to 0 … 255 by the file's own range, rounded; the transparent value is white."""
    values, full = np.asarray(image).astype(np.float64), _full_scale(image)
    if not (values.min() >= 0 and values.max() <= full):
        raise UnreadableImageError(f"grey values outside 0 to {full:.0f}")
    grey = np.rint(values * (255.0 / full)).astype(np.uint8)
    if image.mode != "L" and _tags(image).get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO:
        grey = 255 - grey  # Pillow has done it where there are 8 bits.
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return grey


def _full_scale(image: Image.Image) -> float:
    """The value that is white, or black if white is zero. Raises ``UnreadableImageError`` where the file says none."""
    if image.mode == "F":
        return 1.0
    bits = 16
    if image.format == "TIFF":
        bits = int(_tags(image).get(ExifTags.Base.BitsPerSample, (16,))[0])
    if bits > 16:
        raise UnreadableImageError(f"grey values of {bits} bits, with no known white level; convert it to 8 or 16 bits")
    return float(2 ** (bits - _is_signed(image)) - 1)


def _is_signed(image: Image.Image) -> bool:
    """Whether a TIFF file's values are signed (TIFF 6.0, SampleFormat 2)."""
    return bool(_tags(image).get(_SAMPLE_FORMAT, (1,))[0] == 2)


def _tags(image: Image.Image) -> Mapping[int, Any]:
    """TIFF's tags; none of other formats."""
    return getattr(image, "tag_v2", {})
