"""Where the images come from: CelebA as a folder or as its zip file, or any folder of images."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from tasks.errors import InputError
from tasks.ingestion.archive import ZipImages
from tasks.ingestion.candidates import SUFFIXES, UnreadableImageError, is_image_name
from tasks.ingestion.folder import FolderImages
from tasks.ingestion.parallel import available_cores, in_order
from tasks.progress import Progress, no_progress

CELEBA_FOLDER = "img_align_celeba"
CELEBA_ZIP = "img_align_celeba.zip"
LIST_FILES: Mapping[str, tuple[str, ...]] = {
    "attributes": ("list_attr_celeba.txt", "list_attr_celeba.csv"),
    "partition": ("list_eval_partition.txt", "list_eval_partition.csv"),
    "identity": ("identity_CelebA.txt", "identity_CelebA.csv"),
}
"""What each list file is about, and its names: the official one first, then the CSV one of Kaggle's copy."""

Kind = Literal["celeba", "zip", "folder"]


class Images(Protocol):
    """Files by name; ``read`` may be called from several threads at once."""

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted names of all files that are taken for images."""

    def read(self, name: str) -> bytes:
        """The file's bytes; raises ``UnreadableImageError`` with the reason."""

    def close(self) -> None:
        """Let go of what is held open."""


@dataclass(frozen=True)
class Source:
    """Images by name, and the list files that came with them.

    ``kind``: ``celeba`` is CelebA's layout, be it a folder or the zip file; ``zip`` and ``folder`` are any others.
    ``names``: sorted; relative POSIX paths, ``000001.jpg`` for CelebA. ``lists``: list files by what they are about.
    """

    kind: Kind
    path: Path
    names: tuple[str, ...]
    lists: Mapping[str, Path]
    images: Images
    prefix: str = ""

    def read(self, name: str) -> bytes:
        """The bytes of one image file; safe from several threads. Raises ``UnreadableImageError``."""
        return self.images.read(self.prefix + name)

    def close(self) -> None:
        """Let go of what is held open."""
        self.images.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def find_source(path: Path) -> Path:
    """The absolute path of the folder or zip file that ``path`` stands for, unread.

    A folder that holds only CelebA's zip file stands for it. Raises ``InputError`` for anything else.
    """
    path = Path(os.path.normpath(path.expanduser().absolute()))  # names count, so links stay as they are
    if path.is_dir():
        zipped = not (path / CELEBA_FOLDER).is_dir() and (path / CELEBA_ZIP).is_file()
        return path / CELEBA_ZIP if zipped else path
    if not path.exists():
        raise InputError(f"{path} does not exist; give a folder of images or {CELEBA_ZIP}")
    if is_image_name(path.name):
        raise InputError(f"{path} is a single image; give the folder that holds it")
    if path.suffix.lower() != ".zip" and not (path.is_file() and zipfile.is_zipfile(path)):
        raise InputError(f"{path} is neither a folder nor a zip file; unpack it and give the folder of images")
    return path


def open_source(path: Path) -> Source:
    """Open a folder in CelebA's layout, ``img_align_celeba`` itself, CelebA's zip file, or any folder of images.

    Raises ``InputError`` if there is nothing to read.
    """
    path = find_source(path)
    return _open_folder(path) if path.is_dir() else _open_zip(path)


def _open_folder(path: Path) -> Source:
    while (path / CELEBA_FOLDER).is_dir():
        path = path / CELEBA_FOLDER
    root = path
    while root.name == CELEBA_FOLDER:
        root = root.parent
    images = FolderImages(path)
    _check_names(path, images.names)
    return Source("folder" if root == path else "celeba", path, images.names, _lists_in(root), images)


def _open_zip(path: Path) -> Source:
    images = ZipImages(path)
    names, prefix = images.names, ""
    while names and all(name.startswith(CELEBA_FOLDER + "/") for name in names):
        prefix += CELEBA_FOLDER + "/"
        names = tuple(name.removeprefix(CELEBA_FOLDER + "/") for name in names)
    try:
        _check_names(path, names)
    except InputError:
        images.close()
        raise
    lists = _lists_in(path.parent) if prefix else {}
    return Source("celeba" if prefix else "zip", path, names, lists, images, prefix)


def _lists_in(folder: Path) -> dict[str, Path]:
    return {
        about: next(folder / name for name in names if (folder / name).is_file())
        for about, names in LIST_FILES.items()
        if any((folder / name).is_file() for name in names)
    }


def _check_names(path: Path, names: Sequence[str]) -> None:
    if not names:
        raise InputError(
            f"{path} holds no images; files ending in {' '.join(sorted(SUFFIXES))} count "
            "(hidden ones and folders behind links are passed over)"
        )
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"{path}: the file name {name!r} is not valid UTF-8; rename the file") from error


def digest(source: Source, progress: Progress = no_progress) -> str:
    """Digest (blake2b, 64 hexadecimal digits) of the source's kind and of the names and bytes of all its files.

    Independent of where the files lie; CelebA as a folder and as a zip file has the same digest. The kind counts
    because it decides the crop. A file that cannot be read counts as such, so mending it changes the digest.
    """
    total = blake2b(source.kind.encode() + b"\n", digest_size=32)
    for path in sorted(source.lists.values()):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror})") from error
        total.update(_framed(path.name, b"l" + blake2b(content).digest()))

    def entries(names: Sequence[str]) -> list[bytes]:
        return [_framed(name, _content_digest(source, name)) for name in names]

    groups = [source.names[start : start + 64] for start in range(0, len(source.names), 64)]
    done = 0
    for group, framed in zip(groups, in_order(entries, groups, available_cores(), 1000), strict=True):
        total.update(b"".join(framed))
        done += len(group)
        progress(done, len(source.names), "reading")
    return total.hexdigest()


def _framed(name: str, content: bytes) -> bytes:
    encoded = name.encode()
    return len(encoded).to_bytes(8, "little") + encoded + content


def _content_digest(source: Source, name: str) -> bytes:
    try:
        return b"i" + blake2b(source.read(name)).digest()
    except UnreadableImageError:
        return b"u" + bytes(blake2b.MAX_DIGEST_SIZE)
