"""Photographs as files, data URIs and captioned sheets."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tasks.page.images import contact_sheet

QUALITIES = (88, 80, 70, 60, 50, 40, 30)


def jpeg_bytes(image: Image.Image, quality: int = 88) -> bytes:
    """The image as JPEG with full colour resolution, which small faces need."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def data_uri(content: bytes, kind: str) -> str:
    """``content`` as a ``data:`` address of the media type ``kind``, such as ``image/png``."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def jpeg_data_uri(image: Image.Image, limit: int = 30_000) -> str:
    """The image as a JPEG data URI of at most ``limit`` characters.

    Quality falls first, then size, until it fits. Raises ``ValueError`` where nothing fits.
    """
    image = image.convert("RGB")
    while min(image.size) >= 1:
        for quality in QUALITIES:
            address = data_uri(jpeg_bytes(image, quality), "image/jpeg")
            if len(address) <= limit:
                return address
        if min(image.size) == 1:
            break
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)), Image.Resampling.LANCZOS)
    raise ValueError(f"no JPEG data URI is as short as {limit} characters; allow at least 2,000")


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans as matplotlib brings it along, so that it is the same everywhere."""
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)


def captioned_sheet(
    images: npt.NDArray[np.uint8], captions: Sequence[str], columns: int, minimum_side: int = 96
) -> Image.Image:
    """``images`` (n, h, w, 3) uint8 in rows of ``columns``, each with its line of text below.

    Images smaller than ``minimum_side`` pixels are enlarged smoothly, so that the text has room.
    """
    scale = max(1.0, minimum_side / images.shape[2])
    width, height, line = round(images.shape[2] * scale), round(images.shape[1] * scale), 18
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * (width + 4) - 4, rows * (height + line) + 2), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = (index % columns) * (width + 4), (index // columns) * (height + line)
        sheet.paste(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC), (left, top))
        draw.text((left + width / 2, top + height + 2), caption, fill="#444444", font=font(11), anchor="ma")
    return sheet


def labelled_stack(sheets: Sequence[Image.Image], labels: Sequence[str]) -> Image.Image:
    """Sheets one below the other, each under its label, of which nothing is cut off."""
    line = 22
    width = max(*(sheet.width for sheet in sheets), *(4 + math.ceil(font(12).getlength(label)) for label in labels))
    stack = Image.new("RGB", (width, sum(sheet.height + line for sheet in sheets)), "white")
    draw, top = ImageDraw.Draw(stack), 0
    for sheet, label in zip(sheets, labels, strict=True):
        draw.text((2, top + 4), label, fill="#222222", font=font(12))
        stack.paste(sheet, (0, top + line))
        top += sheet.height + line
    return stack


def grid(images: npt.NDArray[np.uint8], rows: int, columns: int) -> Image.Image:
    """The first ``rows`` × ``columns`` of ``images`` (n, h, w, 3) uint8 as a sheet in their own pixels."""
    return contact_sheet(images[: rows * columns], columns)


def enlarged(images: npt.NDArray[np.uint8], columns: int, side: int) -> Image.Image:
    """``images`` (n, h, w, 3) uint8 in rows of ``columns``, smoothly enlarged to a ``side`` of that many pixels."""
    scale = max(1.0, side / images.shape[2])
    size = round(images.shape[2] * scale), round(images.shape[1] * scale)
    faces = [Image.fromarray(image).resize(size, Image.Resampling.BICUBIC) for image in images]
    return contact_sheet(np.stack([np.asarray(face) for face in faces]), columns)
