"""Pictures as files, encoded and drawn once: a page made again draws only what has changed.

A picture is kept under a digest of everything that decides its bytes: the pixels of a sheet; all that a figure holds,
the style and the drawing code; and the versions of the libraries. So what is kept is what would be drawn.
"""

from __future__ import annotations

import io
import pickle
import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import matplotlib as mpl
import numpy as np
import PIL
from matplotlib.figure import Figure
from matplotlib.transforms import TransformNode
from PIL import Image, features

from storage.kept import digest, keep, kept_or_made, read_kept
from tasks.compute.forks import Forks
from tasks.page.images import png_bytes

SUBJECT = "pictures"
MOST = 256 * 2**20
"""Bytes that are kept: those of some eight reports."""

TASKS = Path(__file__).resolve().parents[1]

COMPRESSION = 4
"""Of PNGs. The most there is takes four times as long, and a page becomes 1 % smaller."""

FORKS = Forks()


def kept_png(image: Image.Image) -> bytes:
    """``image`` as PNG."""
    about = repr(("png", _libraries(), COMPRESSION, image.mode, image.size)).encode()
    return kept_or_made(SUBJECT, digest(about, image.tobytes()), MOST, lambda: png_bytes(image, COMPRESSION))


def kept_drawing(
    figure: Figure, dpi: int, draw: Callable[[], tuple[bytes, bytes]]
) -> Callable[[], tuple[bytes, bytes]]:
    """PNG and SVG of ``figure`` in the present style: as they are kept, or else as ``draw`` makes them.

    ``draw`` is at work on another core until the returned function is called for what it makes.
    """
    content = _content(figure)
    if content is None:
        made = draw()
        return lambda: made
    # Not by their names one by one, which would choose a backend: nothing is drawn on a screen.
    style = sorted((name, repr(value)) for name, value in dict.items(mpl.rcParams) if not name.startswith("backend"))
    about = repr(("plot", _libraries(), dpi, style)).encode()
    key = digest(about, _drawing_code().encode(), content)
    kept = read_kept(SUBJECT, key)
    if kept is not None:
        return lambda: _apart(kept)
    drawn = FORKS.later(lambda: _together(*draw()))

    def finished() -> tuple[bytes, bytes]:
        both = drawn()
        keep(SUBJECT, key, both, MOST)
        return _apart(both)

    return finished


def _together(png: bytes, svg: bytes) -> bytes:
    return len(png).to_bytes(8, "big") + png + svg


def _apart(both: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(both[:8], "big")
    return both[8:end], both[end:]


class _Content(pickle.Pickler):
    """Writes what a figure holds, functions by what they do; it is never read back."""

    def reducer_override(self, value: Any) -> Any:
        """What is written in place of ``value``."""
        if isinstance(value, FunctionType):
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            return tuple, ((value.__qualname__, value.__code__, value.__defaults__, value.__kwdefaults__, cells),)
        if isinstance(value, CodeType):
            return tuple, ((value.co_code, value.co_names, value.co_consts),)
        if isinstance(value, TransformNode):
            # Whom it tells of a change, by their places in memory.
            state: dict[str, Any] = {**value.__getstate__()}  # type: ignore[dict-item]
            del state["_parents"]
            return type(value), (), state
        return NotImplemented


def _content(figure: Figure) -> bytes | None:
    """All that ``figure`` holds, the same in every process; None where something in it cannot be written."""
    buffer = io.BytesIO()
    try:
        _Content(buffer, protocol=5).dump(figure)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError):
        return None
    return buffer.getvalue()


@cache
def _libraries() -> tuple[str | None, ...]:
    """The versions that decide the bytes of a picture."""
    found = mpl.__version__, np.__version__, PIL.__version__, features.version("zlib"), features.version("zlib_ng")
    return (*found, sys.version, platform.machine())


@cache
def _drawing_code() -> str:
    """A digest of all code that a figure may call while it is drawn."""
    return digest(*(path.read_bytes() for path in sorted(TASKS.rglob("*.py"))))
