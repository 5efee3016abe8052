"""Sheets of photographs as the page takes them."""

from __future__ import annotations

from PIL import Image

from tasks.page.kept import kept_png
from tasks.page.section import Files, Picture
from tasks.page.thumbnails import jpeg_bytes

QUALITY = 85


def photograph(name: str, sheet: Image.Image, caption: str, alt: str) -> Picture:
    """A sheet kept as PNG in the figures' folder and embedded as JPEG."""
    files = Files(kept_png(sheet), sheet.size, jpeg_bytes(sheet, QUALITY))
    return Picture(name, lambda: files, caption, alt, photographs=True)
