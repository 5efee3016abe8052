"""Where the images come from: CelebA in any of its forms, or any folder or zip file of images."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal

from tasks.ingestion.candidates import ABSENT, CELEBA_ZIP, EMPTY, UnreadableImageError, is_image_name
from tasks.ingestion.known import ImageFacts, read_image_facts
from tasks.ingestion.layout import CELEBA_FOLDER, LIST_FILES, find_lists, recognise
from tasks.ingestion.lists import ListFile
from tasks.ingestion.masks import mask_folders
from tasks.ingestion.partition import FEWEST_IMAGES
from tasks.ingestion.size import CELEBA_SIZE, first_of_other_size
from tasks.ingestion.tree import Files, open_files
from tasks.ingestion.unused import unused_files, unused_folders, unused_images
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

Kind = Literal["celeba", "images"]

_BESIDE = ("Anno", "Eval")
"""Folders beside CelebA's ``Img`` that hold the lists, as it is published."""


@dataclass(frozen=True)
class Source:
    """Images by name, and what came with them.

    ``kind``: ``celeba`` is CelebA in any of its layouts.
    ``names``: sorted; relative POSIX paths, ``000001.jpg`` for CelebA; the files are ``prefix`` and name in ``files``.
    ``known``: what lists, metadata files and folders say. ``unused``: a line for each kind of thing that lies there and
    is not used.
    """

    kind: Kind
    names: tuple[str, ...]
    files: Files
    prefix: str
    known: ImageFacts
    unused: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The folder or zip file that holds the images."""
        return self.files.path

    def read(self, name: str) -> bytes:
        """The bytes of one image file; safe from several threads. Raises ``UnreadableImageError``."""
        return self.files.read(self.prefix + name)

    def close(self) -> None:
        """Let go of what is held open."""
        self.files.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def find_source(path: Path) -> Path:
    """The absolute path of the folder or zip file at ``path``, unread. Raises ``InputError`` for anything else."""
    path = Path(os.path.normpath(path.expanduser().absolute()))  # names count, so links stay as they are
    if path.is_dir():
        return path
    if not path.exists():
        raise InputError(f"{path} {ABSENT}")
    if is_image_name(path.name):
        raise InputError(f"{path} is a single image; give the folder that holds it")
    if path.suffix.lower() != ".zip" and not (path.is_file() and zipfile.is_zipfile(path)):
        raise InputError(f"{path} is neither a folder nor a zip file; unpack it and give the folder of images")
    return path


def open_source(path: Path) -> Source:
    """Open CelebA as a folder, as its zip file or as both with the lists around, or any folder or zip file of images.

    All that is known beside the pixels is read. A folder without images that holds a zip file stands for that.
    Raises ``InputError`` if there is nothing to read or a list is malformed.
    """
    path = find_source(path)
    around = open_files(path)
    zipped = _zip_instead(around)
    files = around if zipped is None else open_files(path / zipped)
    try:
        return _read(files, around, zipped)
    except BaseException:
        files.close()
        raise


def _zip_instead(files: Files) -> str | None:
    """The zip file that a folder of fewer images than a study needs stands for.

    Raises ``InputError`` if there is no image and there are several other zip files.
    """
    images = list(islice(filter(is_image_name, files.names), FEWEST_IMAGES))
    if len(images) == FEWEST_IMAGES or not files.path.is_dir():
        return None
    zips = [name for name in files.names if name.lower().endswith(".zip")]
    wanted = [name for name in zips if name.rpartition("/")[2] == CELEBA_ZIP] or zips
    if len(wanted) > 1 and not images:
        raise InputError(
            f"{files.path} holds several zip files and no images ({first_names(zips)}); give one of them, or unpack "
            "them into one folder"
        )
    return wanted[0] if len(wanted) == 1 else None


def _read(files: Files, around: Files, zipped: str | None) -> Source:
    """The images of ``files`` with the lists among them and ``around`` them, which is the same if nothing is zipped."""
    layout = recognise(files.names)

    def read(name: str) -> bytes:
        return files.read(layout.root + name)

    masks = mask_folders(layout.images, read)
    left_out = {name for inside in masks.values() for name in inside}
    names = tuple(name for name in layout.images if name not in left_out)
    lists, beside = _lists(files, layout.lists), set[str]()
    if zipped is not None:
        found = find_lists(around.names)
        lists = _joined(lists, _lists(around, found))
        beside = {*around.names} - {zipped, *(name for those in found.values() for name in those)}
    in_celebas_folder = layout.aligned or files.path.name in (CELEBA_FOLDER, CELEBA_ZIP)
    lists = _joined(lists, _lists_beside(files.path))
    unused = (
        *unused_images(layout, masks),
        *unused_files([*layout.others, *sorted(beside)]),
        *unused_folders(around.linked, around.hidden),
    )
    _check_names(files.path, names, unused)
    metadata = [_list_file(files, name)._replace(name=name) for name in layout.metadata]
    known = read_image_facts(lists, metadata, names, in_celebas_folder)
    celeba = in_celebas_folder
    if known.of_celeba and not celeba:
        other = first_of_other_size(names, read, CELEBA_SIZE)
        celeba = other is None
        if other not in (None, names[0]):
            line = f"the lists are CelebA's, but {other} is not of 178x218 pixels; ingest.crop=148 crops as for CelebA"
            unused = (line, *unused)
    return Source("celeba" if celeba else "images", names, files, layout.root, known, unused)


Lists = dict[str, list[ListFile]]


def _lists(files: Files, found: Mapping[str, Sequence[str]]) -> Lists:
    return {about: [_list_file(files, name) for name in names] for about, names in found.items()}


def _joined(first: Lists, others: Lists) -> Lists:
    """List files by what they are about, each location once."""
    return {
        about: list({file.location: file for file in [*first.get(about, []), *others.get(about, [])]}.values())
        for about in LIST_FILES
    }


def _list_file(files: Files, name: str) -> ListFile:
    try:
        content = files.read(name)
    except UnreadableImageError as error:
        raise InputError(f"{files.location(name)} cannot be read: {error}") from error
    return ListFile(name.rpartition("/")[2], files.location(name), content)


def _lists_beside(path: Path) -> Lists:
    """CelebA's lists around images: beside their folder or zip file, or beside the folder ``Img`` that holds it."""
    folder = path.parent
    while folder.name == CELEBA_FOLDER:
        folder = folder.parent
    bases = [folder, folder.parent] if folder.name.lower() == "img" else [folder]
    folders = [inside for base in bases for inside in (base, *(base / name for name in _BESIDE))]
    return {
        about: [
            _list_file(open_files(folder), name) for name in names for folder in folders if (folder / name).is_file()
        ]
        for about, names in LIST_FILES.items()
    }


def _check_names(path: Path, names: Sequence[str], unused: Sequence[str]) -> None:
    if not names:
        there = "".join(f"; {line}" for line in unused)
        raise InputError(f"{path} {EMPTY}{there}")
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"{path}: the file name {name!r} is not valid UTF-8; rename the file") from error
