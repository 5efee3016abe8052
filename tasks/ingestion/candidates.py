"""Which files count as images, and how one that turns out not to be an image is told apart."""

from __future__ import annotations

FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "JPEG2000": (".jp2", ".j2k"),
    "AVIF": (".avif",),
}
"""Pillow's format names and their file extensions. Formats that start other programs (EPS) are left out."""

SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)
_SUFFIXES = frozenset(SUFFIXES)

MAX_FILE_BYTES = 64 * 2**20
"""No file larger than this is read."""


CELEBA_ZIP = "img_align_celeba.zip"
ABSENT = f"does not exist; give a folder of images or {CELEBA_ZIP}"
EMPTY = f"holds no images; files ending in {' '.join(sorted(SUFFIXES))} count"
"""What is said of data that are not there."""


class UnreadableImageError(Exception):
    """One image cannot be used; the message is the reason. It is skipped and listed, never fatal on its own."""


def is_image_name(name: str) -> bool:
    """Whether the name ends like an image's."""
    _, dot, ending = name.rpartition(".")
    return dot + ending.lower() in _SUFFIXES


def is_hidden(name: str) -> bool:
    """Whether the relative POSIX path has a part that begins with a dot, or lies in what macOS adds to a zip file."""
    return name.startswith((".", "__MACOSX/")) or "/." in name
