"""Where images should be: whether there is anything, before it is known what."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tasks.ingestion.candidates import CELEBA_ZIP, SUFFIXES, is_image_name
from tasks.stage.errors import InputError


def check_presence(path: Path) -> None:
    """Raise ``InputError`` if there is nothing at ``path``, or an empty folder, without a look at what is there."""
    found = find_source(path)
    try:
        empty = found.is_dir() and not any(found.iterdir())
    except OSError:
        return  # opening it says so
    if empty:
        raise no_images(found)


def find_source(path: Path) -> Path:
    """The absolute path of the folder or zip file at ``path``, unread. Raises ``InputError`` for anything else."""
    path = Path(os.path.normpath(path.expanduser().absolute()))  # names count, so links stay as they are
    if path.is_dir():
        return path
    if not path.exists():
        raise InputError(f"{path} does not exist; give a folder of images or {CELEBA_ZIP}")
    if is_image_name(path.name):
        raise InputError(f"{path} is a single image; give the folder that holds it")
    if path.suffix.lower() != ".zip" and not (path.is_file() and zipfile.is_zipfile(path)):
        raise InputError(f"{path} is neither a folder nor a zip file; unpack it and give the folder of images")
    return path


def no_images(path: Path, others: Sequence[str] = ()) -> InputError:
    """What is said of a place without images. ``others``: a line for each kind of thing that is there instead."""
    there = "".join(f"; {line}" for line in others)
    return InputError(f"{path} holds no images; files ending in {' '.join(sorted(SUFFIXES))} count{there}")
